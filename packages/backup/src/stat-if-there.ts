import { type AbortOptions, type FileInfo, type FileStore, hasErrorCode } from '@oh/file-store-core';

/** What a store tells of a file; `undefined` where there is none. */
export async function statIfThere(store: FileStore, path: string, options: AbortOptions): Promise<FileInfo | undefined> {
  try {
    return await store.stat(path, options);
  } catch (error) {
    if (hasErrorCode(error, 'not-found')) {
      return undefined;
    }
    throw error;
  }
}
