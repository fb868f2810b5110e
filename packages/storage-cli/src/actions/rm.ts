import { type AbortOptions, FileStoreError, hasErrorCode } from '@oh/file-store-core';
import type { CliContext } from '../cli-context.ts';
import { inspect } from '../locations/inspect.ts';
import { isDirectoryError } from '../locations/is-directory-error.ts';
import type { Location } from '../locations/location.ts';
import { notFoundError } from '../locations/not-found-error.ts';
import { toJsonLine } from '../to-json-line.ts';
import { deleteVersion } from '../transfer/delete-version.ts';
import { doEach } from './do-each.ts';

/** Options of `rm`. */
export interface RmOptions {
  /** Directories too, with everything below them. */
  readonly recursive?: boolean | undefined;
  /** What is missing is no error. */
  readonly force?: boolean | undefined;
}

/**
 * Removes files and directories. One that cannot be removed does not stop the others.
 *
 * @throws {AggregateError} Of all that could not be removed.
 */
export async function rm(context: CliContext, urls: readonly string[], options: RmOptions): Promise<void> {
  // All of them first: a URL that is written wrong is found before anything is removed.
  const locations = await Promise.all(urls.map((url) => context.locations.open(url, 'entry')));
  await doEach(locations, async (location) => {
    if ((await remove(location, options, context.signal)) && context.json) {
      await context.output.write(toJsonLine({ url: location.url }));
    }
  });
}

/** @returns Whether there was anything. */
async function remove(location: Location, options: RmOptions, signal: AbortSignal): Promise<boolean> {
  if (location.path === '') {
    const what = 'it is the root of a store, or the working or home directory lies in it';
    throw new FileStoreError('invalid-path', `${JSON.stringify(location.url)} is never removed: ${what}`, { path: '' });
  }
  const found = await inspect(location, { signal });
  if (found.kind === 'missing') {
    if (options.force !== true) {
      throw notFoundError(location);
    }
    return false;
  }
  if (options.recursive === true) {
    await removeAll(location, { signal });
  } else if (found.kind === 'directory') {
    throw isDirectoryError(location, 'add --recursive to remove it with everything below it');
  } else {
    await removeFile(location, found.info.version, signal);
  }
  return true;
}

/** A slash at the end means the directory: a file of its name beside it stays. */
async function removeAll({ store, path, wantsDirectory }: Location, options: AbortOptions): Promise<void> {
  const isBesideFile = wantsDirectory && store.capabilities.fileBesideDirectory && (await store.exists(path, options));
  for (const each of isBesideFile ? await store.list(path, options) : [path]) {
    await store.delete(each, options);
  }
}

/** By its version: without one a directory of the same name, beside the file or in its place by now, would go as well. */
async function removeFile({ store, path }: Location, version: string, signal: AbortSignal): Promise<void> {
  for (let current = version; ; current = (await store.stat(path, { signal })).version) {
    try {
      await deleteVersion(store, path, current, { signal });
      return;
    } catch (error) {
      // Somebody writes to it: the new version is to go as well.
      if (!hasErrorCode(error, 'version-mismatch')) {
        throw error;
      }
    }
  }
}
