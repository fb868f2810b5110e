import { type BigIntStats, constants, fstatSync } from 'node:fs';
import { type FileHandle, link, open, rename, rm, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import {
  type CopyOptions,
  type DeleteOptions,
  type DriverAppendOptions,
  type DriverWriteOptions,
  type FileInfo,
  FileStoreError,
  type WriteCondition,
} from '@oh/file-store-core';
import type { Directories } from './directories.ts';
import { errnoOf } from './local-error.ts';
import { linkError, lstatIfPresent, notFound, openToRead, safeOpenFlags, toInfo } from './local-file.ts';
import type { LocalRoot } from './local-root.ts';
import { stampTime, versionOf } from './local-version.ts';
import type { ProcessLocks } from './process-locks.ts';
import type { Session } from './session.ts';
import { type TemporaryFile, type TemporaryFiles, writeFully } from './temporary-files.ts';

/** How often a change is tried again because somebody removed the directory it goes to. */
const maxAttempts = 100;

/** What {@link LocalWriter} works with. */
export interface LocalWriterOptions {
  readonly root: LocalRoot;
  readonly directories: Directories;
  readonly temporaryFiles: TemporaryFiles;
  readonly locks: ProcessLocks;
  readonly session: Session;
  /** Permissions of files that an append makes, less what the umask takes. */
  readonly fileMode: number;
  /** Whether the umask is overruled. */
  readonly exactFileMode: boolean;
  /** Makes a file's contents durable; `undefined` where nothing is made durable. */
  readonly syncFile: ((handle: FileHandle) => Promise<void>) | undefined;
}

/**
 * The operations that change files. Each change is decided under the lock of its path: there the condition is checked and the name is given.
 */
export class LocalWriter {
  readonly #options: LocalWriterOptions;

  constructor(options: LocalWriterOptions) {
    this.#options = options;
  }

  /** Writes a whole file, see `FileStoreDriver.write`. */
  async write(path: string, contents: Uint8Array | AsyncIterable<Uint8Array>, options: DriverWriteOptions): Promise<FileInfo> {
    const { root, temporaryFiles, locks } = this.#options;
    const target = root.locate(path);
    checkCondition(path, currentAt(path, target), options);
    const file = await temporaryFiles.create(path, contents, options.signal);
    try {
      options.signal?.throwIfAborted();
      await locks.run([path], options.signal, () => this.#publish(path, target, file, options));
    } catch (error) {
      await temporaryFiles.discard(file.absolute);
      throw error;
    }
    await this.#settle(target);
    return toInfo(path, file.stats);
  }

  /** Adds bytes at the end, see `FileStoreDriver.append`. */
  async append(path: string, contents: Uint8Array, options: DriverAppendOptions): Promise<FileInfo> {
    const { root, locks, syncFile } = this.#options;
    const target = root.locate(path);
    const { handle, stats } = await locks.run([path], options.signal, async () => {
      const opened = await this.#openForAppend(path, target, options);
      return { handle: opened, stats: await appendTo(opened, contents) };
    });
    try {
      await syncFile?.(handle);
    } finally {
      await handle.close();
    }
    await this.#settle(target);
    return toInfo(path, stats);
  }

  /** Deletes a file or a directory, see `FileStoreDriver.delete`. */
  async delete(path: string, options: DeleteOptions): Promise<void> {
    const target = this.#options.root.locate(path);
    if (options.ifVersion === undefined && lstatIfPresent(target) === undefined) {
      return;
    }
    const isGone = await this.#options.locks.run([path], options.signal, () => this.#remove(path, target, options));
    if (isGone) {
      await this.#prune(target);
    }
  }

  /** Moves a file, see `FileStoreDriver.move`. */
  async move(from: string, to: string, options: CopyOptions): Promise<FileInfo> {
    const source = this.#options.root.locate(from);
    const target = this.#options.root.locate(to);
    const stats = await this.#options.locks.run([from, to], options.signal, () => this.#moveLocked(from, source, to, target, options));
    await this.#settle(target);
    await this.#prune(source);
    return toInfo(to, stats);
  }

  /** Gives a complete file its name, under the lock of the target. */
  async #publish(path: string, target: string, file: TemporaryFile, condition: WriteCondition): Promise<void> {
    await this.#intoDirectory(target, async () => {
      const current = currentAt(path, target);
      checkCondition(path, current, condition);
      await this.#makeRoom(path, target, current);
      if (condition.ifAbsent !== true) {
        return await rename(file.absolute, target);
      }
      await linkNew(path, file.absolute, target);
      await this.#options.temporaryFiles.discard(file.absolute);
    });
  }

  async #moveLocked(from: string, source: string, to: string, target: string, condition: WriteCondition): Promise<BigIntStats> {
    return await this.#intoDirectory(target, async () => {
      const moved = currentAt(from, source);
      if (moved === undefined || moved.isDirectory()) {
        throw notFound(from);
      }
      const current = currentAt(to, target);
      checkCondition(to, current, condition);
      await this.#makeRoom(to, target, current);
      await this.#syncExisting(from, source);
      if (condition.ifAbsent !== true) {
        await rename(source, target);
      } else {
        await linkNew(to, source, target);
        await unlink(source);
      }
      return moved;
    });
  }

  /** Somebody else's file may never have been made durable; under its new name it must be. */
  async #syncExisting(path: string, absolute: string): Promise<void> {
    if (this.#options.syncFile !== undefined) {
      const handle = await openToRead(path, absolute);
      try {
        await this.#options.syncFile(handle);
      } finally {
        await handle.close();
      }
    }
  }

  /** Runs `action`, making the directory of `target` when that was what it lacked. */
  async #intoDirectory<T>(target: string, action: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await action();
      } catch (error) {
        if (errnoOf(error) !== 'ENOENT' || attempt >= maxAttempts) {
          throw error;
        }
        await this.#options.directories.ensure(dirname(target));
      }
    }
  }

  /** A directory without files is none: where a file is to be, an empty one makes room. */
  async #makeRoom(path: string, target: string, current: BigIntStats | undefined): Promise<void> {
    if (current?.isDirectory() === true && !(await this.#options.directories.removeIfEmpty(target))) {
      throw new FileStoreError('path-conflict', `${JSON.stringify(path)} is a directory with files`, { path });
    }
  }

  async #openForAppend(path: string, target: string, options: DriverAppendOptions): Promise<FileHandle> {
    const flags = constants.O_WRONLY | constants.O_APPEND | safeOpenFlags;
    return await this.#intoDirectory(target, async () => {
      const current = currentAt(path, target);
      checkCondition(path, current, options);
      checkSize(path, current, options);
      await this.#makeRoom(path, target, current);
      if (current?.isFile() === true) {
        return await open(target, flags);
      }
      const handle = await open(target, flags | constants.O_CREAT | constants.O_EXCL, this.#options.fileMode);
      if (this.#options.exactFileMode) {
        await handle.chmod(this.#options.fileMode);
      }
      return handle;
    });
  }

  /** Removes a file or a directory, under its lock. @returns Whether there was something. */
  async #remove(path: string, target: string, options: DeleteOptions): Promise<boolean> {
    const current = lstatIfPresent(target);
    checkCondition(path, current?.isDirectory() === true ? undefined : current, options);
    if (current === undefined) {
      return false;
    }
    if (current.isDirectory()) {
      await this.#removeTree(path, target);
    } else {
      await unlink(target);
    }
    return true;
  }

  /** A directory disappears for readers in one step; what cannot be renamed away (a mount point) goes piece by piece. */
  async #removeTree(path: string, target: string): Promise<void> {
    const { session } = this.#options;
    await session.begin(path);
    const away = session.newName();
    try {
      await rename(target, away);
    } catch {
      // Whatever kept it from being renamed, removing it in place succeeds or tells why not.
      await rm(target, { recursive: true, force: true });
      return;
    }
    await rm(away, { recursive: true, force: true });
  }

  /** Removes the directories above `target` that have become empty, and makes that durable. */
  async #prune(target: string): Promise<void> {
    let remaining = this.#options.root.directory;
    for (const directory of this.#options.root.parentsOf(target)) {
      if (!(await this.#options.directories.removeIfEmpty(directory))) {
        remaining = directory;
        break;
      }
    }
    await this.#options.directories.sync(remaining);
  }

  /** Makes the name of a new file durable. */
  async #settle(target: string): Promise<void> {
    await this.#options.directories.settle(this.#options.root.parentsOf(target));
    await this.#options.directories.sync(dirname(target));
  }
}

