/**
 * Files on the local disk: atomic, durable, confined to one directory.
 *
 * - Every write is a temporary file in `.oh-tmp` under the root, made durable, then renamed or linked to its name. `.oh-tmp` and `.oh-metadata` are reserved.
 * - Symbolic links inside the root are never followed; listings leave out whatever is no regular file or directory.
 * - A file is one plain file with exactly the contents: other programs may read it, and write it while no condition is at stake.
 * - Conditions hold between all stores of one root, in whatever process; a process that is killed lets go of its locks.
 *
 * @packageDocumentation
 */
export type { LeftOutReason } from './left-out-reason.ts';
export { LocalFileStore, type LocalFileStoreOptions } from './local-file-store.ts';
export { type FileLockOptions, withFileLock } from './with-file-lock.ts';
export type { FileWrite } from './write-all.ts';
