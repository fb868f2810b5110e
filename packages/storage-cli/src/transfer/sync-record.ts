import { createHash, randomUUID } from 'node:crypto';
import type { AbortOptions } from '@oh/file-store-core';
import { recordDirectory } from './list-files.ts';
import { type KnownPair, RecordCursor } from './record-cursor.ts';
import { RecordWriter, type SettlePair } from './record-writer.ts';
import { pathIn, type TransferPlace } from './transfer-place.ts';

/** More runs than these have left a record: the next one writes it whole, and removes theirs. */
const maxGenerations = 4;

/** Options of {@link SyncRecord.open}. */
export interface SyncRecordOptions extends AbortOptions {
  /** Adds nothing to it. Default: false. */
  readonly readOnly?: boolean | undefined;
}

/**
 * Which versions at a source and at a target are known to have the same contents: a file whose pair of versions is known need not be read again.
 *
 * It lies at the target, in `.oh-sync/{source}/{run}/{number}.jsonl`, lines in the order of the paths. Each line stays true for ever, since a version belongs to
 * contents: what is lost of the record, what cannot be read in it, or what a killed run did not write yet costs a comparison and nothing else.
 */
export class SyncRecord {
  readonly #to: TransferPlace;
  readonly #directory: string;
  readonly #old: readonly RecordCursor[];
  readonly #writer: RecordWriter | undefined;

  private constructor(to: TransferPlace, directory: string, old: readonly RecordCursor[], writer: RecordWriter | undefined) {
    this.#to = to;
    this.#directory = directory;
    this.#old = old;
    this.#writer = writer;
  }

  /**
   * Opens the record of a target for one run.
   *
   * @param source The same text for the same source, such as its URL.
   * @throws {FileStoreError} When the record cannot be listed.
   */
  static async open(to: TransferPlace, source: string, { readOnly = false, signal }: SyncRecordOptions = {}): Promise<SyncRecord> {
    const name = createHash('sha256').update(source).digest('hex').slice(0, 32);
    const directory = pathIn(to, `${recordDirectory}/${name}`);
    const segments = new Map<string, string[]>();
    for await (const { path } of to.store.entries(directory, { signal, recursive: true })) {
      const [run = ''] = path.slice(directory.length + 1).split('/');
      segments.set(run, [...(segments.get(run) ?? []), path]);
    }
    const old = [...segments.values()].map((paths) => new RecordCursor(to.store, paths, { signal }));
    const run = `${Date.now().toString(36)}-${randomUUID()}`;
    return new SyncRecord(to, directory, old, readOnly ? undefined : new RecordWriter(to.store, `${directory}/${run}`, { signal }));
  }

  /** Whether this run writes the whole record anew, rather than what it has learned. */
  get #compacts(): boolean {
    return this.#writer !== undefined && this.#old.length > maxGenerations;
  }

  /** Whether the pair is known; asked in the order of the paths. */
  async knows(pair: KnownPair): Promise<boolean> {
    let found = false;
    for (const cursor of this.#old) {
      const known = await cursor.find(pair.path);
      found ||= known.some(({ from, to }) => from === pair.from && to === pair.to);
    }
    if (found && this.#compacts) {
      const settle = await this.begin();
      await settle?.(pair);
    }
    return found;
  }

  /** Takes a place in the order for a file that is going to be compared or copied; waits while too many before it are under way. */
  async begin(): Promise<SettlePair | undefined> {
    return await this.#writer?.begin();
  }

  /** Writes what is left, and removes the records of earlier runs where this one has all of theirs. */
  async finish(options: AbortOptions): Promise<void> {
    await this.#writer?.finish();
    if (this.#compacts) {
      await Promise.all(this.#old.flatMap(({ paths }) => paths).map((path) => this.#to.store.delete(path, options)));
    }
  }

  /** Removes the whole record of this source. */
  async remove(options: AbortOptions): Promise<void> {
    await this.#to.store.delete(this.#directory, options);
  }
}
