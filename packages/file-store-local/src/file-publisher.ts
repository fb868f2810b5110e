import { type BigIntStats, linkSync, renameSync } from 'node:fs';
import { link, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FileStoreError, type WriteCondition } from '@oh/file-store-core';
import { renameFile } from './descriptors.ts';
import type { Directories } from './directories.ts';
import { errnoOf, isMissing } from './local-error.ts';
import { checkRegular, lstatIfPresent } from './local-file.ts';
import type { LocalRoot } from './local-root.ts';
import { outlastTime } from './local-version.ts';
import type { FileMetadata, MetadataFiles } from './metadata-files.ts';
import type { Operation } from './operation.ts';
import { maxQuickBytes, type QuickCalls } from './quick-calls.ts';
import { isBusyRename, retryBusy } from './retry-busy.ts';
import type { Session } from './session.ts';
import type { TemporaryFile, TemporaryFiles } from './temporary-files.ts';
import { alreadyExists, checkCondition, stateOf } from './write-conditions.ts';

/** How often a change is tried again because somebody removed the directory that it goes to. */
export const maxAttempts = 100;

/** What {@link FilePublisher} works with. */
export interface FilePublisherOptions {
  readonly root: LocalRoot;
  readonly directories: Directories;
  readonly temporaryFiles: TemporaryFiles;
  readonly metadataFiles: MetadataFiles;
  readonly session: Session;
  readonly quick: QuickCalls;
}

/** The steps that every change has in common: looking at what is there, making room for a file, and giving it its name, durably. */
export class FilePublisher {
  readonly #options: FilePublisherOptions;

  constructor(options: FilePublisherOptions) {
    this.#options = options;
  }

  /** Makes a complete file with its metadata, and lets it be given its name; when that fails nothing is left. */
  async publishNew(
    operation: Operation,
    contents: Uint8Array | AsyncIterable<Uint8Array>,
    kept: FileMetadata | undefined,
    publish: (file: TemporaryFile) => Promise<void>,
  ): Promise<TemporaryFile> {
    const file = await this.prepare(operation, contents, kept);
    try {
      await publish(file);
      return file;
    } catch (error) {
      await this.discard(operation, file);
      throw error;
    }
  }

  /** Makes a complete file with its metadata, that is not visible yet; when that fails nothing is left. */
  async prepare(
    operation: Operation,
    contents: Uint8Array | AsyncIterable<Uint8Array>,
    kept: FileMetadata | undefined,
  ): Promise<TemporaryFile> {
    const { temporaryFiles, metadataFiles } = this.#options;
    const file = await temporaryFiles.create(operation, contents);
    try {
      if (kept !== undefined) {
        await metadataFiles.write(operation, file.stats, kept);
      }
      return file;
    } catch (error) {
      await this.discard(operation, file);
      throw error;
    }
  }

  /** Removes a file that is not going to be visible, with its metadata. */
  async discard(operation: Operation, file: TemporaryFile): Promise<void> {
    await this.#options.temporaryFiles.discard(file, operation.path);
    await this.#options.metadataFiles.remove(operation, file.stats);
  }

  /** Gives a complete file its name, under the lock of the target. */
  async publish({ path, signal }: Operation, target: string, file: TemporaryFile, condition: WriteCondition): Promise<void> {
    const { root, session, temporaryFiles, metadataFiles } = this.#options;
    const operation = { path };
    const replaced = await this.intoDirectory(target, operation, condition, () =>
      session.within(operation, (directory) =>
        root.reach(target, operation, async (entry) => {
          const current = checkReplaceable(path, target, lstatIfPresent(entry));
          checkCondition(path, stateOf(current), condition);
          await this.makeRoom(path, target, current);
          await this.outlast(current, signal);
          const from = directory.entry(file.name);
          if (condition.ifAbsent === true) {
            await this.#link(path, from, entry, file);
          } else if (file.isQuick && (current?.size ?? 0n) <= maxQuickBytes) {
            await this.#rename(from, entry);
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

  async #link(path: string, from: string, entry: string, { isQuick }: TemporaryFile): Promise<void> {
    const inPool = (): Promise<void> => linkNew(path, from, entry);
    await (isQuick ? this.#options.quick.run(() => linkNewSync(path, from, entry), inPool) : inPool());
  }

  async #rename(from: string, entry: string): Promise<void> {
    const renameOnce = (): Promise<void> =>
      this.#options.quick.run(
        () => renameSync(from, entry),
        () => rename(from, entry),
      );
    await retryBusy(renameOnce, undefined, isBusyRename);
  }

  /** Runs `action`, making the directory of `target` when that was what it lacked, and the condition still holds. */
  async intoDirectory<T>(target: string, operation: Operation, condition: WriteCondition, action: () => Promise<T>): Promise<T> {
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

  /** A directory without files is none: where a file is to be, an empty one makes room. @throws As {@link Directories.checkSyncable}. */
  async makeRoom(path: string, target: string, current: BigIntStats | undefined): Promise<void> {
    this.#options.directories.checkSyncable(target);
    if (current?.isDirectory() === true && !(await this.#options.directories.removeIfEmpty(target, { path }))) {
      throw new FileStoreError('path-conflict', `${JSON.stringify(path)} is a directory with files`, { path });
    }
  }

  /** As {@link outlastTime} for the file, if one is there, that is to be replaced. */
  async outlast(current: BigIntStats | undefined, signal: AbortSignal | undefined): Promise<void> {
    if (current?.isFile() === true) {
      await outlastTime(current, signal);
    }
  }

  /** Makes the name of a new file durable. */
  async settle(target: string): Promise<void> {
    await this.#options.directories.settle(this.#options.root.parentsOf(target));
    await this.#options.directories.sync(dirname(target));
  }

  /** What is at `target` now. @throws {FileStoreError} As {@link checkReplaceable}. */
  async currentAt(operation: Operation, target: string): Promise<BigIntStats | undefined> {
    return checkReplaceable(operation.path, target, await this.lookAt(operation, target));
  }

  /** What is at `target` now, a link included. */
  async lookAt(operation: Operation, target: string): Promise<BigIntStats | undefined> {
    return await this.at(operation, target, lstatIfPresent);
  }

  /** Runs `action` with the entry for system calls. @returns `undefined` when the entry, or the directory that it would be in, is missing. */
  async at<T>(operation: Operation, target: string, action: (entry: string) => T | Promise<T>): Promise<T | undefined> {
    try {
      return await this.#options.root.reach(target, operation, action);
    } catch (error) {
      if (isMissing(error)) {
        return undefined;
      }
      throw error;
    }
  }
}

/** What may give way to a file. @throws {FileStoreError} `permission-denied` for a symbolic link, and for what is no regular file: nothing is written over that cannot be read. */
export function checkReplaceable(path: string, target: string, stats: BigIntStats | undefined): BigIntStats | undefined {
  return stats === undefined || stats.isDirectory() ? stats : checkRegular(path, target, stats);
}

/** Gives a file a second name, only when nothing has that name. */
export async function linkNew(path: string, existing: string, entry: string): Promise<void> {
  await link(existing, entry).catch((error: unknown) => {
    throw toLinkError(path, error);
  });
}

/** As {@link linkNew} on the calling thread. */
function linkNewSync(path: string, existing: string, entry: string): void {
  try {
    linkSync(existing, entry);
  } catch (error) {
    throw toLinkError(path, error);
  }
}

function toLinkError(path: string, error: unknown): unknown {
  return errnoOf(error) === 'EEXIST' ? alreadyExists(path) : error;
}
