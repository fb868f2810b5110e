import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { FileStoreError, withLinkedSignal } from '@oh/file-store-core';
import { type Flock, loadFlock } from './flock.ts';
import { toFlockError } from './flock-error.ts';
import { tryFlockFile } from './flock-file.ts';
import { LocalRoot } from './local-root.ts';
import { pathLocks } from './path-locks.ts';

/** Pauses in milliseconds between two looks at a lock that another process has: at random, so that two that wait do not keep step. */
const minPauseMs = 5;
const maxPauseMs = 50;

/** The longest that a timer of Node can take. */
const maxTimeoutMs = 2 ** 31 - 1;

/** Options of {@link withFileLock}. */
export interface FileLockOptions {
  /** How long to wait for the lock, in milliseconds; 0 tries once. At most 2,147,483,647. Default: 30,000. */
  readonly timeoutMs?: number | undefined;
  /** Ends the waiting; a running action is not stopped by it. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs `action` while this process holds the lock of `file` that other programs take with `flock`: Python's `fcntl.flock` and its package
 * `filelock` (`FileLock`), `flock(1)`.
 *
 * It excludes every process of this machine that takes the same lock, containers that share the directory included, and all other calls in
 * this process. It does not exclude programs that take no lock or one of another kind (`lockf` and `fcntl` record locks, `SoftFileLock`,
 * a {@link LocalFileStore} at its own locks), nor, where `file` is on a network file system, other machines: some of these file systems
 * keep the lock to the machine. The lock is released when `action` ends, however it ends, and by the kernel when the process is killed.
 *
 * The file is made with permissions 0600 when it is missing, is never removed and never written to. Within a process waiting is in order of
 * arrival, between processes by chance. An action must not ask for its own lock again: it would wait for itself until the timeout.
 * It needs the package `koffi`, which is loaded at the first call.
 *
 * @param file Path of the lock file; `~` at its beginning is the home directory. Its directory must be there.
 * @returns What `action` returns.
 * @throws {FileStoreError} `timeout`; `unsupported` without `koffi`, on Windows, and where the file system has no `flock`; `not-found` when the
 *   directory of the file is missing; `permission-denied`, for a symbolic link too; or what `action` throws. The signal's reason after an abort.
 * @see https://docs.python.org/3/library/fcntl.html#fcntl.flock
 * @see https://py-filelock.readthedocs.io
 */
export async function withFileLock<T>(file: string, action: () => Promise<T>, options: FileLockOptions = {}): Promise<T> {
  const absolute = toAbsolute(file);
  const { timeoutMs = 30_000, signal } = options;
  checkTimeout(timeoutMs);
  const flock = await loadFlock();
  return await withLinkedSignal(signal, async (waiting, giveUp) => {
    const timer = setTimeout(() => giveUp(timeoutError(absolute, timeoutMs)), timeoutMs);
    try {
      return await pathLocks.run(absolute, waiting, async () => {
        const release = await lock(absolute, flock, waiting);
        try {
          return await action();
        } finally {
          release();
        }
      });
    } finally {
      clearTimeout(timer);
    }
  });
}

async function lock(absolute: string, flock: Flock, signal: AbortSignal): Promise<() => void> {
  for (;;) {
    const release = tryOnce(absolute, flock);
    if (release !== undefined) {
      return release;
    }
    await delay(minPauseMs + Math.random() * (maxPauseMs - minPauseMs), undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

function tryOnce(absolute: string, flock: Flock): (() => void) | undefined {
  try {
    return tryFlockFile(absolute, flock);
  } catch (error) {
    throw toFlockError(error, absolute);
  }
}

function timeoutError(absolute: string, timeoutMs: number): FileStoreError {
  const message = `somebody keeps the lock ${JSON.stringify(absolute)}, which was waited for ${timeoutMs} ms`;
  return new FileStoreError('timeout', message, { path: absolute });
}

function toAbsolute(file: string): string {
  if (typeof file !== 'string' || file === '' || file.includes('\0')) {
    throw new TypeError('a lock is the path of a file');
  }
  return join(new LocalRoot(dirname(file)).directory, basename(file));
}

function checkTimeout(timeoutMs: number): void {
  if (!(timeoutMs >= 0 && timeoutMs <= maxTimeoutMs)) {
    throw new RangeError(`timeoutMs is a number of milliseconds from 0 to ${maxTimeoutMs}`);
  }
}
