import { type BigIntStats, closeSync, constants, fchmodSync, fstatSync, ftruncateSync, renameSync } from 'node:fs';
import { link, rename, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  type CopyOptions,
  type DeleteOptions,
  type DriverAppendOptions,
  type DriverWriteOptions,
  type FileInfo,
  FileStoreError,
  type Slots,
  type WriteCondition,
} from '@oh/file-store-core';
import { AppendQueue, type PendingAppend } from './append-queue.ts';
import { openFile, openFileSync, renameFile, writeFully, writeFullySync } from './descriptors.ts';
import type { Directories } from './directories.ts';
import { FileChunks } from './file-chunks.ts';
import { errnoOf, isMissing } from './local-error.ts';
import { linkError, lstatIfPresent, notFound, openToRead, toInfo } from './local-file.ts';
import type { LocalRoot } from './local-root.ts';
import { stampTime, versionOf } from './local-version.ts';
import type { FileMetadata, MetadataFiles } from './metadata-files.ts';
import type { Operation } from './operation.ts';
import type { ProcessLocks } from './process-locks.ts';
import { removeTree } from './remove-tree.ts';
import { isBusyRename, retryBusy } from './retry-busy.ts';
import type { Session } from './session.ts';
import { maxQuickBytes, type TemporaryFile, type TemporaryFiles } from './temporary-files.ts';

/** How often a change is tried again because somebody removed the directory it goes to. */
const maxAttempts = 100;

/** Appends up to this size are handed to the system on the calling thread: what takes time is the fsync that follows. */
const maxQuickAppendBytes = 256 * 1024;

/** Files whose names are remembered to be durable. */
const maxSettled = 1_000;

/** How contents that are written in place are made durable. */
export interface SyncOpenFile {
  /** All of a file. */
  readonly file: (fd: number) => Promise<void>;
  /** Its contents and its size. */
  readonly data: (fd: number) => Promise<void>;
}

/** What {@link LocalWriter} works with. */
export interface LocalWriterOptions {
  readonly root: LocalRoot;
  readonly directories: Directories;
  readonly temporaryFiles: TemporaryFiles;
  readonly metadataFiles: MetadataFiles;
  readonly locks: ProcessLocks;
  readonly slots: Slots;
  readonly session: Session;
  /** Permissions of files that an append makes, less what the umask takes. */
  readonly fileMode: number;
  /** Whether the umask is overruled. */
  readonly exactFileMode: boolean;
  /** `undefined` where nothing is made durable. */
  readonly sync: SyncOpenFile | undefined;
}

/** What appends to a file have made of it. */
interface Appended {
  readonly stats: BigIntStats;
  readonly kept: FileMetadata | undefined;
  /** Makes it durable and closes it. */
  readonly finish: () => Promise<void>;
}

/** What conditions are about: of a file as it is, or as it will be when the appends before are made. */
interface FileState {
  readonly size: number;
  /** `undefined` when nobody can know it yet. */
  readonly version: string | undefined;
}

/**
 * The operations that change files. Each change is decided under the lock of its path: there the condition is checked and the name is given.
 */
