import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { FileStoreError } from '@oh/file-store-core';
import { type LocalRoot, reservedNames } from './local-root.ts';
import { LockFile } from './lock-file.ts';
import { pathLocks } from './path-locks.ts';
import { retryBusy } from './retry-busy.ts';
import type { Session } from './session.ts';

/** Files that share the locks of all paths: more of them let more changes be decided at once, and cost an open file each. */
const stripes = 32;

/** Longest pause in milliseconds between two looks at a lock that another process has. */
const maxPauseMs = 10;

/** A lock that was found busy, and not again for so many milliseconds, may have been free meanwhile. */
const forgetBusyMs = 1_000;

/** How {@link ProcessLocks} makes its files. */
export interface ProcessLocksOptions {
  readonly root: LocalRoot;
  readonly session: Session;
  /** Permissions of the files. */
  readonly mode: number;
  /** How long another process may keep a lock, in milliseconds, before the changes that wait for it are given up; it needs less than one. Default: 30,000. */
  readonly maxWaitMs?: number | undefined;
}

/**
 * Mutual exclusion by path between all stores of one root, in whatever process.
 *
 * A holder that is killed lets go at once. Within a process waiting is in order of arrival, between processes by chance.
 */
export class ProcessLocks {
  readonly #options: ProcessLocksOptions;
  /** Absolute paths of the files, one for each stripe. */
  readonly #absolutes: readonly string[];
  readonly #files = new Map<string, LockFile>();
  /** Since when, and when last, a lock was found busy, by the monotonic clock in milliseconds: those who wait behind each other give up together. */
  readonly #busy = new Map<string, { readonly sinceMs: number; readonly lastMs: number }>();

  constructor(options: ProcessLocksOptions) {
    const { temporaryDirectory } = options.root;
    this.#options = options;
    this.#absolutes = Array.from({ length: stripes }, (_, i) => join(temporaryDirectory, `lock-${`${i}`.padStart(2, '0')}`));
  }

  /**
   * Runs `action` while nobody else holds one of `paths`.
   *
   * @throws {FileStoreError} `unavailable` when another process keeps a lock for `maxWaitMs`.
   */
  run<T>(paths: readonly string[], signal: AbortSignal | undefined, action: () => Promise<T>): Promise<T> {
    const { root } = this.#options;
    const wanted = new Set(paths.map((path) => this.#absolutes[stripeOf(root.keyOf(path))] ?? ''));
    return this.#runLocked([...wanted].sort(), paths[0] ?? '', signal, action);
  }

  /** Lets go of the files, and removes those that nobody uses; what cannot be removed is left to the next store. */
  async close(): Promise<void> {
    const { root } = this.#options;
    const files = [...this.#files.values()];
    this.#files.clear();
    try {
      await root.within(root.temporaryDirectory, { path: reservedNames.temporary }, (directory) => {
        for (const file of files) {
          if (file.tryLock() === 'locked') {
            file.remove(directory);
          }
        }
      });
    } catch {
      // They are closed all the same.
    } finally {
      for (const file of files) {
        file.close();
      }
    }
  }

  #runLocked<T>(absolutes: readonly string[], path: string, signal: AbortSignal | undefined, action: () => Promise<T>): Promise<T> {
    const [absolute, ...others] = absolutes;
    if (absolute === undefined) {
      return action();
    }
    return pathLocks.run(absolute, signal, async () => {
      const file = await this.#lock(absolute, path, signal);
      try {
        return await this.#runLocked(others, path, signal, action);
      } finally {
        this.#unlock(absolute, file);
      }
    });
  }

  async #lock(absolute: string, path: string, signal: AbortSignal | undefined): Promise<LockFile> {
    for (;;) {
      signal?.throwIfAborted();
      const file = this.#files.get(absolute) ?? (await this.#open(absolute, path, signal));
      const outcome = file === undefined ? 'replaced' : this.#tryLock(absolute, file);
      if (file !== undefined && outcome === 'locked') {
        this.#busy.delete(absolute);
        return file;
      }
      if (file !== undefined && outcome === 'replaced') {
        this.#forget(absolute, file);
      }
      if (this.#countBusyMs(absolute) > (this.#options.maxWaitMs ?? 30_000)) {
        throw new FileStoreError('unavailable', `another process keeps the lock for ${JSON.stringify(path)}, ${absolute}; is it stopped?`, {
          path,
        });
      }
      await delay(Math.random() * maxPauseMs, undefined, { signal }).catch(() => signal?.throwIfAborted());
    }
  }

  /** @returns For how long the lock has been busy, as far as anybody here knows. */
  #countBusyMs(absolute: string): number {
    const lastMs = performance.now();
    const before = this.#busy.get(absolute);
    const sinceMs = before !== undefined && lastMs - before.lastMs < forgetBusyMs ? before.sinceMs : lastMs;
    this.#busy.set(absolute, { sinceMs, lastMs });
    return lastMs - sinceMs;
  }

  #tryLock(absolute: string, file: LockFile): ReturnType<LockFile['tryLock']> {
    try {
      return file.tryLock();
    } catch (error) {
      this.#forget(absolute, file);
      throw error;
    }
  }

  /** What was done under the lock stays done: where it cannot be unlocked it is closed, which unlocks it too. */
  #unlock(absolute: string, file: LockFile): void {
    try {
      file.unlock();
    } catch {
      this.#forget(absolute, file);
    }
  }

  #forget(absolute: string, file: LockFile): void {
    this.#files.delete(absolute);
    file.close();
  }

  async #open(absolute: string, path: string, signal: AbortSignal | undefined): Promise<LockFile | undefined> {
    const { session, mode } = this.#options;
    const file = await session.within({ path, signal }, (directory) =>
      retryBusy(() => LockFile.openOrMake(directory, basename(absolute), session.newName(), mode), signal),
    );
    if (file !== undefined) {
      this.#files.set(absolute, file);
    }
    return file;
  }
}

/** Which lock is that of the key of a path (FNV-1a of its UTF-16 code units, modulo the stripes). */
function stripeOf(path: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < path.length; i += 1) {
    hash = Math.imul(hash ^ path.charCodeAt(i), 0x01000193);
  }
  return (hash >>> 0) % stripes;
}
