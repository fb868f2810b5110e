import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { FileStoreError } from '@oh/file-store-core';
import type { Directories } from './directories.ts';
import type { HeldDirectory } from './held-directory.ts';
import { errnoOf, isMissing } from './local-error.ts';
import { lstatIfPresent } from './local-file.ts';
import { type LocalRoot, reservedNames } from './local-root.ts';
import { LockFile } from './lock-file.ts';
import type { Operation } from './operation.ts';
import { removeTree } from './remove-tree.ts';
import { retryBusy } from './retry-busy.ts';

/** How often a session tries to begin while other stores, closing, remove the directory. */
const maxAttempts = 100;

/** Longest pause in milliseconds between two attempts. */
const maxPauseMs = 10;

/** How a {@link Session} makes its files. */
export interface SessionOptions {
  readonly root: LocalRoot;
  readonly directories: Directories;
  /** Permissions of its lock. */
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

  /** Whether it has files. */
  get hasBegun(): boolean {
    return this.#lock !== undefined;
  }

  /** A name that nobody else has, for an entry of the directory for temporary files. */
  newName(): string {
    this.#names += 1;
    return `${this.#id}-${this.#names}`;
  }

  /** Does something in the directory for temporary files; before the first time the session begins. */
  async within<T>(operation: Operation, action: (directory: HeldDirectory) => T | Promise<T>): Promise<T> {
    const { root } = this.#options;
    const lock = this.#lock;
    let isInside = false;
    const enter = (directory: HeldDirectory): T | Promise<T> => {
      isInside = true;
      return action(directory);
    };
    if (lock !== undefined) {
      try {
        return await root.within(root.temporaryDirectory, operation, enter);
      } catch (error) {
        if (isInside || !isMissing(error)) {
          throw error;
        }
        this.#abandon(lock);
      }
    }
    if (this.#lock === undefined) {
      this.#beginning ??= this.#takeLock({ path: operation.path }).finally(() => {
        this.#beginning = undefined;
      });
      await this.#beginning;
    }
    return await root.within(root.temporaryDirectory, operation, enter);
  }

  /** Somebody has removed the directory with everything in it; another operation may have begun the session anew already. */
  #abandon(lock: LockFile): void {
    if (this.#lock === lock) {
      lock.close();
      this.#lock = undefined;
    }
  }

  /** Ends the session; more than once is no error. */
  async end(): Promise<void> {
    await this.#sweeping;
    const { root } = this.#options;
    const lock = this.#lock;
    this.#lock = undefined;
    if (lock !== undefined) {
      lock.close();
      // What cannot be removed is left to the next session.
      await root
        .within(root.temporaryDirectory, { path: reservedNames.temporary }, (directory) => lock.remove(directory))
        .catch(() => undefined);
    }
  }

  async #takeLock(operation: Operation): Promise<void> {
    const { root, directories, mode } = this.#options;
    for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
      await directories.ensure(root.temporaryDirectory, operation);
      const lock = await root
        .within(root.temporaryDirectory, operation, (directory) =>
          retryBusy(() => LockFile.openOrMake(directory, `session-${this.#id}`, this.newName(), mode), undefined),
        )
        .catch(undefinedIfMissing);
      if (lock !== undefined && isLocked(lock)) {
        this.#lock = lock;
        this.#sweeping = this.#sweep();
        return;
      }
      // A sweeper may have met the lock before it was taken; it lets go soon.
      await delay(Math.random() * maxPauseMs);
    }
    throw new FileStoreError('unavailable', `other programs keep removing ${JSON.stringify(root.temporaryDirectory)}`);
  }

  async #sweep(): Promise<void> {
    const { root } = this.#options;
    const operation = { path: reservedNames.temporary };
    try {
      const names = await root.within(root.temporaryDirectory, operation, ({ self }) => readdir(self));
      const ids = new Set(names.flatMap((name) => /^(?:session-)?([0-9a-f]{16})(?:-\d+)?$/.exec(name)?.[1] ?? []));
      ids.delete(this.#id);
      let isAlone = true;
      for (const id of ids) {
        const left = names.filter((name) => name.startsWith(`${id}-`)).map((name) => join(root.temporaryDirectory, name));
        isAlone = (await this.#removeIfDead(`session-${id}`, left)) && isAlone;
      }
      // Of those who live each removes its own, and would have to make them again.
      for (const name of isAlone ? names.filter((each) => /^lock-\d\d$/.test(each)) : []) {
        await this.#removeIfDead(name, []);
      }
    } catch {
      // Nothing depends on it: what cannot be swept now is left to the next session.
    }
  }

  /**
   * A session makes its lock before its first file and removes it after its last: files without a lock are a dead one's too.
   *
   * @returns Whether it was dead; it is not known of one that is only beginning.
   */
  async #removeIfDead(lockName: string, left: readonly string[]): Promise<boolean> {
    const { root } = this.#options;
    const operation = { path: reservedNames.temporary };
    const lockPath = join(root.temporaryDirectory, lockName);
    const isThere = (): boolean => lstatIfPresent(lockPath) !== undefined;
    const lock = isThere()
      ? await root.within(root.temporaryDirectory, operation, (directory) => LockFile.open(directory, lockName))
      : undefined;
    if (lock === undefined ? isThere() : !isLocked(lock)) {
      return false;
    }
    try {
      for (const absolute of left) {
        // What cannot be removed keeps nothing else from being removed, now and at each later session.
        await removeTree(root, absolute, operation).catch(() => undefined);
      }
      // Under the lock: a session that is only beginning must not get it for a file that is about to go.
      await root.within(root.temporaryDirectory, operation, (directory) => lock?.remove(directory));
    } finally {
      lock?.close();
    }
    return true;
  }
}

/** Takes a lock, or closes its file. */
function isLocked(lock: LockFile): boolean {
  let isLocked = false;
  try {
    isLocked = lock.tryLock() === 'locked';
    return isLocked;
  } finally {
    if (!isLocked) {
      lock.close();
    }
  }
}

/** The directory may be removed by another store at any moment. */
function undefinedIfMissing(error: unknown): undefined {
  if (errnoOf(error) !== 'ENOENT') {
    throw error;
  }
}
