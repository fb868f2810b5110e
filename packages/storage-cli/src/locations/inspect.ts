import { type AbortOptions, type FileInfo, hasErrorCode } from '@oh/file-store-core';
import { hasFiles } from './has-files.ts';
import type { Location } from './location.ts';

/** What is at a location. */
export type Inspection = { readonly kind: 'file'; readonly info: FileInfo } | { readonly kind: 'directory' } | { readonly kind: 'missing' };

/** Looks what is at a location; where a file lies beside a directory of its name, a slash at the end of the URL means the directory. */
export async function inspect(location: Location, options: AbortOptions): Promise<Inspection> {
  if (location.path === '') {
    return { kind: 'directory' };
  }
  const info = location.wantsDirectory ? undefined : await statOrMissing(location, options);
  if (info !== undefined) {
    return { kind: 'file', info };
  }
  return { kind: location.isDirectory || (await hasFiles(location.store, location.path, options)) ? 'directory' : 'missing' };
}

async function statOrMissing(location: Location, options: AbortOptions): Promise<FileInfo | undefined> {
  try {
    return await location.store.stat(location.path, options);
  } catch (error) {
    if (hasErrorCode(error, 'not-found') || (hasErrorCode(error, 'permission-denied') && (await isOpenDirectory(location, options)))) {
      return undefined;
    }
    throw error;
  }
}

/** Whether something is listed below a path that may not be looked at itself: as a server of S3 answers to who may list and read what is in one directory alone. */
async function isOpenDirectory(location: Location, options: AbortOptions): Promise<boolean> {
  try {
    return await hasFiles(location.store, location.path, options);
  } catch {
    options.signal?.throwIfAborted();
    // What forbids to look tells more.
    return false;
  }
}
