import { constants } from 'node:os';
import { FileStoreError, type FileStoreErrorCode, isError } from '@oh/file-store-core';
import { FlushNotBegun } from './flush-not-begun.ts';

/**
 * What the system's error numbers mean for a store; what is not here is `unknown`.
 *
 * @see https://man7.org/linux/man-pages/man3/errno.3.html
 */
const codes: Readonly<Record<string, FileStoreErrorCode>> = {
  ENOENT: 'not-found',
  ENOTDIR: 'path-conflict',
  EISDIR: 'path-conflict',
  EEXIST: 'already-exists',
  EACCES: 'permission-denied',
  EPERM: 'permission-denied',
  EROFS: 'permission-denied',
  ELOOP: 'permission-denied',
  ENOSPC: 'no-space',
  EDQUOT: 'no-space',
  EFBIG: 'no-space',
  EMFILE: 'unavailable',
  ENFILE: 'unavailable',
  EBUSY: 'unavailable',
  EAGAIN: 'unavailable',
  EIO: 'unavailable',
  ESTALE: 'unavailable',
  ENOTCONN: 'unavailable',
  ETIMEDOUT: 'timeout',
  ENAMETOOLONG: 'invalid-path',
  EXDEV: 'unsupported',
  ERR_ACCESS_DENIED: 'permission-denied',
};

/** What people can do about it, where the code alone does not tell. */
const advice: Readonly<Record<string, string>> = {
  EACCES: 'give the user of this process access to it',
  EPERM: 'give the user of this process access to it',
  EROFS: 'the file system is mounted read-only',
  ELOOP: 'it is a symbolic link, which a store never follows; open a store on the directory it points to',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EMFILE: 'too many files are open; raise the limit (ulimit -n) or do less at once',
  ENFILE: 'too many files are open on this machine',
  ENOTCONN: 'its file system is mounted, but what serves it has ended; mount it again',
  ENOTDIR: 'a part of its path is a file',
  EISDIR: 'a directory with files is there',
  EXDEV: 'it is on another file system than the root of the store; open a store there',
  ERR_ACCESS_DENIED: 'Node runs with --permission, which forbids what a store needs',
};

/** The number's name, such as `ENOENT`, if `error` came from the system. */
export function errnoOf(error: unknown): string | undefined {
  if (!(isError(error) && 'code' in error && typeof error.code === 'string')) {
    return undefined;
  }
  // Node has no name for this one.
  return 'errno' in error && error.errno === -constants.errno.EDQUOT ? 'EDQUOT' : error.code;
}

/** Whether the error means that a file is missing: it is not there, or a directory on the way is not, or is a file. */
export function isMissing(error: unknown): boolean {
  const errno = errnoOf(error);
  return errno === 'ENOENT' || errno === 'ENOTDIR';
}

/** Whether the error means that the disk, or the user's part of it, is full. */
export function isOutOfSpace(error: unknown): boolean {
  const errno = errnoOf(error);
  return errno === 'ENOSPC' || errno === 'EDQUOT';
}

/** How systems say that a file system has no fsync, for directories mostly. @see https://man7.org/linux/man-pages/man2/fsync.2.html */
const synclessErrnos: ReadonlySet<string | undefined> = new Set(['EINVAL', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP']);

/** The error for an fsync that was not tried at all, so that nothing has failed to reach the disk. @returns `undefined` for every other error. */
export function toSyncRefusal(error: unknown): unknown {
  const errno = errnoOf(error);
  if (synclessErrnos.has(errno)) {
    const message = `nothing can be made durable where the root is: its file system has no fsync (${errno}); open the store with the durability "atomic"`;
    return new FileStoreError('unsupported', message, { cause: error });
  }
  if (error instanceof FlushNotBegun) {
    return new FileStoreError('unavailable', `nothing was made durable, since ${error.message}; try again`, { cause: error });
  }
  return errno === 'ERR_ACCESS_DENIED' ? error : undefined;
}

/**
 * The store's error for what the system said.
 *
 * @param action What was being done, as in "cannot write".
 * @param path The path in the store.
 */
export function toLocalError(error: unknown, action: string, path: string): unknown {
  const errno = errnoOf(error);
  const code = errno === undefined ? undefined : codes[errno];
  if (error instanceof FileStoreError || errno === undefined || code === undefined) {
    return error;
  }
  if (code === 'not-found') {
    return new FileStoreError(code, `no file at ${JSON.stringify(path)}`, { path, cause: error });
  }
  const at = isError(error) && 'path' in error && typeof error.path === 'string' ? ` at ${JSON.stringify(error.path)}` : '';
  const hint = advice[errno];
  const what = path === '' ? 'the root' : JSON.stringify(path);
  const message = `cannot ${action} ${what}: ${errno}${at}${hint === undefined ? '' : `; ${hint}`}`;
  return new FileStoreError(code, message, { path, cause: error, ...(errno === 'EIO' ? { retryable: false } : {}) });
}

/** As {@link toLocalError} for a change, which never fails because its own file is missing. */
export function toChangeError(error: unknown, action: string, path: string): unknown {
  const errno = errnoOf(error);
  if (errno === 'ENOENT') {
    const message = `cannot ${action} ${JSON.stringify(path)}: another program removed a file or directory that it needs; try again`;
    return new FileStoreError('unavailable', message, { path, cause: error });
  }
  if (errno === 'ERR_SQLITE_ERROR' && isError(error)) {
    const message = `cannot ${action} ${JSON.stringify(path)}: its lock fails with "${error.message}"; does the file system support locks?`;
    return new FileStoreError('unavailable', message, { path, cause: error });
  }
  return toLocalError(error, action, path);
}
