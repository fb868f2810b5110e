import { FileStoreError, hasErrorCode } from '@oh/file-store-core';
import type { CliContext } from '../cli-context.ts';
import { inspect } from '../locations/inspect.ts';
import { isDirectoryError } from '../locations/is-directory-error.ts';
import type { Location } from '../locations/location.ts';
import { notFoundError } from '../locations/not-found-error.ts';
import { toJsonLine } from '../to-json-line.ts';

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
  const errors: unknown[] = [];
  for (const location of locations) {
    try {
      await remove(location, options, context.signal);
      if (context.json) {
        await context.output.write(toJsonLine({ url: location.url }));
      }
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) {
    throw new AggregateError(errors);
  }
}

async function remove(location: Location, options: RmOptions, signal: AbortSignal): Promise<void> {
  if (location.path === '') {
    const what = 'it is the root of a store, or the working or home directory lies in it';
    throw new FileStoreError('invalid-path', `${JSON.stringify(location.url)} is never removed: ${what}`, { path: '' });
  }
  const found = await inspect(location, { signal });
  if (found.kind === 'missing') {
    if (options.force !== true) {
      throw notFoundError(location);
    }
  } else if (options.recursive === true) {
    await location.store.delete(location.path, { signal });
  } else if (found.kind === 'directory') {
    throw isDirectoryError(location, 'add --recursive to remove it with everything below it');
  } else {
    await removeFile(location, found.info.version, signal);
  }
}

/** By its version: without one a directory of the same name, beside the file or in its place by now, would go as well. */
async function removeFile({ store, path }: Location, version: string, signal: AbortSignal): Promise<void> {
  let ifVersion = store.capabilities.conditions ? version : undefined;
  for (;;) {
    try {
      await store.delete(path, { ifVersion, signal });
      return;
    } catch (error) {
      if (!hasErrorCode(error, 'version-mismatch')) {
        throw error;
      }
    }
    // Somebody writes to it: the new version is to go as well.
    ifVersion = (await store.stat(path, { signal })).version;
  }
}
