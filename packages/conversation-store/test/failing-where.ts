import { type FileStore, FileStoreError } from '@oh/file-store-core';
import { interceptFileStore } from '@oh/file-store-core/testing';

/** The same store, with operations that fail before anything is done. */
export function failingWhere(store: FileStore, isFailing: (operation: string, path: unknown) => boolean): FileStore {
  return interceptFileStore(store, (operation, path) => {
    if (isFailing(operation, path)) {
      throw new FileStoreError('unavailable', 'try again');
    }
  });
}
