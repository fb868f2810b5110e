import {
  closeSync,
  constants,
  fchmodSync,
  open,
  openSync,
  fdatasync as rawFdatasync,
  fsync as rawFsync,
  read,
  readSync,
  rename,
  write,
  writeSync,
} from 'node:fs';
import { promisify } from 'node:util';
import { errnoOf } from './local-error.ts';
import { isBusyRename, retryBusy } from './retry-busy.ts';

/** Flags of every open. Windows has neither; there, opening follows no links. `O_NONBLOCK`: a planted pipe must not hang the open. */
const safeFlags: number = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** Bytes handed to one system call, so that an abort is noticed between two of them. */
const maxWriteBytes = 1024 * 1024;

const openAsync = promisify(open);
const readAsync = promisify(read);
const writeAsync = promisify(write);
const renameAsync = promisify(rename);

/** fsync(2) of a descriptor. */
export const fsync: (fd: number) => Promise<void> = promisify(rawFsync);

/** fdatasync(2) of a descriptor. */
export const fdatasync: (fd: number) => Promise<void> = promisify(rawFdatasync);

/** Opens what is no symbolic link; waits while too many files are open. @returns The descriptor. */
export async function openFile(file: string, flags: number, mode?: number, signal?: AbortSignal): Promise<number> {
  return await retryBusy(() => openFileInPool(file, flags, mode), signal);
}

/** As {@link openFile}, at once. */
export async function openFileInPool(file: string, flags: number, mode?: number): Promise<number> {
  return await openAsync(file, flags | safeFlags, mode);
}

/** As {@link openFile} on the calling thread, and at once. */
export function openFileSync(file: string, flags: number, mode?: number): number {
  return openSync(file, flags | safeFlags, mode);
}

/** How systems say that a file system has no permissions to set: shared folders of Windows, some file systems in user space. */
const modelessErrnos: ReadonlySet<string | undefined> = new Set(['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP']);

/**
 * Gives a file that the store keeps for itself these permissions, whatever the umask. Where that is not possible it keeps those that it has.
 *
 * @param change The system call.
 */
export function setMode(fd: number, mode: number, change: typeof fchmodSync = fchmodSync): void {
  try {
    change(fd, mode);
  } catch (error) {
    if (!modelessErrnos.has(errnoOf(error))) {
      throw error;
    }
  }
}

/** Closes what was opened only to be read, or to find entries in it: nothing can be lost by an error of that. */
export function closeQuietly(fd: number): void {
  try {
    closeSync(fd);
  } catch {
    // The descriptor is gone all the same, see close(2).
  }
}

/** Gives a file another name; waits while Windows has one of the two in use. */
export async function renameFile(from: string, to: string): Promise<void> {
  await retryBusy(() => renameAsync(from, to), undefined, isBusyRename);
}

/** Reads into `bytes` from a position, until it is full or the file ends. @returns How many bytes were read. */
export async function readFully(fd: number, bytes: Uint8Array, position: number): Promise<number> {
  let offset = 0;
  while (offset < bytes.byteLength) {
    const { bytesRead } = await readAsync(fd, bytes, offset, bytes.byteLength - offset, position + offset);
    if (bytesRead === 0) {
      break;
    }
    offset += bytesRead;
  }
  return offset;
}

/** As {@link readFully} on the calling thread. */
export function readFullySync(fd: number, bytes: Uint8Array, position: number): number {
  let offset = 0;
  while (offset < bytes.byteLength) {
    const bytesRead = readSync(fd, bytes, offset, bytes.byteLength - offset, position + offset);
    if (bytesRead === 0) {
      break;
    }
    offset += bytesRead;
  }
  return offset;
}

/** Writes all of `bytes` where the descriptor is, whatever the system takes at a time. */
export async function writeFully(fd: number, bytes: Uint8Array, signal?: AbortSignal): Promise<void> {
  for (let offset = 0; offset < bytes.byteLength; ) {
    signal?.throwIfAborted();
    const { bytesWritten } = await writeAsync(fd, bytes, offset, Math.min(maxWriteBytes, bytes.byteLength - offset), null);
    offset += bytesWritten;
  }
}

/** As {@link writeFully} on the calling thread. */
export function writeFullySync(fd: number, bytes: Uint8Array): void {
  for (let offset = 0; offset < bytes.byteLength; ) {
    offset += writeSync(fd, bytes, offset);
  }
}
