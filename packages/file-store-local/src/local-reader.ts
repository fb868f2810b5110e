import { type BigIntStats, lstatSync } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import {
  clampRange,
  comparePaths,
  type DriverEntriesOptions,
  type DriverFile,
  type DriverReadOptions,
  type FileEntry,
  type FileInfo,
  FileStoreError,
  maxPathBytes,
  type Slots,
  type WatchedChange,
  walkTree,
} from '@oh/file-store-core';
import { closeQuietly } from './descriptors.ts';
import { FileChunks, readRange, readRangeSync } from './file-chunks.ts';
import type { HeldDirectory } from './held-directory.ts';
import type { LeftOutReason } from './left-out-reason.ts';
import { errnoOf, isMissing, toLocalError } from './local-error.ts';
import { checkRegular, lstatIfPresent, notFound, openToRead, toInfo } from './local-file.ts';
import type { LocalRoot } from './local-root.ts';
import type { MetadataFiles } from './metadata-files.ts';
import type { Operation } from './operation.ts';
import { maxQuickBytes, type QuickCalls } from './quick-calls.ts';
import { readDirectory } from './read-directory.ts';
import { watchEntry } from './watch-entry.ts';

/** Parts of a file up to this size are read at once; larger ones are streamed. */
const maxWholeBytes = 256 * 1024;

/** How many files of a listing are looked at together. */
const statBatch = 64;

/** How often a file is looked at again that was replaced while it was. */
const maxAttempts = 100;

/** What {@link LocalReader} works with. */
export interface LocalReaderOptions {
  readonly root: LocalRoot;
  readonly metadataFiles: MetadataFiles;
  /** A listing takes one for each batch of files. */
  readonly slots: Slots;
  readonly quick: QuickCalls;
  /** See `LocalFileStoreOptions.onLeftOut`. */
  readonly onLeftOut: ((path: string, reason: LeftOutReason) => void) | undefined;
}

/** Why something could not be looked at. */
interface LookFailure {
  readonly error: unknown;
}

/** The operations that change nothing. */
export class LocalReader {
  readonly #root: LocalRoot;
  readonly #metadataFiles: MetadataFiles;
  readonly #slots: Slots;
  readonly #quick: QuickCalls;
  readonly #onLeftOut: LocalReaderOptions['onLeftOut'];

  constructor({ root, metadataFiles, slots, quick, onLeftOut }: LocalReaderOptions) {
    this.#root = root;
    this.#metadataFiles = metadataFiles;
    this.#slots = slots;
    this.#quick = quick;
    this.#onLeftOut = onLeftOut;
  }

