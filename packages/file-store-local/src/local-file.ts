import { type BigIntStats, constants, fstatSync, lstatSync } from 'node:fs';
import { type FileInfo, FileStoreError } from '@oh/file-store-core';
import { closeQuietly, openFileSync } from './descriptors.ts';
import { errnoOf, isMissing } from './local-error.ts';
import { versionOf } from './local-version.ts';
import { retryBusy } from './retry-busy.ts';

/** What is at `entry`, links not followed; `undefined` when nothing is, or when a part of the way is a file. */
export function lstatIfPresent(entry: string): BigIntStats | undefined {
  try {
    return lstatSync(entry, { bigint: true, throwIfNoEntry: false });
  } catch (error) {
    if (isMissing(error)) {
      return undefined;
    }
    throw error;
  }
}

/** A regular file, open for reading, with what the system knows of it. */
export interface OpenedFile {
  readonly fd: number;
  readonly stats: BigIntStats;
}

/**
 * Opens a regular file for reading.
 *
 * @param path The path in the store.
 * @param entry The path for system calls.
 * @param absolute What people call it.
 * @throws {FileStoreError} as {@link checkRegular}.
 */
export async function openToRead(path: string, entry: string, absolute: string, signal?: AbortSignal): Promise<OpenedFile> {
  let fd: number;
  try {
    fd = await retryBusy(() => openFileSync(entry, constants.O_RDONLY), signal);
  } catch (error) {
    const errno = errnoOf(error);
    throw errno === 'ELOOP' ? linkError(path, absolute) : errno === 'ENXIO' ? specialError(path, error) : error;
  }
  try {
    return { fd, stats: checkRegular(path, absolute, fstatSync(fd, { bigint: true })) };
  } catch (error) {
    closeQuietly(fd);
    throw error;
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
    throw specialError(path);
  }
  return stats;
}

function specialError(path: string, cause?: unknown): FileStoreError {
  return new FileStoreError('permission-denied', `${JSON.stringify(path)} is a pipe, socket or device, which a store never opens`, {
    path,
    cause,
  });
}

/** What a store tells of a file, its content type and metadata apart. */
export function toInfo(path: string, stats: Pick<BigIntStats, 'ino' | 'size' | 'mtimeMs' | 'mtimeNs'>): FileInfo {
  // Not `mtime`: Node makes that when it is asked for, by defining a property, which takes several times as long as the date.
  return { path, size: Number(stats.size), version: versionOf(stats), modifiedAt: new Date(Number(stats.mtimeMs)) };
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