export class LocalWriter {
  readonly #options: LocalWriterOptions;
  readonly #appends: AppendQueue = new AppendQueue((path, batch, signal) =>
    this.#options.slots.run(signal, () => this.#commitAppends(path, batch, signal)),
  );
  /** By absolute path the version whose name is durable. */
  readonly #settled = new Map<string, string>();

  constructor(options: LocalWriterOptions) {
    this.#options = options;
  }

  /** Writes a whole file, see `FileStoreDriver.write`. */
  async write(path: string, contents: Uint8Array | AsyncIterable<Uint8Array>, options: DriverWriteOptions): Promise<FileInfo> {
    const { root, locks } = this.#options;
    const operation = { path, signal: options.signal };
    const target = root.locate(path);
    if (isConditional(options) || !(contents instanceof Uint8Array)) {
      checkCondition(path, stateOf(await this.#currentAt(operation, target)), options);
    }
    const kept = metadataOf(options);
    const { stats } = await this.#publishNew(operation, contents, kept, (file) => {
      options.signal?.throwIfAborted();
      return locks.run([path], options.signal, () => this.#publish(operation, target, file, options));
    });
    await this.#settle(target);
    return { ...toInfo(path, stats), ...kept };
  }

  /** Adds bytes at the end, see `FileStoreDriver.append`. */
  async append(path: string, contents: Uint8Array, options: DriverAppendOptions): Promise<FileInfo> {
    this.#options.root.locate(path);
    return await this.#appends.add(path, contents, options);
  }

  /** Deletes a file or a directory, see `FileStoreDriver.delete`. */
  async delete(path: string, options: DeleteOptions): Promise<void> {
    const operation = { path, signal: options.signal };
    const target = this.#options.root.locate(path);
    if (options.ifVersion === undefined && (await this.#lookAt(operation, target)) === undefined) {
      return;
    }
    const isGone = await this.#options.locks.run([path], options.signal, () => this.#remove(operation, target, options));
    if (isGone) {
      await this.#prune(target, path);
    }
  }

  /** Moves a file, see `FileStoreDriver.move`. */
  async move(from: string, to: string, options: CopyOptions): Promise<FileInfo> {
    const { root, locks } = this.#options;
    const source = root.locate(from);
    const target = root.locate(to);
    const info = await locks.run([from, to], options.signal, () => this.#moveLocked(from, source, to, target, options));
    await this.#settle(target);
    await this.#prune(source, from);
    return info;
  }

  /** Makes a complete file with its metadata, and lets it be given its name; when that fails nothing is left. */
  async #publishNew(
    operation: Operation,
    contents: Uint8Array | AsyncIterable<Uint8Array>,
    kept: FileMetadata | undefined,
    publish: (file: TemporaryFile) => Promise<void>,
  ): Promise<TemporaryFile> {
    const { temporaryFiles, metadataFiles } = this.#options;
    const file = await temporaryFiles.create(operation, contents);
    try {
      if (kept !== undefined) {
        await metadataFiles.write(operation, file.stats, kept);
      }
      await publish(file);
      return file;
    } catch (error) {
      await temporaryFiles.discard(file, operation.path);
      await metadataFiles.remove(operation, file.stats);
      throw error;
    }
  }

  /** Gives a complete file its name, under the lock of the target. */
  async #publish({ path }: Operation, target: string, file: TemporaryFile, condition: WriteCondition): Promise<void> {
    const { root, session, temporaryFiles, metadataFiles } = this.#options;
    const operation = { path };
    const replaced = await this.#intoDirectory(target, operation, condition, () =>
      session.within(operation, (directory) =>
        root.reach(target, operation, async (entry) => {
          const current = checkNoLink(path, target, lstatIfPresent(entry));
          checkCondition(path, stateOf(current), condition);
          await this.#makeRoom(path, target, current);
          const from = directory.entry(file.name);
          if (condition.ifAbsent === true) {
            await linkNew(path, from, entry);
          } else if (file.isQuick && (current?.size ?? 0n) <= maxQuickBytes) {
            await retryBusy(() => renameSync(from, entry), undefined, isBusyRename);
          } else {
            await renameFile(from, entry);
          }
          return current;
        }),
      ),
    );
    if (condition.ifAbsent === true) {
      await temporaryFiles.discard(file, path);
    }
    if (replaced !== undefined) {
      await metadataFiles.remove(operation, replaced);
    }
  }

  async #moveLocked(from: string, source: string, to: string, target: string, condition: WriteCondition): Promise<FileInfo> {
    const { root, metadataFiles } = this.#options;
    const operation = { path: to };
    const moved = await this.#currentAt({ path: from }, source);
    if (moved === undefined || moved.isDirectory()) {
      throw notFound(from);
    }
    const replaced = await this.#intoDirectory(target, operation, condition, () =>
      root.reach(source, { path: from }, (sourceEntry) =>
        root.reach(target, operation, async (entry) => {
          const current = checkNoLink(to, target, lstatIfPresent(entry));
          checkCondition(to, stateOf(current), condition);
          await this.#makeRoom(to, target, current);
          await this.#syncExisting(from, sourceEntry, source);
          if (condition.ifAbsent === true) {
            await linkNew(to, sourceEntry, entry);
            await unlink(sourceEntry);
          } else {
            await renameFile(sourceEntry, entry);
          }
          return current;
        }),
      ),
    );
    if (replaced !== undefined) {
      await metadataFiles.remove(operation, replaced);
    }
    return { ...toInfo(to, moved), ...(await metadataFiles.find(operation, moved)) };
  }

  /** Somebody else's file may never have been made durable; under its new name it must be. */
  async #syncExisting(path: string, entry: string, absolute: string): Promise<void> {
    if (this.#options.sync !== undefined) {
      const { fd } = await openToRead(path, entry, absolute);
      try {
        await this.#options.sync.file(fd);
      } finally {
        closeSync(fd);
      }
    }
  }

  /** Makes the appends of a batch with one write and one fsync. */
  async #commitAppends(path: string, batch: readonly PendingAppend[], signal: AbortSignal | undefined): Promise<void> {
    const { root, locks } = this.#options;
    const target = root.locate(path);
    let made: readonly PendingAppend[] = [];
    const appended = await locks.run([path], signal, async () => {
      const current = await this.#currentAt({ path, signal }, target);
      made = acceptAppends(path, current, batch);
      return made.length === 0 ? undefined : await this.#appendLocked({ path, signal }, target, current, made);
    });
    if (appended === undefined) {
      return;
    }
    await appended.finish();
    const { kept } = appended;
    const { ino, mtime, mtimeNs } = appended.stats;
    let { size } = appended.stats;
    for (const append of made.toReversed()) {
      append.settle({ info: { ...toInfo(path, { ino, size, mtime, mtimeNs }), ...kept } });
      size -= BigInt(append.contents.byteLength);
    }
  }

  async #appendLocked(
    operation: Operation,
    target: string,
    current: BigIntStats | undefined,
    appends: readonly PendingAppend[],
  ): Promise<Appended> {
    const contents = appends.map((append) => append.contents);
    const kept = current?.isFile() === true ? await this.#options.metadataFiles.find(operation, current) : undefined;
    if (current !== undefined && kept !== undefined) {
      return await this.#appendByRewriting(operation, target, current, kept, contents);
    }
    const isSettled = current !== undefined && this.#settled.get(target) === versionOf(current);
    const isNew = current?.isFile() !== true;
    const { fd, stats } = await this.#appendInPlace(operation, target, current, Buffer.concat(contents));
    const finish = async (): Promise<void> => {
      try {
        await (isNew ? this.#options.sync?.file(fd) : this.#options.sync?.data(fd));
      } finally {
        closeSync(fd);
      }
      if (!isSettled) {
        await this.#settle(target);
      }
      this.#rememberSettled(target, stats);
    };
    return { stats, kept: undefined, finish };
  }

  /** The version, which the metadata belongs to, changes with the file: both have to be replaced in one step. */
  async #appendByRewriting(
    operation: Operation,
    target: string,
    current: BigIntStats,
    kept: FileMetadata,
    contents: readonly Uint8Array[],
  ): Promise<Appended> {
    const { path } = operation;
    const { fd } = await this.#options.root.reach(target, operation, (entry) => openToRead(path, entry, target));
    const before = new FileChunks(fd, path, 0, Number(current.size));
    try {
      const { stats } = await this.#publishNew(operation, concatenate(before, contents), kept, (file) =>
        this.#publish(operation, target, file, {}),
      );
      return { stats, kept, finish: () => this.#settle(target) };
    } finally {
      await before.return();
    }
  }

  /** @returns The open file, which is not durable yet; when it fails the file is as it was. */
  async #appendInPlace(
    operation: Operation,
    target: string,
    current: BigIntStats | undefined,
    contents: Uint8Array,
  ): Promise<{ readonly fd: number; readonly stats: BigIntStats }> {
    const { root, fileMode, exactFileMode } = this.#options;
    const isNew = current?.isFile() !== true;
    const flags = constants.O_WRONLY | constants.O_APPEND | (isNew ? constants.O_CREAT | constants.O_EXCL : 0);
    const isQuick = contents.byteLength <= maxQuickAppendBytes;
    return await this.#intoDirectory(target, operation, {}, () =>
      root.reach(target, operation, async (entry) => {
        await this.#makeRoom(operation.path, target, current);
        const fd = await (isQuick
          ? retryBusy(() => openFileSync(entry, flags, fileMode), operation.signal)
          : openFile(entry, flags, fileMode, operation.signal));
        try {
          if (isNew && exactFileMode) {
            fchmodSync(fd, fileMode);
          }
          return { fd, stats: await appendTo(fd, contents, isQuick) };
        } catch (error) {
          closeSync(fd);
          if (isNew) {
            await unlink(entry);
          }
          throw error;
        }
      }),
    );
  }

  /** Runs `action`, making the directory of `target` when that was what it lacked, and the condition still holds. */
  async #intoDirectory<T>(target: string, operation: Operation, condition: WriteCondition, action: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await action();
      } catch (error) {
        if (errnoOf(error) !== 'ENOENT' || attempt >= maxAttempts) {
          throw error;
        }
        checkCondition(operation.path, undefined, condition);
        await this.#options.directories.ensure(dirname(target), operation);
      }
    }
  }

  /** A directory without files is none: where a file is to be, an empty one makes room. */
  async #makeRoom(path: string, target: string, current: BigIntStats | undefined): Promise<void> {
    if (current?.isDirectory() === true && !(await this.#options.directories.removeIfEmpty(target, { path }))) {
      throw new FileStoreError('path-conflict', `${JSON.stringify(path)} is a directory with files`, { path });
    }
  }

  /** Removes a file or a directory, under its lock. @returns Whether there was something. */
  async #remove({ path }: Operation, target: string, options: DeleteOptions): Promise<boolean> {
    const operation = { path };
    const current = await this.#lookAt(operation, target);
    checkCondition(path, stateOf(current), options);
    if (current === undefined) {
      return false;
    }
    if (current.isDirectory()) {
      await this.#removeDirectory(operation, target);
    } else {
      await this.#options.root.reach(target, operation, (entry) => unlink(entry));
      await this.#options.metadataFiles.remove(operation, current);
    }
    return true;
  }

  /** A directory disappears for readers in one step; what cannot be renamed away (a mount point) goes piece by piece. */
  async #removeDirectory(operation: Operation, target: string): Promise<void> {
    const { root, session, metadataFiles } = this.#options;
    const forget = (stats: BigIntStats): Promise<void> => metadataFiles.remove(operation, stats);
    const away = session.newName();
    try {
      await session.within(operation, (directory) => root.reach(target, operation, (entry) => rename(entry, directory.entry(away))));
    } catch {
      // Whatever kept it from being renamed, removing it in place succeeds or tells why not.
      return await removeTree(root, target, operation, forget);
    }
    await removeTree(root, join(root.temporaryDirectory, away), operation, forget);
  }

  /** Removes the directories above `target` that have become empty, and makes that durable. */
  async #prune(target: string, path: string): Promise<void> {
    let remaining = this.#options.root.directory;
    for (const directory of this.#options.root.parentsOf(target)) {
      if (!(await this.#options.directories.removeIfEmpty(directory, { path }))) {
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

  /** Until somebody else changes the file its name needs no fsync of the directory again. */
  #rememberSettled(target: string, stats: BigIntStats): void {
    this.#settled.delete(target);
    this.#settled.set(target, versionOf(stats));
    const [oldest] = this.#settled.keys();
    if (this.#settled.size > maxSettled && oldest !== undefined) {
      this.#settled.delete(oldest);
    }
  }

  /** What is at `target` now. @throws {FileStoreError} `permission-denied` for a symbolic link. */
  async #currentAt(operation: Operation, target: string): Promise<BigIntStats | undefined> {
    return checkNoLink(operation.path, target, await this.#lookAt(operation, target));
  }

  /** What is at `target` now, a link included. */
  async #lookAt(operation: Operation, target: string): Promise<BigIntStats | undefined> {
    try {
      return await this.#options.root.reach(target, operation, lstatIfPresent);
    } catch (error) {
      if (isMissing(error)) {
        return undefined;
      }
      throw error;
    }
  }
}

