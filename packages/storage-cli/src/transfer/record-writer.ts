import type { AbortOptions, FileStore } from '@oh/file-store-core';
import type { KnownPair } from './record-cursor.ts';

/** So many pairs are written as one file. */
const pairsOfSegment = 1000;

/** Files of so many bytes together, in bytes, are written as one file sooner: to compare them again would take long. */
const bytesOfSegment = 64 * 1024 * 1024;

/** So many files may be under way, or wait for one before them: the pairs of a segment are in order. */
const maxWaiting = 10_000;

/**
 * Says what is known of a file whose place was taken.
 *
 * @param pair Versions that have the same contents; nothing when there are none.
 * @param bytes What it took to find out, in bytes.
 */
export type SettlePair = (pair?: KnownPair, bytes?: number) => Promise<void>;

interface Slot {
  isSettled: boolean;
  pair: KnownPair | undefined;
}

/** Writes the record of one run: files of pairs in the order in which their places were taken, whatever order they are settled in. */
export class RecordWriter {
  readonly #store: FileStore;
  readonly #directory: string;
  readonly #options: AbortOptions;
  readonly #slots: Slot[] = [];
  #pairs: KnownPair[] = [];
  #bytes = 0;
  #segments = 0;
  #writing: Promise<void> = Promise.resolve();
  #room: PromiseWithResolvers<void> | undefined;

  constructor(store: FileStore, directory: string, options: AbortOptions) {
    this.#store = store;
    this.#directory = directory;
    this.#options = options;
  }

  /** Takes the next place, when there is room: when the first that is not settled is. @returns Settles it, once. */
  async begin(): Promise<SettlePair> {
    while (this.#slots.length >= maxWaiting) {
      this.#room ??= Promise.withResolvers();
      await this.#room.promise;
    }
    const slot: Slot = { isSettled: false, pair: undefined };
    this.#slots.push(slot);
    return async (pair, bytes = 0) => {
      slot.isSettled = true;
      slot.pair = pair;
      this.#bytes += bytes;
      await this.#drain();
    };
  }

  /** Writes what is left. */
  async finish(): Promise<void> {
    await this.#write();
  }

  async #drain(): Promise<void> {
    while (this.#slots[0]?.isSettled === true) {
      const { pair } = this.#slots.shift() ?? {};
      if (pair !== undefined) {
        this.#pairs.push(pair);
      }
    }
    this.#room?.resolve();
    this.#room = undefined;
    if (this.#pairs.length >= pairsOfSegment || this.#bytes >= bytesOfSegment) {
      await this.#write();
    }
  }

  async #write(): Promise<void> {
    const pairs = this.#pairs;
    this.#pairs = [];
    this.#bytes = 0;
    if (pairs.length > 0) {
      const path = `${this.#directory}/${String(this.#segments).padStart(9, '0')}.jsonl`;
      this.#segments += 1;
      const text = pairs.map(({ path, from, to }) => `${JSON.stringify({ path, from, to })}\n`).join('');
      this.#writing = this.#writing.then(async () => void (await this.#store.write(path, text, this.#options)));
    }
    await this.#writing;
  }
}
