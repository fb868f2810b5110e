import { randomUUID } from 'node:crypto';
import { type AbortOptions, type FileStore, FileStoreError, hasErrorCode } from '@oh/file-store-core';
import { listLogs, logDirectory, logFileOf, logNumberOf, readBytesIfThere } from './outbox-files.ts';
import { type OutboxRecord, toLine } from './outbox-record.ts';
import { sealAndRead } from './seal-outbox-log.ts';

/** Bytes that are added to a log at least before it is replaced by a shorter one. */
const minReplaceBytes = 8 * 1024 * 1024;

/** Files that are added to one at most, where a store cannot append. */
const maxSlots = 500;

/**
 * The log of an outbox, and the right to write it.
 *
 * A log begins with a file that says all there is to know, made in one step that only one store wins; to this file everything further is appended or,
 * where the store beneath cannot append, it lies in numbered files beside it. Each addition is made under a condition (the size of the file, the
 * number being free), so that sealing a log keeps the one who wrote it from writing any more.
 */
export class OutboxLog {
  readonly #store: FileStore;
  readonly #number: number;
  #size: number;
  #slots = 0;
  #replaceAt: number;
  #replaceAtSlots = maxSlots;
  /** Lengths of the additions of which nobody knows whether one was made; each begins with those before it. */
  readonly #doubtful = new Set<number>();
  /** Why nothing can be added any more, or not until a replacement is ended. */
  #failure: unknown;
  /** What the next log begins with, when nobody knows whether it was made. */
  #replacement: Uint8Array | undefined;

  private constructor(store: FileStore, number: number, size: number) {
    this.#store = store;
    this.#number = number;
    this.#size = size;
    this.#replaceAt = size + Math.max(size, minReplaceBytes);
  }

  /**
   * Seals the newest log and makes its successor.
   *
   * @param succeed Gets the records of the sealed log, and gives the lines with which the new one begins; called again when another store was faster.
   */
  static async takeOver(
    store: FileStore,
    succeed: (records: readonly OutboxRecord[]) => Promise<Iterable<string>>,
    options: AbortOptions,
  ): Promise<OutboxLog> {
    const empty = new Set<number>();
    for (;;) {
      const numbers = await listLogs(store, options);
      const newest = Math.max(0, ...numbers.filter((number) => !empty.has(number)));
      const records = newest === 0 ? [] : await sealAndRead(store, newest, options);
      if (records === undefined) {
        empty.add(newest);
        continue;
      }
      const lines = await succeed(records);
      const log = await OutboxLog.#create(store, Math.max(newest, ...numbers) + 1, Buffer.from([...lines].join('')), options);
      if (log !== undefined) {
        return log;
      }
    }
  }

  /** Whether the log has become so long that a new one is shorter by far. */
  get isLong(): boolean {
    return this.#size >= this.#replaceAt || this.#slots >= this.#replaceAtSlots;
  }

  /** Whether {@link replace} has failed so that it has to be called again before anything is added. */
  get isBeingReplaced(): boolean {
    return this.#replacement !== undefined;
  }

