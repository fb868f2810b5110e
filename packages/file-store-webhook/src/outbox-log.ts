import { type AbortOptions, type FileEntry, type FileStore, FileStoreError, hasErrorCode, type ReadOptions } from '@oh/file-store-core';
import { type OutboxRecord, parseLog, toLine } from './outbox-record.ts';

/** Digits of the numbers in names, so that their order is that of the numbers. */
const digits = 12;

/** The directory of the logs: each has its own, with a number; only the newest counts. */
const directory = 'log';

/** Bytes that are added to a log at least before it is replaced by a shorter one. */
const minReplaceBytes = 8 * 1024 * 1024;

/** The last line of a log, after whatever a killed process may have left of one. */
const seal: Uint8Array = Buffer.from(`\n${toLine({ t: 'sealed' })}`);

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
  readonly #replaceAt: number;
  /** The last addition, when nobody knows whether it was made. */
  #doubtful: Uint8Array | undefined;
  /** Why nothing can be added any more. */
  #failure: unknown;

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
      const numbers = (await store.list(directory, options)).map(numberOf);
      const newest = Math.max(0, ...numbers.filter((number) => !empty.has(number)));
      const records = newest === 0 ? [] : await sealAndRead(store, newest, options);
      if (records === undefined) {
        empty.add(newest);
        continue;
      }
      const log = await OutboxLog.#create(store, Math.max(newest, ...numbers) + 1, await succeed(records), options);
      if (log !== undefined) {
        return log;
      }
    }
  }

  /** Whether the log has become so long that a new one is shorter by far. */
  get isLong(): boolean {
    return this.#size >= this.#replaceAt || this.#slots >= maxSlots;
  }

  /**
   * Adds lines, all or none of them. After an error they may be there all the same, and may be added again.
   *
   * @throws {FileStoreError} `closed` when another store has taken over; what the store beneath throws.
   */
  async add(lines: string): Promise<void> {
    if (this.#failure !== undefined) {
      throw this.#failure;
    }
    const bytes = Buffer.from(lines);
    while (!(await this.#tryAdd(bytes))) {
      // What an earlier call has left is counted now.
    }
    this.#count(bytes);
  }

  /**
   * Replaces the log by one that begins with these lines.
   *
   * @throws {FileStoreError} As {@link add}. When nobody knows whether the new log was made, nothing can be added to this one any more.
   */
  async replace(lines: Iterable<string>): Promise<OutboxLog> {
    try {
      return (await OutboxLog.#create(this.#store, this.#number + 1, lines, {})) ?? takenOver();
    } catch (error) {
      if (!(error instanceof FileStoreError) || error.retryable || error.code === 'unknown') {
        this.#failure = error;
      }
      throw error;
    }
  }

  /** @returns False when it has to be tried again: an addition whose answer was lost had been made. */
  async #tryAdd(bytes: Uint8Array): Promise<boolean> {
    const canAppend = this.#store.capabilities.append;
    try {
      if (canAppend) {
        await this.#store.append(fileOf(this.#number, 0), bytes, { ifSize: this.#size });
      } else {
        await this.#addSlot(bytes);
      }
      this.#doubtful = undefined;
      return true;
    } catch (error) {
      if (!hasErrorCode(error, canAppend ? 'version-mismatch' : 'already-exists')) {
        this.#doubtful = bytes;
        throw error;
      }
    }
    const doubtful = this.#doubtful;
    this.#doubtful = undefined;
    if (doubtful === undefined || !(await this.#hasNext(doubtful))) {
      this.#failure = takeOverError();
      throw this.#failure;
    }
    this.#count(doubtful);
    return false;
  }

  /**
   * Adds a file. Whoever takes over puts the seal where it would be, but removes the seal with all the rest when the next log is there: so this has
   * to be looked for, too. A log that comes later has this file in it.
   */
  async #addSlot(bytes: Uint8Array): Promise<void> {
    await this.#store.write(fileOf(this.#number, this.#slots + 1), bytes, { ifAbsent: true });
    if (await this.#store.exists(fileOf(this.#number + 1, 0))) {
      this.#failure = takeOverError();
      throw this.#failure;
    }
  }

  /** Whether these bytes are what comes next in the log. */
  async #hasNext(bytes: Uint8Array): Promise<boolean> {
    const isAppended = this.#store.capabilities.append;
    const path = fileOf(this.#number, isAppended ? 0 : this.#slots + 1);
    const start = isAppended ? this.#size : 0;
    const present = await readIfThere(this.#store, path, { range: { start, end: start + bytes.byteLength } });
    return present !== undefined && Buffer.compare(present, bytes) === 0;
  }

  #count(bytes: Uint8Array): void {
    this.#size += bytes.byteLength;
    this.#slots += this.#store.capabilities.append ? 0 : 1;
  }

  static async #create(store: FileStore, number: number, lines: Iterable<string>, options: AbortOptions): Promise<OutboxLog | undefined> {
    const contents = Buffer.from([...lines].join(''));
    try {
      await store.write(fileOf(number, 0), contents, { ...options, ifAbsent: true });
    } catch (error) {
      if (hasErrorCode(error, 'already-exists')) {
        return undefined;
      }
      throw error;
    }
    for await (const { path } of store.entries(directory, options)) {
      if (numberOf(path) < number) {
        await store.delete(path, options);
      }
    }
    return new OutboxLog(store, number, contents.byteLength);
  }
}

