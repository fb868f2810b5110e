import { type AbortOptions, comparePaths, type FileStoreError, hasErrorCode } from '@oh/file-store-core';
import type { BlobReader } from './blob-reader.ts';
import type { BackupFile } from './file-entry.ts';
import { readFilePart, type UnreadablePart } from './file-list.ts';

/** Reads a list of files from any path on; of what comes before, a few parts. One part is in memory. */
export class ListReader {
  readonly #list: readonly string[];
  readonly #reader: Pick<BlobReader, 'read'>;
  readonly #onUnreadable: (part: UnreadablePart) => void;
  /** First paths of parts, as far as they are known. */
  readonly #firsts = new Map<number, string>();
  #last: { readonly at: number; readonly files: readonly BackupFile[] } | undefined;
  /** No part before it has anything that is asked for. */
  #low = 0;

  /** @param onUnreadable Takes parts that are damaged; the others are read all the same. */
  constructor(list: readonly string[], reader: Pick<BlobReader, 'read'>, onUnreadable: (part: UnreadablePart) => void) {
    this.#list = list;
    this.#reader = reader;
    this.#onUnreadable = onUnreadable;
  }

  /** The files from a path on, in order; each call asks for a later path than the one before. */
  async *filesFrom(start: string, options: AbortOptions): AsyncGenerator<BackupFile, void, undefined> {
    let after: string | undefined;
    for (let at = await this.#find(start, options); at < this.#list.length; at += 1) {
      this.#low = at;
      try {
        const files = await this.#read(at, after, options);
        yield* files.slice(firstFrom(files, start));
        after = files.at(-1)?.path;
      } catch (error) {
        this.#report(error, after);
      }
    }
  }

  #report(error: unknown, after: string | undefined): asserts error is FileStoreError {
    if (!hasErrorCode(error, 'corrupt')) {
      throw error;
    }
    this.#onUnreadable({ after, error });
  }

  /** The last part that begins at or before a path, as far as can be told. What is near is found by few steps, since parts have to be read. */
  async #find(start: string, options: AbortOptions): Promise<number> {
    if (this.#last?.at === this.#low && firstFrom(this.#last.files, start) < this.#last.files.length) {
      return this.#low;
    }
    let high = this.#list.length;
    for (let step = 1; this.#low + step < high; step *= 2) {
      if (await this.#beginsAfter(this.#low + step, start, options)) {
        high = this.#low + step;
      } else {
        this.#low += step;
      }
    }
    while (high - this.#low > 1) {
      const middle = Math.floor((this.#low + high) / 2);
      if (await this.#beginsAfter(middle, start, options)) {
        high = middle;
      } else {
        this.#low = middle;
      }
    }
    return this.#low;
  }

  /** Of a part that cannot be read it is taken to be so: then nothing is passed over. */
  async #beginsAfter(at: number, start: string, options: AbortOptions): Promise<boolean> {
    try {
      const first = this.#firsts.get(at) ?? (await this.#read(at, undefined, options))[0]?.path;
      return first === undefined || comparePaths(first, start) > 0;
    } catch (error) {
      if (!hasErrorCode(error, 'corrupt')) {
        throw error;
      }
      return true;
    }
  }

  async #read(at: number, after: string | undefined, options: AbortOptions): Promise<readonly BackupFile[]> {
    if (this.#last?.at !== at) {
      const files = await readFilePart(this.#list[at] ?? '', after, this.#reader, options);
      this.#firsts.set(at, files[0]?.path ?? '');
      this.#last = { at, files };
    }
    return this.#last.files;
  }
}

/** Which of some files is the first at a path or after it; how many there are, when none is. */
function firstFrom(files: readonly BackupFile[], start: string): number {
  let [low, high] = [0, files.length];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const isBefore = comparePaths(files[middle]?.path ?? '', start) < 0;
    [low, high] = isBefore ? [middle + 1, high] : [low, middle];
  }
  return low;
}