  /**
   * Adds lines, all or none of them. After an error they may be there all the same: they are added again, and what is new comes behind them.
   *
   * @throws {FileStoreError} `closed` when another store has taken over; what the store beneath throws.
   */
  async add(lines: string): Promise<void> {
    if (this.#failure !== undefined) {
      throw this.#failure;
    }
    const bytes = Buffer.from(lines);
    while (bytes.byteLength > 0 && !(await this.#tryAdd(bytes))) {
      // What an earlier call has left is counted now.
    }
  }

  /**
   * Replaces the log by one that begins with these lines.
   *
   * @param lines Not looked at, when an earlier call has left it open whether the new log was made: that one is made then.
   * @throws {FileStoreError} As {@link add}; then this log is in use as before, and not long again for a while. When nobody knows whether the new log was made, nothing is added to this one before that is known.
   */
  async replace(lines: Iterable<string>): Promise<OutboxLog> {
    const begun = this.#replacement;
    // The last line says nothing, but no other store has it.
    const contents = begun ?? Buffer.from([...lines, toLine({ t: 'done', ids: [randomUUID()] })].join(''));
    try {
      const made = await OutboxLog.#create(this.#store, this.#number + 1, contents, {});
      const mayBeMade = made !== undefined || begun !== undefined;
      return (mayBeMade ? await this.#ended(made, contents) : undefined) ?? this.#takenOver();
    } catch (error) {
      const isOpen = !(error instanceof FileStoreError) || error.retryable || error.code === 'unknown';
      if ((isOpen || begun !== undefined) && !hasErrorCode(error, 'closed')) {
        this.#failure = error;
        this.#replacement = contents;
      }
      this.#replaceAt = this.#size + minReplaceBytes;
      this.#replaceAtSlots = this.#slots + maxSlots;
      throw error;
    }
  }

  /** The next log, made now or by a call before; `undefined` when others have gone on meanwhile. */
  async #ended(made: OutboxLog | undefined, contents: Uint8Array): Promise<OutboxLog | undefined> {
    const number = this.#number + 1;
    if (await this.#isThereAfter(number)) {
      return undefined;
    }
    if (made !== undefined) {
      return made;
    }
    const range = { start: 0, end: contents.byteLength };
    const present = await readBytesIfThere(this.#store, logFileOf(number, 0), { range });
    return present !== undefined && Buffer.compare(present, contents) === 0
      ? await OutboxLog.#begin(this.#store, number, contents, {})
      : undefined;
  }

  #takenOver(): never {
    this.#replacement = undefined;
    this.#failure = takeOverError();
    throw this.#failure;
  }

  /** @returns False when it has to be tried again: an addition whose answer was lost had been made. */
  async #tryAdd(bytes: Uint8Array): Promise<boolean> {
    const canAppend = this.#store.capabilities.append;
    try {
      if (canAppend) {
        await this.#store.append(logFileOf(this.#number, 0), bytes, { ifSize: this.#size });
      } else {
        await this.#addSlot(bytes);
      }
      this.#doubtful.clear();
      this.#count(bytes.byteLength);
      return true;
    } catch (error) {
      if (!hasErrorCode(error, canAppend ? 'version-mismatch' : 'already-exists')) {
        this.#doubtful.add(bytes.byteLength);
        throw error;
      }
    }
    const made = await this.#findMade(bytes);
    this.#doubtful.clear();
    if (made === undefined) {
      this.#failure = takeOverError();
      throw this.#failure;
    }
    this.#count(made);
    return false;
  }

  /**
   * Adds a file. Whoever takes over puts the seal where it would be, but removes the seal with all the rest when the next log is there: so that one, or
   * the one of who took over from him, has to be looked for, too. A log that comes later has this file in it.
   */
  async #addSlot(bytes: Uint8Array): Promise<void> {
    await this.#store.write(logFileOf(this.#number, this.#slots + 1), bytes, { ifAbsent: true });
    if (await this.#isThereAfter(this.#number)) {
      this.#failure = takeOverError();
      throw this.#failure;
    }
  }

  /** Whether there is a log with a higher number. */
  async #isThereAfter(number: number): Promise<boolean> {
    return (await listLogs(this.#store, {})).some((other) => other > number);
  }

  /** Bytes of the doubtful addition that comes next in the log, with which `bytes` begin; `undefined`: what is there is none of them. */
  async #findMade(bytes: Uint8Array): Promise<number | undefined> {
    const isAppended = this.#store.capabilities.append;
    const path = logFileOf(this.#number, isAppended ? 0 : this.#slots + 1);
    const start = isAppended ? this.#size : 0;
    const present = await readBytesIfThere(this.#store, path, { range: { start, end: start + bytes.byteLength } });
    return [...this.#doubtful]
      .toSorted((a, b) => b - a)
      .find((length) => present !== undefined && Buffer.compare(present.subarray(0, length), bytes.subarray(0, length)) === 0);
  }

  #count(bytes: number): void {
    this.#size += bytes;
    this.#slots += this.#store.capabilities.append ? 0 : 1;
  }

  static async #create(store: FileStore, number: number, contents: Uint8Array, options: AbortOptions): Promise<OutboxLog | undefined> {
    try {
      await store.write(logFileOf(number, 0), contents, { ...options, ifAbsent: true });
    } catch (error) {
      if (hasErrorCode(error, 'already-exists')) {
        return undefined;
      }
      throw error;
    }
    return await OutboxLog.#begin(store, number, contents, options);
  }

  /** A log that is there with these contents; those before it are removed, where that can be. */
  static async #begin(store: FileStore, number: number, contents: Uint8Array, options: AbortOptions): Promise<OutboxLog> {
    for await (const { path } of store.entries(logDirectory, options)) {
      if ((logNumberOf(path) ?? number) < number) {
        // What stays counts for nothing, and is removed by the next log.
        await store.delete(path, options).catch(() => options.signal?.throwIfAborted());
      }
    }
    return new OutboxLog(store, number, contents.byteLength);
  }
}

function takeOverError(): FileStoreError {
  const advice = 'stores that are open at the same time need an outbox each, which openStorage names by its option "instance"';
  const message = `another store has opened this outbox and taken it over, or its log was changed or removed: this one makes no more changes; ${advice}`;
  return new FileStoreError('closed', message);
}
