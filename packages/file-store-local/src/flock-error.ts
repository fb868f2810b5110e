import { FileStoreError, type FileStoreErrorCode } from '@oh/file-store-core';
import { errnoOf, toLocalError } from './local-error.ts';

/** What the error numbers mean here, where it differs from what they mean for the files of a store. */
const meanings: Readonly<Record<string, readonly [FileStoreErrorCode, string]>> = {
  ENOENT: ['not-found', 'its directory is missing; make it first'],
  ELOOP: ['permission-denied', 'it is a symbolic link, which is never followed; lock the file it points to'],
  EISDIR: ['path-conflict', 'it is a directory'],
  ENOLCK: ['unavailable', 'the system cannot have more locks'],
  ENOSYS: ['unsupported', 'its file system has no flock'],
  ENOTSUP: ['unsupported', 'its file system has no flock'],
  EOPNOTSUPP: ['unsupported', 'its file system has no flock'],
};

/** The error for what the system said when a lock was taken. @param absolute The lock's file. */
export function toFlockError(error: unknown, absolute: string): unknown {
  const errno = errnoOf(error) ?? '';
  const [code, hint] = meanings[errno] ?? [];
  const what = `cannot lock ${JSON.stringify(absolute)}: ${errno}`;
  if (code !== undefined) {
    return new FileStoreError(code, `${what}; ${hint}`, { path: absolute, cause: error });
  }
  const mapped = toLocalError(error, 'lock', absolute);
  const isUnknown = errno !== '' && !(mapped instanceof FileStoreError);
  return isUnknown ? new FileStoreError('unknown', what, { path: absolute, cause: error }) : mapped;
}
