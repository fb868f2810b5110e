import { FileStoreError } from '@oh/file-store-core';

/** The error for a file of a repository that is not what was written there. */
export function corrupt(path: string, why: string, cause?: unknown): FileStoreError {
  return new FileStoreError('corrupt', `${JSON.stringify(path)} is damaged: ${why}`, cause === undefined ? { path } : { path, cause });
}
