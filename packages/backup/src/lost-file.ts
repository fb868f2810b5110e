import { type AbortOptions, type FileStore, FileStoreError, hasErrorCode } from '@oh/file-store-core';
import { corrupt } from './corrupt.ts';
import { repositoryPath } from './repository-file.ts';

/** Where a file of a repository is, and what reading it gave. */
export interface FailedRead {
  readonly files: FileStore;
  readonly path: string;
  readonly error: unknown;
}

/**
 * Why a file of a repository is lost: it is missing, damaged, or on a disk that does not give it out any more.
 *
 * @throws What reading it gave, where the file may well be there: another try may succeed, or the whole repository has gone.
 */
export async function lossOf(read: FailedRead, options: AbortOptions): Promise<FileStoreError> {
  const { path, error } = read;
  if (await isMissing(read, options)) {
    return corrupt(path, 'it is missing', error);
  }
  if (hasErrorCode(error, 'unavailable') && !error.retryable) {
    await refuseGone(read, options);
    return new FileStoreError('corrupt', `${JSON.stringify(path)} cannot be read: ${error.reason}`, { path, cause: error });
  }
  if (hasErrorCode(error, 'corrupt')) {
    return error;
  }
  throw error;
}

/** Whether a file is missing, as one may that a prune deletes meanwhile. @throws What reading it gave, where the whole repository has gone. */
export async function isMissing(read: FailedRead, options: AbortOptions): Promise<boolean> {
  if (!hasErrorCode(read.error, 'not-found')) {
    return false;
  }
  await refuseGone(read, options);
  return true;
}

/** Of a disk that was taken out, or a bucket that was deleted, every file looks lost. */
async function refuseGone({ files, error }: FailedRead, { signal }: AbortOptions): Promise<void> {
  try {
    await files.read(repositoryPath, { signal });
  } catch {
    signal?.throwIfAborted();
    throw error;
  }
}
