import { createInterface } from 'node:readline/promises';
import { Readable } from 'node:stream';
import { type AbortOptions, comparePaths, type FileStore, hasErrorCode } from '@oh/file-store-core';

/** Two versions of a path that have the same contents. */
export interface KnownPair {
  /** From the directory of the places. */
  readonly path: string;
  /** The version at the source. */
  readonly from: string;
  /** The version at the target. */
  readonly to: string;
}

/** Goes once, forwards, through the record of one run. */
export class RecordCursor {
  /** The files of the record, in order. */
  readonly paths: readonly string[];
  readonly #lines: AsyncGenerator<KnownPair, void, undefined>;
  #next: KnownPair | undefined;
  #begun = false;

  constructor(store: FileStore, paths: readonly string[], options: AbortOptions) {
    this.paths = paths;
    this.#lines = readPairs(store, paths, options);
  }

  /** What is recorded of a path; asked in the order of {@link comparePaths}. */
  async find(path: string): Promise<readonly KnownPair[]> {
    if (!this.#begun) {
      this.#begun = true;
      await this.#advance();
    }
    const found: KnownPair[] = [];
    while (this.#next !== undefined && comparePaths(this.#next.path, path) <= 0) {
      if (this.#next.path === path) {
        found.push(this.#next);
      }
      await this.#advance();
    }
    return found;
  }

  async #advance(): Promise<void> {
    const { value } = await this.#lines.next();
    this.#next = value ?? undefined;
  }
}

async function* readPairs(store: FileStore, paths: readonly string[], options: AbortOptions): AsyncGenerator<KnownPair, void, undefined> {
  for (const path of paths) {
    for await (const line of readLines(store, path, options)) {
      const pair = parsePair(line);
      if (pair !== undefined) {
        yield pair;
      }
    }
  }
}

async function* readLines(store: FileStore, path: string, options: AbortOptions): AsyncGenerator<string, void, undefined> {
  let input: Readable;
  try {
    input = Readable.fromWeb(await store.readStream(path, options));
  } catch (error) {
    // Another run, which has all of it, has removed it.
    if (hasErrorCode(error, 'not-found')) {
      return;
    }
    throw error;
  }
  yield* createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
}

/** What is no line of a record counts for nothing: the file is compared. */
function parsePair(line: string): KnownPair | undefined {
  try {
    const pair: unknown = JSON.parse(line);
    return isPair(pair) ? pair : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) {
      return undefined;
    }
    throw error;
  }
}

function isPair(value: unknown): value is KnownPair {
  const { path, from, to } = (value ?? {}) as Readonly<Record<string, unknown>>;
  return [path, from, to].every((text) => typeof text === 'string');
}