/** Adds `contents`; when that fails the file has its old size. */
async function appendTo(fd: number, contents: Uint8Array, isQuick: boolean): Promise<BigIntStats> {
  const { size } = fstatSync(fd, { bigint: true });
  try {
    if (isQuick) {
      writeFullySync(fd, contents);
    } else {
      await writeFully(fd, contents);
    }
    stampTime(fd);
    return fstatSync(fd, { bigint: true });
  } catch (error) {
    ftruncateSync(fd, Number(size));
    throw error;
  }
}

/** Decides the appends of a batch in their order, and settles those that may not be made. @returns The others. */
function acceptAppends(path: string, current: BigIntStats | undefined, batch: readonly PendingAppend[]): readonly PendingAppend[] {
  let state = stateOf(current);
  return batch.filter((append) => {
    if (!append.decide()) {
      return false;
    }
    try {
      checkCondition(path, state, append.options);
      checkSize(path, state, append.options);
    } catch (error) {
      append.settle({ error });
      return false;
    }
    state = { size: (state?.size ?? 0) + append.contents.byteLength, version: undefined };
    return true;
  });
}

async function* concatenate(
  before: AsyncIterable<Uint8Array>,
  contents: readonly Uint8Array[],
): AsyncGenerator<Uint8Array, void, undefined> {
  yield* before;
  yield* contents;
}

