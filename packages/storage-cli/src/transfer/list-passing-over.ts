import { posix } from 'node:path';
import { type AbortOptions, comparePaths, type FileListEntry, hasErrorCode, maxSegmentBytes } from '@oh/file-store-core';
import { relativePath } from './relative-path.ts';
import type { TransferPlace } from './transfer-place.ts';

/** So many files that do not count are met in a row before the directory that they are in is passed over: each time costs a request or some. */
const filesBefore = 1000;

/**
 * The files of a place that count, by their paths in the store, lazily, in order.
 *
 * A directory in which none counts is passed over when it is large, and also when it is closed to this program; any other closed one is told to `onClosed`.
 */
export async function* listPassingOver(place: TransferPlace, { signal }: AbortOptions): AsyncGenerator<FileListEntry, void, undefined> {
  let startAfter: string | undefined;
  for (;;) {
    const passed: string | undefined = yield* listUntilPassed(place, startAfter, { signal });
    if (passed === undefined) {
      return;
    }
    // The first path that comes after all that is in the directory, whatever that is: `0` follows `/`.
    startAfter = `${passed}0`;
    const next = await statIfListed(place, startAfter, { signal });
    if (next !== undefined && !ignores(place, next.path)) {
      yield next;
    }
  }
}

/** @returns The directory that is to be passed over, by its path in the store; `undefined` at the end. */
async function* listUntilPassed(
  place: TransferPlace,
  startAfter: string | undefined,
  { signal }: AbortOptions,
): AsyncGenerator<FileListEntry, string | undefined, undefined> {
  let inRow = 0;
  try {
    for await (const entry of place.store.entries(place.path, { recursive: true, startAfter, signal })) {
      if (entry.kind !== 'file') {
        continue;
      }
      inRow = ignores(place, entry.path) ? inRow + 1 : 0;
      if (inRow === 0) {
        yield entry;
      }
      const passed = inRow >= filesBefore ? ignoredDirectory(place, entry.path) : undefined;
      if (passed !== undefined) {
        return passed;
      }
    }
    return undefined;
  } catch (error) {
    if (!hasErrorCode(error, 'permission-denied')) {
      throw error;
    }
    const closed = closedDirectory(place, error.path ?? '');
    if (closed === undefined || (startAfter !== undefined && comparePaths(closed.path, startAfter) < 0)) {
      throw error;
    }
    if (!closed.isIgnored) {
      place.onClosed?.(relativePath(closed.path, place.path), error);
    }
    return closed.path;
  }
}

/** What to pass over when a path may not be listed; `undefined` when that ends the listing. */
function closedDirectory(place: TransferPlace, path: string): { readonly path: string; readonly isIgnored: boolean } | undefined {
  const ignored = ignoredDirectory(place, `${path}/`);
  if (ignored !== undefined) {
    return { path: ignored, isIgnored: true };
  }
  const isInside = place.path === '' ? path !== '' : path.startsWith(`${place.path}/`);
  return isInside && place.onClosed !== undefined && isPassable(path) ? { path, isIgnored: false } : undefined;
}

function ignores(place: TransferPlace, path: string): boolean {
  return place.ignores?.(relativePath(path, place.path)) === true;
}

/** The outermost directory on the way to a path in which no file counts, by its path in the store; none whose name is so long that there is no path to go on after. */
function ignoredDirectory(place: TransferPlace, path: string): string | undefined {
  const start = place.path === '' ? 0 : place.path.length + 1;
  for (let end = path.indexOf('/', start); end >= 0; end = path.indexOf('/', end + 1)) {
    const directory = path.slice(0, end);
    if (place.ignores?.(path.slice(start, end + 1)) === true && isPassable(directory)) {
      return directory;
    }
  }
  return undefined;
}

/** Whether there is a path to go on after: the name has room for one byte more. */
function isPassable(directory: string): boolean {
  return Buffer.byteLength(posix.basename(directory)) < maxSegmentBytes;
}

/** What a listing would say of a path: a link or a special file, which may not be looked at, is in none. */
async function statIfListed({ store }: TransferPlace, path: string, options: AbortOptions): Promise<FileListEntry | undefined> {
  try {
    return { kind: 'file', ...(await store.stat(path, options)) };
  } catch (error) {
    if (hasErrorCode(error, 'not-found') || hasErrorCode(error, 'permission-denied')) {
      return undefined;
    }
    throw error;
  }
}