/** The records of the newest log, which is not sealed; empty where there is none. @throws {FileStoreError} `corrupt`; what the store throws. */
export async function readOutboxLog(store: FileStore, options: AbortOptions): Promise<readonly OutboxRecord[]> {
  for (;;) {
    const numbers = (await store.list(directory, options)).map(numberOf).sort((a, b) => b - a);
    for (const number of numbers) {
      const records = parseLog(`${directory}/${pad(number)}`, Buffer.concat(await readParts(store, number, options)));
      if (records.some(({ t }) => t !== 'sealed')) {
        return records;
      }
    }
    // What was listed may have been replaced since; then there is something newer.
    const newest = Math.max(0, ...(await store.list(directory, options)).map(numberOf));
    if (newest === (numbers[0] ?? 0)) {
      return [];
    }
  }
}

/**
 * @returns `undefined` when nothing is there: the log has been replaced meanwhile, or a process was killed before it had made it.
 */
async function sealAndRead(store: FileStore, number: number, options: AbortOptions): Promise<OutboxRecord[] | undefined> {
  const last = await findLast(store, number, options);
  if (last === undefined) {
    return undefined;
  }
  if (!(await isSealed(store, last, options))) {
    await (store.capabilities.append ? sealByAppending(store, number, options) : sealNextSlot(store, number, options));
  }
  const path = `${directory}/${pad(number)}`;
  const records = parseLog(path, Buffer.concat(await readParts(store, number, options)));
  if (records.every(({ t }) => t === 'sealed')) {
    return undefined;
  }
  if (records[0]?.t !== 'open') {
    throw new FileStoreError('corrupt', `the outbox ${JSON.stringify(path)} has no beginning`, { path });
  }
  return records;
}

async function findLast(store: FileStore, number: number, options: AbortOptions): Promise<FileEntry | undefined> {
  let last: FileEntry | undefined;
  for await (const entry of store.entries(`${directory}/${pad(number)}`, options)) {
    last = entry;
  }
  return last;
}

/** Whether a store that wanted to take over has sealed the log already: nobody can have added anything since. */
async function isSealed(store: FileStore, last: FileEntry, options: AbortOptions): Promise<boolean> {
  if (last.kind !== 'file' || last.size < seal.byteLength) {
    return false;
  }
  const range = { start: last.size - seal.byteLength, end: last.size };
  const end = await readIfThere(store, last.path, { ...options, range });
  return end !== undefined && Buffer.compare(end, seal) === 0;
}

async function sealByAppending(store: FileStore, number: number, options: AbortOptions): Promise<void> {
  const { path, size, version } = await store.append(fileOf(number, 0), seal, options);
  if (size === seal.byteLength) {
    // The log was removed meanwhile, and the seal alone has made it anew. Others may be at it too; a seal alone is no log.
    await store.delete(path, { ...options, ifVersion: version }).catch(ignoreMismatch);
  }
}

/** What the files of a log have. One that is removed meanwhile has been replaced, with all the others. */
async function readParts(store: FileStore, number: number, options: AbortOptions): Promise<Uint8Array[]> {
  const parts: Uint8Array[] = [];
  for await (const { path } of store.entries(`${directory}/${pad(number)}`, options)) {
    const part = await readIfThere(store, path, options);
    if (part === undefined) {
      return [];
    }
    parts.push(part);
  }
  return parts;
}

async function readIfThere(store: FileStore, path: string, options: ReadOptions): Promise<Uint8Array | undefined> {
  try {
    return await store.readBytes(path, options);
  } catch (error) {
    if (!hasErrorCode(error, 'not-found')) {
      throw error;
    }
    return undefined;
  }
}

async function sealNextSlot(store: FileStore, number: number, options: AbortOptions): Promise<void> {
  for (;;) {
    const paths = await store.list(`${directory}/${pad(number)}`, options);
    try {
      await store.write(fileOf(number, paths.length), seal, { ...options, ifAbsent: true });
      return;
    } catch (error) {
      if (!hasErrorCode(error, 'already-exists')) {
        throw error;
      }
    }
  }
}

function fileOf(number: number, slot: number): string {
  return `${directory}/${pad(number)}/${pad(slot)}`;
}

function pad(number: number): string {
  return String(number).padStart(digits, '0');
}

function numberOf(path: string): number {
  return Number(path.slice(directory.length + 1, directory.length + 1 + digits));
}

function ignoreMismatch(error: unknown): void {
  if (!hasErrorCode(error, 'version-mismatch')) {
    throw error;
  }
}

function takenOver(): never {
  throw takeOverError();
}

function takeOverError(): FileStoreError {
  return new FileStoreError('closed', 'another store has opened this outbox and taken it over: this one makes no more changes');
}
