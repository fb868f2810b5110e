import { FileStoreError } from '@oh/file-store-core';

/** Whether a change failed because the store takes no such change, or none at all: it would fail again. */
export function isRefusal(error: unknown): boolean {
  return error instanceof FileStoreError && ['permission-denied', 'unsupported', 'no-space', 'path-conflict'].includes(error.code);
}
