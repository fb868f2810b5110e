import { FileStoreError } from '@oh/file-store-core';
import type { Location } from './location.ts';

/** The error of a command that needs something at a location where there is nothing. */
export function notFoundError(location: Location): FileStoreError {
  return new FileStoreError('not-found', `no such file or directory: ${JSON.stringify(location.url)}`, { path: location.path });
}