function isConditional({ ifAbsent, ifVersion }: WriteCondition): boolean {
  return ifAbsent === true || ifVersion !== undefined;
}

function metadataOf({ contentType, metadata }: DriverWriteOptions): FileMetadata | undefined {
  const hasMetadata = metadata !== undefined && Object.keys(metadata).length > 0;
  if (contentType === undefined && !hasMetadata) {
    return undefined;
  }
  return { ...(contentType === undefined ? {} : { contentType }), ...(hasMetadata ? { metadata: { ...metadata } } : {}) };
}

function checkNoLink(path: string, target: string, stats: BigIntStats | undefined): BigIntStats | undefined {
  if (stats?.isSymbolicLink() === true) {
    throw linkError(path, target);
  }
  return stats;
}

/** @returns `undefined` where no file is. */
function stateOf(stats: BigIntStats | undefined): FileState | undefined {
  return stats === undefined || stats.isDirectory() ? undefined : { size: Number(stats.size), version: versionOf(stats) };
}

function checkCondition(path: string, current: FileState | undefined, { ifAbsent, ifVersion }: WriteCondition): void {
  if (ifAbsent === true && current !== undefined) {
    throw alreadyExists(path);
  }
  if (ifVersion !== undefined && current?.version !== ifVersion) {
    const why = current === undefined ? 'is missing' : 'has another version';
    throw new FileStoreError('version-mismatch', `${JSON.stringify(path)} ${why}`, { path });
  }
}

function checkSize(path: string, current: FileState | undefined, { ifSize }: DriverAppendOptions): void {
  const size = current?.size ?? 0;
  if (ifSize !== undefined && ifSize !== size) {
    throw new FileStoreError('version-mismatch', `${JSON.stringify(path)} has ${size} bytes, not ${ifSize}`, { path });
  }
}

/** Gives a file a second name, only when nothing has that name. */
async function linkNew(path: string, existing: string, entry: string): Promise<void> {
  try {
    await link(existing, entry);
  } catch (error) {
    throw errnoOf(error) === 'EEXIST' ? alreadyExists(path) : error;
  }
}

function alreadyExists(path: string): FileStoreError {
  return new FileStoreError('already-exists', `${JSON.stringify(path)} is already there`, { path });
}
