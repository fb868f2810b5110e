import { type BigIntStats, constants, lstatSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { type FileInfo, FileStoreError } from '@oh/file-store-core';
import { errnoOf, isMissing } from './local-error.ts';
import { versionOf } from './local-version.ts';

/** Flags of every open. Windows has neither; there, opening follows no links. `O_NONBLOCK`: a planted pipe must not hang the open. */
export const safeOpenFlags: number = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** What is at `absolute`, links not followed; `undefined` when nothing is, or when a part of the way is a file. */
export function lstatIfPresent(absolute: string): BigIntStats | undefined {
  try {
    return lstatSync(absolute, { bigint: true, throwIfNoEntry: false });
  } catch (error) {
    if (isMissing(error)) {
      return undefined;
    }
    throw error;
  }
}

/** Opens for reading what is no symbolic link. */
export async function openToRead(path: string, absolute: string): Promise<FileHandle> {
  try {
    return await open(absolute, constants.O_RDONLY | safeOpenFlags);
  } catch (error) {
    throw errnoOf(error) === 'ELOOP' ? linkError(path, absolute) : error;
  }
}

/** @throws {FileStoreError} `not-found` for a directory, `permission-denied` for what is neither that nor a regular file. */
export function checkRegular(path: string, absolute: string, stats: BigIntStats): BigIntStats {
  if (stats.isSymbolicLink()) {
    throw linkError(path, absolute);
  }
  if (stats.isDirectory()) {
    throw notFound(path);
  }
  if (!stats.isFile()) {
    throw new FileStoreError('permission-denied', `${JSON.stringify(path)} is a pipe, socket or device, which a store never opens`, {
      path,
    });
  }
  return stats;
}

/** What a store tells of a file. */
export function toInfo(path: string, stats: BigIntStats): FileInfo {
  return { path, size: Number(stats.size), version: versionOf(stats), modifiedAt: stats.mtime };
}

/** The error for a file that is missing. */
export function notFound(path: string, cause?: unknown): FileStoreError {
  return new FileStoreError('not-found', `no file at ${JSON.stringify(path)}`, { path, cause });
}

/** The error for a symbolic link met at `absolute` on the way to `path`. */
export function linkError(path: string, absolute: string): FileStoreError {
  return new FileStoreError(
    'permission-denied',
    `${JSON.stringify(path)} leads through the symbolic link ${JSON.stringify(absolute)}, which a store never follows; ` +
      'open a store on the directory it points to',
    { path },
  );
}
