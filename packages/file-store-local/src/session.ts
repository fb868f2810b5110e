import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { FileStoreError } from '@oh/file-store-core';
import type { Directories } from './directories.ts';
import { errnoOf } from './local-error.ts';
import type { LocalRoot } from './local-root.ts';
import { LockFile } from './lock-file.ts';

/** How often a session tries to begin while other stores, closing, remove the directory. */
const maxAttempts = 100;

/** Longest pause in milliseconds between two attempts. */
const maxPauseMs = 10;

/** How a {@link Session} makes its files. */
export interface SessionOptions {
  readonly root: LocalRoot;
  readonly directories: Directories;
  /** Permissions of its lock, less what the umask takes. */
  readonly mode: number;
}

/**
 * The life of one store in the directory for temporary files.
 *
 * It holds the lock `session-{id}` while it lives, and its temporary files are `{id}-{n}`: whoever gets the lock of a session knows that it
 * is over, however it ended, and removes what it left. So a session that begins sweeps up after the dead, and never after the living.
 */
export class Session {
  readonly #id = randomBytes(8).toString('hex');
  readonly #options: SessionOptions;
  #beginning: Promise<void> | undefined;
  #lock: LockFile | undefined;
  #sweeping: Promise<void> = Promise.resolve();
  #names = 0;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  /** A name in the directory for temporary files that nobody else has; {@link begin} comes first. */
  newName(): string {
    this.#names += 1;
    return join(this.#options.root.temporaryDirectory, `${this.#id}-${this.#names}`);
  }

  /** Makes the directory and takes the lock, once; then sweeps in the background. @param path The file it is for. */
  async begin(path: string): Promise<void> {
    const isThere = this.#options.root.checkTemporaryDirectory(path);
    if (!isThere && this.#lock !== undefined) {
      // Somebody has removed the directory with everything in it.
      this.#lock.close();
      this.#lock = undefined;
    }
    if (this.#lock === undefined) {
      this.#beginning ??= this.#takeLock().finally(() => {
        this.#beginning = undefined;
      });
      await this.#beginning;
    }
  }

  /** Ends the session; more than once is no error. */
  async end(): Promise<void> {
    await this.#sweeping;
    this.#lock?.closeAndRemove();
    this.#lock = undefined;
  }

  async #takeLock(): Promise<void> {
    const { root, directories, mode } = this.#options;
    const absolute = join(root.temporaryDirectory, `session-${this.#id}`);
    for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
      await directories.ensure(root.temporaryDirectory);
      const lock = openOrMake(absolute, this.newName(), mode);
      if (lock?.tryLock() === 'locked') {
        this.#lock = lock;
        this.#sweeping = this.#sweep();
        return;
      }
      lock?.close();
      // A sweeper may have met the lock before it was taken; it lets go soon.
      await delay(Math.random() * maxPauseMs);
    }
    throw new FileStoreError('unavailable', `other programs keep removing ${JSON.stringify(root.temporaryDirectory)}`);
  }

  async #sweep(): Promise<void> {
    const { temporaryDirectory } = this.#options.root;
    try {
      const names = await readdir(temporaryDirectory);
      const ids = new Set(names.flatMap((name) => /^(?:session-)?([0-9a-f]{16})(?:-\d+)?$/.exec(name)?.[1] ?? []));
      ids.delete(this.#id);
      for (const id of ids) {
        const left = names.filter((name) => name.startsWith(`${id}-`)).map((name) => join(temporaryDirectory, name));
        await removeIfDead(join(temporaryDirectory, `session-${id}`), left);
      }
    } catch {
      // Nothing depends on it: what cannot be swept now is left to the next session.
    }
  }
}

/** @returns `undefined` when the directory has just been removed. */
function openOrMake(absolute: string, newName: string, mode: number): LockFile | undefined {
  try {
    return LockFile.openOrMake(absolute, newName, mode);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') {
      return undefined;
    }
    throw error;
  }
}

/** A session makes its lock before its first file and removes it after its last: files without a lock are a dead one's too. */
async function removeIfDead(absolute: string, left: readonly string[]): Promise<void> {
  const lock = existsSync(absolute) ? LockFile.open(absolute) : undefined;
  if (lock === undefined ? existsSync(absolute) : lock.tryLock() !== 'locked') {
    lock?.close();
    return;
  }
  for (const file of left) {
    await rm(file, { recursive: true, force: true });
  }
  // Under the lock: a session that is only beginning must not get it for a file that is about to go.
  lock?.removeAndClose();
}
