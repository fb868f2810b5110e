import { constants, rmdirSync } from 'node:fs';
import { chmod, mkdir, rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FileStoreError } from '@oh/file-store-core';
import { closeQuietly, openFileSync } from './descriptors.ts';
import { errnoOf } from './local-error.ts';
import type { LocalRoot } from './local-root.ts';
import type { Operation } from './operation.ts';
import type { QuickCalls } from './quick-calls.ts';
import { retryBusy } from './retry-busy.ts';
import { SharedCalls } from './shared-calls.ts';

/** How often a directory is made whose parent is there one moment and gone the next, since others remove it: each time they have to be that quick again. */
const maxAttempts = 100;

/** How a directory is opened to be made durable. */
const syncFlags = constants.O_RDONLY | (constants.O_DIRECTORY ?? 0);

/** How {@link Directories} treats the disk. */
export interface DirectoriesOptions {
  readonly root: LocalRoot;
  /** Permissions of new directories, less what the umask takes. */
  readonly mode: number;
  /** Whether the umask is overruled. */
  readonly exactMode: boolean;
  readonly quick: QuickCalls;
  /** Makes the entries of an open directory durable; `undefined` where nothing is made durable. */
  readonly sync: ((fd: number, directory: string) => Promise<void>) | undefined;
}

/** One directory's syncs: the one that runs, and the one that all who came meanwhile wait for. */
interface SyncSlot {
  readonly running: Promise<void>;
  next: Promise<void> | undefined;
}

/** Makes and removes directories, and makes their entries durable with as few fsyncs as concurrent callers need. */
export class Directories {
  readonly #options: DirectoriesOptions;
  readonly #making = new Map<string, Promise<void>>();
  readonly #syncing = new Map<string, SyncSlot>();
  readonly #removing = new SharedCalls<boolean>();

  constructor(options: DirectoriesOptions) {
    this.#options = options;
  }

  /** Makes a directory and its parents where they are missing; durable when it returns. */
  async ensure(directory: string, operation: Operation): Promise<void> {
    const underWay = this.#making.get(directory);
    if (underWay !== undefined) {
      return await underWay;
    }
    const making = this.#make(directory, { path: operation.path }).finally(() => this.#making.delete(directory));
    this.#making.set(directory, making);
    await making;
  }

  /** Waits until none of `directories` is only half made: present, but not durable. */
  async settle(directories: Iterable<string>): Promise<void> {
    for (const directory of directories) {
      await this.#making.get(directory);
    }
  }

  /**
   * Makes the entries of a directory durable as they are at the call.
   *
   * Callers share an fsync that begins after their change: at most one runs and one waits, however many there are.
   */
  async sync(directory: string): Promise<void> {
    if (this.#options.sync === undefined) {
      return;
    }
    const slot = this.#syncing.get(directory);
    if (slot === undefined) {
      return await this.#startSync(directory);
    }
    slot.next ??= slot.running.then(
      () => this.#startSync(directory),
      () => this.#startSync(directory),
    );
    await slot.next;
  }

  /** Removes a directory that is empty, if that can be made durable; callers of the same moment try once. @returns Whether it is gone. */
  async removeIfEmpty(directory: string, operation: Operation): Promise<boolean> {
    return await this.#removing.run(directory, () => this.#removeIfEmpty(directory, operation));
  }

  /**
   * Refuses a change whose directory could not be made durable afterwards, since it may be written to but not read: so that nothing is changed that fails.
   *
   * @param target The file, or directory, whose name is to change.
   * @throws The system's own `EACCES`. What else is wrong is met by the change itself.
   */
  checkSyncable(target: string): void {
    if (this.#options.sync === undefined || process.platform === 'win32') {
      return;
    }
    try {
      closeQuietly(openFileSync(`${dirname(target)}/.`, syncFlags));
    } catch (error) {
      if (errnoOf(error) === 'EACCES') {
        throw error;
      }
    }
  }

  async #removeIfEmpty(directory: string, operation: Operation): Promise<boolean> {
    const { root, quick } = this.#options;
    const remove = (entry: string): Promise<void> =>
      quick.run(
        () => rmdirSync(entry),
        () => rmdir(entry),
      );
    try {
      // What follows from another change stays undone rather than failing it.
      this.checkSyncable(directory);
      return await root.reach(directory, operation, (entry) => remove(entry).then(() => true, isGone));
    } catch (error) {
      return isGone(error);
    }
  }

  /** Others wait for it too: no abort of one of them ends it. */
  async #make(directory: string, operation: Operation): Promise<void> {
    const { root, mode, exactMode } = this.#options;
    for (let attempt = 1; ; attempt += 1) {
      try {
        this.checkSyncable(directory);
        await root.reach(directory, operation, (entry) => mkdir(entry, { mode }));
        break;
      } catch (error) {
        const errno = errnoOf(error);
        if (errno === 'EEXIST') {
          return;
        }
        if (errno !== 'ENOENT' || dirname(directory) === directory) {
          throw error;
        }
        if (attempt === maxAttempts) {
          throw nothingAbove(directory, operation, error);
        }
      }
      await this.ensure(dirname(directory), operation);
    }
    if (exactMode) {
      await root.within(directory, operation, ({ self }) => chmod(self, mode));
    }
    await this.sync(dirname(directory));
  }

  async #startSync(directory: string): Promise<void> {
    const running = this.#sync(directory);
    const slot: SyncSlot = { running, next: undefined };
    this.#syncing.set(directory, slot);
    try {
      await running;
    } finally {
      if (slot.next === undefined) {
        this.#syncing.delete(directory);
      }
    }
  }

  /** A directory that is gone by now has nothing left to make durable. Windows has no such call and journals the change itself. */
  async #sync(directory: string): Promise<void> {
    const { root, sync } = this.#options;
    if (process.platform === 'win32') {
      return;
    }
    try {
      await root.within(directory, { path: directory }, async ({ self }) => {
        const fd = await retryBusy(() => openFileSync(`${self}/.`, syncFlags), undefined);
        try {
          await sync?.(fd, directory);
        } finally {
          closeQuietly(fd);
        }
      });
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') {
        throw error;
      }
    }
  }
}

/** Else it is not empty, or not ours to remove: either way it stays, and nothing is lost. */
function isGone(error: unknown): boolean {
  return errnoOf(error) === 'ENOENT';
}

function nothingAbove(directory: string, { path }: Operation, cause: unknown): FileStoreError {
  const message = `cannot make ${JSON.stringify(directory)}: the directory above is there, but leads nowhere; is it a link to a disk that is not mounted?`;
  return new FileStoreError('unavailable', message, { path, cause, retryable: false });
}