  async read(path: string, { range, signal }: DriverReadOptions): Promise<DriverFile> {
    const operation = { path, signal };
    return await this.#look('read', operation, async (target) => {
      const { fd, stats } = await this.#root.reach(target, operation, (entry) => openToRead(path, entry, target, signal));
      let isStreamed = false;
      try {
        const info = await this.#metadataFiles.describe(operation, target, stats);
        if (info === undefined) {
          return undefined;
        }
        const { start, end } = clampRange(range, info.size);
        isStreamed = end - start > maxWholeBytes;
        if (isStreamed) {
          const body = new FileChunks(fd, path, start, end);
          return { info, body, readAll: () => body.readAll() };
        }
        return { info, body: await this.#readWhole(fd, path, start, end - start) };
      } finally {
        if (!isStreamed) {
          closeQuietly(fd);
        }
      }
    });
  }

  async stat(path: string, { signal }: { readonly signal?: AbortSignal | undefined }): Promise<FileInfo> {
    const operation = { path, signal };
    return await this.#look('look at', operation, async (target) => {
      const stats = await this.#root.reach(target, operation, lstatIfPresent);
      if (stats === undefined) {
        throw notFound(path);
      }
      return await this.#metadataFiles.describe(operation, target, checkRegular(path, target, stats));
    });
  }

  async list(path: string, { signal }: { readonly signal?: AbortSignal | undefined }): Promise<string[]> {
    const names = await this.#readNames({ path, signal });
    return names.map((name) => (path === '' ? name : `${path}/${name}`));
  }

  /** Where something cannot be read, what comes before it is given first. */
  async *entries(path: string, options: DriverEntriesOptions): AsyncGenerator<FileEntry, void, undefined> {
    const { signal } = options;
    const batchSize = Math.min(statBatch, options.limit);
    let batch: string[] = [];
    let failed: LookFailure | undefined;
    try {
      for await (const run of walkTree(path, (directory) => this.#readNames({ path: directory, signal }), options)) {
        batch.push(...run);
        while (batch.length >= batchSize) {
          const { entries, failure } = await this.#toEntries(batch.splice(0, batchSize), signal);
          yield* entries;
          if (failure !== undefined) {
            batch = [];
            throw failure.error;
          }
        }
      }
    } catch (error) {
      failed = { error };
    }
    const { entries, failure = failed } = await this.#toEntries(batch, signal);
    yield* entries;
    if (failure !== undefined) {
      throw failure.error;
    }
  }

  async watch(
    path: string,
    onChange: (change: WatchedChange) => void,
    { signal }: { readonly signal?: AbortSignal | undefined },
  ): Promise<Disposable | undefined> {
    const target = this.#root.locate(path);
    try {
      return await this.#root.within(dirname(target), { path, signal }, (directory) => watchEntry(directory, basename(target), onChange));
    } catch (error) {
      if (isMissing(error) || isOutOfWatches(error)) {
        return undefined;
      }
      throw toLocalError(error, 'watch', path);
    }
  }

  async #readWhole(fd: number, path: string, start: number, length: number): Promise<Uint8Array> {
    return length <= maxQuickBytes && this.#quick.isHere
      ? this.#quick.make(() => readRangeSync(fd, path, start, length))
      : await readRange(fd, path, start, length);
  }

  /** The names in a directory as `walkTree` wants them; neither links nor special files, nor names that no path can have. */
  async #readNames(operation: Operation): Promise<string[]> {
    try {
      const { path, signal } = operation;
      const names: string[] = [];
      await this.#root.within(this.#root.locate(path), operation, async (directory) => {
        for (const [name, kind] of await readDirectory(directory, signal)) {
          if (this.#root.isReserved(name)) {
            continue;
          }
          const child = path === '' ? name : `${path}/${name}`;
          if (kind === 'other') {
            this.#onLeftOut?.(child, 'kind');
          } else if (isPath(directory, name, child)) {
            names.push(kind === 'directory' ? `${name}/` : name);
          } else {
            this.#onLeftOut?.(kind === 'directory' ? `${child}/` : child, 'name');
          }
        }
      });
      return names.sort(comparePaths);
    } catch (error) {
      if (isMissing(error)) {
        return [];
      }
      throw toLocalError(error, 'list', operation.path);
    }
  }

  /** What is there, in the order of `paths`, up to the first that cannot be looked at: what follows each other in one directory is looked at together. */
  async #toEntries(
    paths: readonly string[],
    signal: AbortSignal | undefined,
  ): Promise<{ readonly entries: readonly FileEntry[]; readonly failure: LookFailure | undefined }> {
    const runs = toRuns(paths);
    const found = await this.#slots.run(signal, () => Promise.allSettled(runs.map((run) => this.#toEntriesOf(run, signal))));
    const entries: FileEntry[] = [];
    for (const each of found) {
      if (each.status === 'rejected') {
        return { entries, failure: { error: each.reason } };
      }
      entries.push(...each.value);
    }
    return { entries, failure: undefined };
  }

  /** @param paths Entries of one directory. */
  async #toEntriesOf(paths: readonly string[], signal: AbortSignal | undefined): Promise<FileEntry[]> {
    const [path = ''] = paths;
    try {
      const entries = await this.#root.within(dirname(this.#root.locate(path)), { path, signal }, (held) =>
        Promise.all(paths.map((each) => this.#toEntry(held, each))),
      );
      return entries.filter((entry) => entry !== undefined);
    } catch (error) {
      if (isMissing(error)) {
        return [];
      }
      throw toLocalError(error, 'look at', path);
    }
  }

  /** @returns Nothing for a file that has gone since its name was read. */
  #toEntry(directory: HeldDirectory, path: string): FileEntry | undefined | Promise<FileEntry | undefined> {
    if (path.endsWith('/')) {
      return { kind: 'directory', path };
    }
    const entry = directory.entry(path.slice(path.lastIndexOf('/') + 1));
    const fail = (error: unknown): undefined => {
      if (!isMissing(error)) {
        throw toLocalError(directory.explain(error), 'look at', path);
      }
    };
    if (!this.#quick.isHere) {
      return lstat(entry, { bigint: true }).then((stats) => toFileEntry(path, stats), fail);
    }
    try {
      return toFileEntry(
        path,
        this.#quick.make(() => lstatSync(entry, { bigint: true })),
      );
    } catch (error) {
      return fail(error);
    }
  }

  /** @param look Returns `undefined` when the file was replaced under its eyes. */
  async #look<T>(action: string, { path, signal }: Operation, look: (target: string) => Promise<T | undefined>): Promise<T> {
    try {
      const target = this.#root.locate(path);
      for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
        signal?.throwIfAborted();
        const seen = await look(target);
        if (seen !== undefined) {
          return seen;
        }
      }
    } catch (error) {
      throw isMissing(error) ? notFound(path, error) : toLocalError(error, action, path);
    }
    throw new FileStoreError('unavailable', `${JSON.stringify(path)} is replaced faster than it can be looked at; try again`, { path });
  }
}

function toFileEntry(path: string, stats: BigIntStats): FileEntry | undefined {
  return stats.isFile() ? { kind: 'file', ...toInfo(path, stats) } : undefined;
}

/** Whether a path can lead to an entry. A name that is not UTF-8 is read with U+FFFD in its place, and nothing has that name. */
function isPath(directory: HeldDirectory, name: string, path: string): boolean {
  const isName = !/\p{Cc}/u.test(name) && (!name.includes('\uFFFD') || lstatIfPresent(directory.entry(name)) !== undefined);
  return isName && Buffer.byteLength(path) <= maxPathBytes;
}

/** Cuts a list of paths where the directory changes. */
function toRuns(paths: readonly string[]): string[][] {
  const runs: string[][] = [];
  let last: string | undefined;
  for (const path of paths) {
    const directory = path.slice(0, path.lastIndexOf('/', path.length - 2) + 1);
    if (directory !== last) {
      runs.push([]);
      last = directory;
    }
    runs.at(-1)?.push(path);
  }
  return runs;
}

/** The system watches no more files, or the file system cannot be watched. @see https://man7.org/linux/man-pages/man2/inotify_add_watch.2.html */
function isOutOfWatches(error: unknown): boolean {
  return ['ENOSPC', 'EMFILE', 'ENFILE', 'ENOSYS', 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM'].includes(errnoOf(error) ?? '');
}
