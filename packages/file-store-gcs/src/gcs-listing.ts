import { comparePaths, type DriverEntriesOptions, type FileEntry, FileStoreError } from '@oh/file-store-core';
import type { GcsClient } from './gcs-client.ts';
import { toProtocolFailure } from './gcs-failure.ts';
import type { GcsKeys } from './gcs-keys.ts';
import { wholeSeconds } from './gcs-object.ts';

/** The most entries that the service gives at once. */
const maxPageEntries = 1000;

/** An object met in a listing, whatever its name. */
export interface ListedObject {
  readonly key: string;
  readonly size: number;
  readonly generation: string;
  readonly modifiedAt: Date;
}

interface ListedPage {
  readonly objects: readonly ListedObject[];
  /** With the `/` at their ends. */
  readonly directoryKeys: readonly string[];
  readonly nextPageToken: string | undefined;
}

interface PageRequest {
  readonly prefix: string;
  readonly isRecursive: boolean;
  /** The first name that is wanted. Default: the first there is. */
  readonly startKey?: string | undefined;
  readonly maxEntries: number;
}

/** Lists objects page by page. */
export class GcsListing {
  readonly #client: GcsClient;
  readonly #keys: GcsKeys;

  constructor(client: GcsClient, keys: GcsKeys) {
    this.#client = client;
    this.#keys = keys;
  }

  /** The entries of a directory in the order of listings, reading a page when the one before has been used up. */
  async *entries(path: string, options: DriverEntriesOptions): AsyncGenerator<FileEntry, void, undefined> {
    const { recursive: isRecursive, startAfter, limit, signal } = options;
    // The service begins with `startAfter` itself, which is one entry too many.
    const startKey = startAfter === undefined ? undefined : this.#keys.toDirectoryKey('') + startAfter;
    const request = { prefix: this.#keys.toDirectoryKey(path), isRecursive, startKey, maxEntries: Math.min(limit + 1, maxPageEntries) };
    let pending: readonly FileEntry[] = [];
    for await (const page of this.#pages(request, signal)) {
      const merged = mergeEntries(pending, this.#toEntries(page, startAfter));
      const complete = page.nextPageToken === undefined ? merged.length : this.#countComplete(merged, page);
      yield* merged.slice(0, complete);
      pending = merged.slice(complete);
    }
  }

  /** All objects whose names begin with `prefix`, a page at a time. */
  async *objects(prefix: string, signal: AbortSignal | undefined): AsyncGenerator<readonly ListedObject[], void, undefined> {
    for await (const page of this.#pages({ prefix, isRecursive: true, maxEntries: maxPageEntries }, signal)) {
      yield page.objects;
    }
  }

  async *#pages(request: PageRequest, signal: AbortSignal | undefined): AsyncGenerator<ListedPage, void, undefined> {
    let pageToken: string | undefined;
    do {
      const page = await this.#client.retry(signal, () => this.#page(request, pageToken, signal));
      yield page;
      if (page.nextPageToken !== undefined && page.nextPageToken === pageToken) {
        const path = this.#keys.toPath(request.prefix.slice(0, -1)) ?? '';
        const message = `the server cannot list ${JSON.stringify(path)} to its end: it gives the same page token again`;
        throw new FileStoreError('unsupported', message, { path });
      }
      pageToken = page.nextPageToken;
    } while (pageToken !== undefined);
  }

  async #page(request: PageRequest, pageToken: string | undefined, signal: AbortSignal | undefined): Promise<ListedPage> {
    const query = {
      prefix: request.prefix === '' ? undefined : request.prefix,
      delimiter: request.isRecursive ? undefined : '/',
      startOffset: request.startKey,
      maxResults: `${request.maxEntries}`,
      fields: 'kind,items(name,size,generation,updated),prefixes,nextPageToken',
      pageToken,
    };
    const { value } = await this.#client.json({ method: 'GET', target: this.#keys.toListTarget(), query }, signal);
    return parsePage(value);
  }

  #toEntries({ objects, directoryKeys }: ListedPage, startAfter: string | undefined): readonly FileEntry[] {
    const files = objects.flatMap(({ key, size, generation, modifiedAt }): FileEntry[] => {
      const path = this.#keys.toPath(key);
      return path === undefined ? [] : [{ kind: 'file', path, size, version: generation, modifiedAt }];
    });
    const directories = directoryKeys.flatMap((key): FileEntry[] => {
      const path = this.#keys.toPath(key.slice(0, -1));
      return path === undefined ? [] : [{ kind: 'directory', path: `${path}/` }];
    });
    return [...files, ...directories].filter(({ path }) => startAfter === undefined || comparePaths(path, startAfter) > 0);
  }

  /**
   * How many entries no later page can come before: an emulator gives all directories with each page, so that those after the page's
   * last object wait for the next one.
   */
  #countComplete(entries: readonly FileEntry[], { objects }: ListedPage): number {
    const lastKey = objects.at(-1)?.key;
    if (lastKey === undefined) {
      return entries.length;
    }
    const lastPath = lastKey.slice(this.#keys.toDirectoryKey('').length);
    const waiting = entries.findIndex(({ path }) => comparePaths(path, lastPath) > 0);
    return waiting === -1 ? entries.length : waiting;
  }
}

/** Both in order, each path once. */
function mergeEntries(pending: readonly FileEntry[], entries: readonly FileEntry[]): readonly FileEntry[] {
  const sorted = [...pending, ...entries].sort((a, b) => comparePaths(a.path, b.path));
  return sorted.filter(({ path }, i) => path !== sorted[i - 1]?.path);
}

function parsePage(value: unknown): ListedPage {
  const {
    kind,
    items = [],
    prefixes = [],
    nextPageToken,
  } = (value ?? {}) as {
    readonly kind?: string;
    readonly items?: readonly { readonly name: string; readonly size: string; readonly generation: string; readonly updated: string }[];
    readonly prefixes?: readonly string[];
    readonly nextPageToken?: string;
  };
  // An empty listing says that it is one: what does not comes from somebody else, and does not mean that nothing is there.
  if (kind !== 'storage#objects' || !Array.isArray(items) || !Array.isArray(prefixes)) {
    throw toProtocolFailure('the answer is no listing');
  }
  const objects = items.map(({ name, size, generation, updated }) => ({
    key: name,
    size: Number(size),
    generation,
    modifiedAt: wholeSeconds(updated),
  }));
  return { objects, directoryKeys: prefixes, nextPageToken: nextPageToken === '' ? undefined : nextPageToken };
}
