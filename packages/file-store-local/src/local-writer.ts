import { type BigIntStats, closeSync, unlinkSync } from 'node:fs';
import { readdir, rename, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { CopyOptions, DeleteOptions, DriverWriteOptions, FileInfo } from '@oh/file-store-core';
import { renameFile } from './descriptors.ts';
import type { Directories } from './directories.ts';
import { checkReplaceable, type FilePublisher, linkNew } from './file-publisher.ts';
import { isMissing, isOutOfSpace } from './local-error.ts';
import { lstatIfPresent, notFound, openToRead, toInfo } from './local-file.ts';
import type { LocalRoot } from './local-root.ts';
import type { FileMetadata, MetadataFiles } from './metadata-files.ts';
import type { Operation } from './operation.ts';
import type { ProcessLocks } from './process-locks.ts';
import { maxQuickBytes, type QuickCalls } from './quick-calls.ts';
import { removeTree } from './remove-tree.ts';
import type { Session } from './session.ts';
import { checkCondition, isConditional, stateOf } from './write-conditions.ts';

/** What {@link LocalWriter} works with. */
export interface LocalWriterOptions {
  readonly root: LocalRoot;
  readonly directories: Directories;
  readonly publisher: FilePublisher;
  readonly metadataFiles: MetadataFiles;
  readonly locks: ProcessLocks;
  readonly session: Session;
  readonly quick: QuickCalls;
  /** Makes a file's contents durable; `undefined` where nothing is made durable. */
  readonly syncFile: ((fd: number) => Promise<void>) | undefined;
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
    const { root, locks } = this.#options;
    const operation = { path, signal: options.signal };
    const target = root.locate(path);
    if (isConditional(options) || !(contents instanceof Uint8Array)) {
      checkCondition(path, stateOf(await this.#options.publisher.currentAt(operation, target)), options);
    }
    const kept = metadataOf(options);
    const { stats } = await this.#options.publisher.publishNew(operation, contents, kept, (file) => {
      options.signal?.throwIfAborted();
      return locks.run([path], options.signal, () => this.#options.publisher.publish(operation, target, file, options));
    });
    await this.#options.publisher.settle(target);
    return { ...toInfo(path, stats), ...kept };
  }

  /** Deletes a file or a directory, see `FileStoreDriver.delete`. */
  async delete(path: string, options: DeleteOptions): Promise<void> {
    const operation = { path, signal: options.signal };
    const { root, session, publisher, locks } = this.#options;
    const target = root.locate(path);
    // A lock needs files of the session, which nothing makes where nothing is.
    if (!session.hasBegun && options.ifVersion === undefined && (await publisher.lookAt(operation, target)) === undefined) {
      return;
    }
    const remove = (): Promise<(() => Promise<void>) | undefined> => this.#remove(operation, target, options);
    const finish = await locks.run([path], options.signal, remove).catch((error: unknown) => {
      if (options.ifVersion !== undefined || !isOutOfSpace(error)) {
        throw error;
      }
      // A lock takes a file, which a full disk has no room for: with it the disk could never be emptied. Without a condition the kernel alone decides.
      return remove();
    });
    if (finish !== undefined) {
      await finish();
      await this.#prune(target, path);
    }
  }

  /** Moves a file, see `FileStoreDriver.move`. */
  async move(from: string, to: string, options: CopyOptions): Promise<FileInfo> {
    const { root, locks } = this.#options;
    const source = root.locate(from);
    const target = root.locate(to);
    const info = await locks.run([from, to], options.signal, () => this.#moveLocked(from, source, to, target, options));
    await this.#options.publisher.settle(target);
    await this.#prune(source, from);
    return info;
  }

  async #moveLocked(from: string, source: string, to: string, target: string, options: CopyOptions): Promise<FileInfo> {
    const { root, directories, metadataFiles } = this.#options;
    const operation = { path: to };
    const { moved, kept, replaced } = await this.#options.publisher.intoDirectory(target, operation, options, async () => {
      // It may go with its directory, whose deletion has another lock.
      const moved = await this.#options.publisher.currentAt({ path: from }, source);
      if (moved === undefined || moved.isDirectory()) {
        throw notFound(from);
      }
      // Before it moves: what fails must have changed nothing.
      const kept = await metadataFiles.find({ path: from }, moved);
      const replaced = await root.reach(source, { path: from }, (sourceEntry) =>
        root.reach(target, operation, async (entry) => {
          const current = checkReplaceable(to, target, lstatIfPresent(entry));
          checkCondition(to, stateOf(current), options);
          await this.#options.publisher.makeRoom(to, target, current);
          directories.checkSyncable(source);
          await this.#options.publisher.outlast(current, options.signal);
          await this.#syncExisting(from, sourceEntry, source);
          if (options.ifAbsent === true) {
            await linkNew(to, sourceEntry, entry);
            await unlinkIfThere(sourceEntry);
          } else if (current !== undefined && isSecondName(current, moved) && (await this.#areTwo(from, to))) {
            // Of two names of one file rename(2) takes none away.
            await unlinkIfThere(sourceEntry);
          } else {
            await renameFile(sourceEntry, entry);
          }
          return current;
        }),
      );
      return { moved, kept, replaced };
    });
    if (replaced !== undefined && !isSameFile(replaced, moved)) {
      await metadataFiles.remove(operation, replaced);
    }
    return { ...toInfo(to, moved), ...kept };
  }

  /** Whether two paths of one file are two names, both of which it has, and not one in two spellings. */
  async #areTwo(from: string, to: string): Promise<boolean> {
    const { root } = this.#options;
    if (root.keyOf(from) !== root.keyOf(to)) {
      return true;
    }
    const [source, target] = [root.locate(from), root.locate(to)];
    return await root.within(dirname(source), { path: from }, (sources) =>
      root.within(dirname(target), { path: to }, async (targets) => {
        if (!isSameFile(await stat(sources.self, { bigint: true }), await stat(targets.self, { bigint: true }))) {
          return true;
        }
        const names = await readdir(targets.self);
        return basename(source) !== basename(target) && names.includes(basename(source)) && names.includes(basename(target));
      }),
    );
  }

  /** Somebody else's file may never have been made durable; under its new name it must be. */
  async #syncExisting(path: string, entry: string, absolute: string): Promise<void> {
    if (this.#options.syncFile !== undefined) {
      const { fd } = await openToRead(path, entry, absolute);
      try {
        await this.#options.syncFile(fd);
      } finally {
        closeSync(fd);
      }
    }
  }

  /** Takes the name from a file or a directory, under its lock. @returns What is left to do without the lock; `undefined` when nothing was there. */
  async #remove({ path }: Operation, target: string, options: DeleteOptions): Promise<(() => Promise<void>) | undefined> {
    const operation = { path };
    const { directories, publisher } = this.#options;
    const removed = await publisher.at(operation, target, async (entry) => {
      const current = lstatIfPresent(entry);
      checkCondition(path, stateOf(current), options);
      if (current !== undefined) {
        directories.checkSyncable(target);
      }
      if (current !== undefined && !current.isDirectory()) {
        await publisher.outlast(current, options.signal);
        await this.#unlink(entry, current);
      }
      return current;
    });
    if (removed === undefined) {
      checkCondition(path, undefined, options);
      return undefined;
    }
    if (removed.isDirectory()) {
      return await this.#removeDirectory(operation, target);
    }
    return () => this.#options.metadataFiles.remove(operation, removed);
  }

  /** A large file has many blocks to be given back, which takes its time. */
  async #unlink(entry: string, { size }: BigIntStats): Promise<void> {
    const inPool = (): Promise<void> => unlink(entry);
    await (size <= maxQuickBytes ? this.#options.quick.run(() => unlinkSync(entry), inPool) : inPool());
  }

  /** A directory disappears for readers in one step; what cannot be renamed away (a mount point) goes piece by piece. */
  async #removeDirectory(operation: Operation, target: string): Promise<() => Promise<void>> {
    const { root, session, publisher, metadataFiles } = this.#options;
    const forget = async (stats: BigIntStats): Promise<void> => {
      await publisher.outlast(stats, undefined);
      await metadataFiles.remove(operation, stats);
    };
    const away = session.newName();
    try {
      await session.within(operation, (directory) => root.reach(target, operation, (entry) => rename(entry, directory.entry(away))));
    } catch {
      // Whatever kept it from being renamed, removing it in place succeeds or tells why not.
      await removeTree(root, target, operation, forget);
      return async () => undefined;
    }
    return () => removeTree(root, join(root.temporaryDirectory, away), operation, forget);
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
}

/** What is to be kept with a file besides its bytes; `undefined` for nothing. */
export function metadataOf({ contentType, metadata }: DriverWriteOptions): FileMetadata | undefined {
  const hasMetadata = metadata !== undefined && Object.keys(metadata).length > 0;
  if (contentType === undefined && !hasMetadata) {
    return undefined;
  }
  return { ...(contentType === undefined ? {} : { contentType }), ...(hasMetadata ? { metadata: { ...metadata } } : {}) };
}

function isSameFile(a: BigIntStats, b: BigIntStats): boolean {
  return a.dev === b.dev && a.ino === b.ino;
}

/** Whether both are hard links to one file. */
function isSecondName(a: BigIntStats, b: BigIntStats): boolean {
  return isSameFile(a, b) && a.nlink > 1n;
}

/** The name is to go, and may have gone with its directory. */
async function unlinkIfThere(entry: string): Promise<void> {
  await unlink(entry).catch((error: unknown) => {
    if (!isMissing(error)) {
      throw error;
    }
  });
}
