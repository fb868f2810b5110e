import { FileStoreError } from '@oh/file-store-core';
import type { Location } from './location.ts';

/** The error of a command that needs a file where a directory is. @param remedy What to do instead. */
export function isDirectoryError(location: Location, remedy: string): FileStoreError {
  return new FileStoreError('invalid-argument', `${JSON.stringify(location.url)} is a directory; ${remedy}`, { path: location.path });
}
