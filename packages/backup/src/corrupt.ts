import { FileStoreError, hasErrorCode } from '@oh/file-store-core';

/** The error for a file of a repository that is not what was written there. */
export function corrupt(path: string, why: string, cause?: unknown): FileStoreError {
  return new FileStoreError('corrupt', `${JSON.stringify(path)} is damaged: ${why}`, cause === undefined ? { path } : { path, cause });
}

/**
 * Why a file of a repository is lost: it is missing, damaged, or on a disk that does not give it out any more.
 *
 * @param error What reading it gave. @throws The same where the file may well be there, and another try may succeed.
 */
export function lossOf(error: unknown, path: string): FileStoreError {
  if (hasErrorCode(error, 'not-found')) {
    return corrupt(path, 'it is missing', error);
  }
  if (hasErrorCode(error, 'unavailable') && !error.retryable) {
    return new FileStoreError('corrupt', `${JSON.stringify(path)} cannot be read: ${error.reason}`, { path, cause: error });
  }
  if (hasErrorCode(error, 'corrupt')) {
    return error;
  }
  throw error;
}
