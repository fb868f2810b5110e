import type { AbortOptions, FileInfo, FileStore } from './file-store.ts';
import { hasErrorCode } from './file-store-error.ts';

/** A text file and the info that belongs to it, whoever writes meanwhile. */
export interface TextFile {
  readonly info: FileInfo;
  readonly text: string;
}

/**
 * Reads a text file that may be missing.
 *
 * @returns `undefined` when there is none; a failure to read is never taken for that.
 * @throws {FileStoreError} What reading throws, but for `not-found`.
 */
export async function readIfThere(store: FileStore, path: string, { signal }: AbortOptions = {}): Promise<TextFile | undefined> {
  try {
    const file = await store.open(path, { signal });
    return { info: file.info, text: await file.text() };
  } catch (error) {
    if (hasErrorCode(error, 'not-found')) {
      return undefined;
    }
    throw error;
  }
}