/** Adds `contents`; when that fails the file has its old size, and is closed. */
async function appendTo(handle: FileHandle, contents: Uint8Array): Promise<BigIntStats> {
  const { size } = fstatSync(handle.fd, { bigint: true });
  try {
    await writeFully(handle, contents);
    stampTime(handle.fd);
    return fstatSync(handle.fd, { bigint: true });
  } catch (error) {
    await handle.truncate(Number(size)).finally(() => handle.close());
    throw error;
  }
}

/** What is at `target` now. @throws {FileStoreError} `permission-denied` for a symbolic link. */
function currentAt(path: string, target: string): BigIntStats | undefined {
  const stats = lstatIfPresent(target);
  if (stats?.isSymbolicLink() === true) {
    throw linkError(path, target);
  }
  return stats;
}

function checkCondition(path: string, current: BigIntStats | undefined, { ifAbsent, ifVersion }: WriteCondition): void {
  const file = current?.isDirectory() === true ? undefined : current;
  if (ifAbsent === true && file !== undefined) {
    throw new FileStoreError('already-exists', `${JSON.stringify(path)} is already there`, { path });
  }
  if (ifVersion !== undefined && (file === undefined || versionOf(file) !== ifVersion)) {
    throw new FileStoreError('version-mismatch', `${JSON.stringify(path)} ${file === undefined ? 'is missing' : 'has another version'}`, {
      path,
    });
  }
}

function checkSize(path: string, current: BigIntStats | undefined, { ifSize }: DriverAppendOptions): void {
  const size = current?.isFile() === true ? Number(current.size) : 0;
  if (ifSize !== undefined && ifSize !== size) {
    throw new FileStoreError('version-mismatch', `${JSON.stringify(path)} has ${size} bytes, not ${ifSize}`, { path });
  }
}

/** Gives a file a second name, only when nothing has that name. */
async function linkNew(path: string, existing: string, target: string): Promise<void> {
  try {
    await link(existing, target);
  } catch (error) {
    throw errnoOf(error) === 'EEXIST' ? new FileStoreError('already-exists', `${JSON.stringify(path)} is already there`, { path }) : error;
  }
}
