import { fstatSync } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import {
  clampRange,
  comparePaths,
  type DriverEntriesOptions,
  type DriverFile,
  type DriverReadOptions,
  type FileEntry,
  type FileInfo,
  walkTree,
} from '@oh/file-store-core';
import { FileChunks, readFully } from './file-chunks.ts';
import { isMissing, toLocalError } from './local-error.ts';
import { checkRegular, notFound, openToRead, toInfo } from './local-file.ts';
import { type LocalRoot, temporaryDirectoryName } from './local-root.ts';

/** Parts of a file up to this size are read at once; larger ones are streamed. */
const maxWholeBytes = 256 * 1024;

/** How many files of a listing are looked at together. */
const statBatch = 64;

/** The operations that change nothing. */
export class LocalReader {
  readonly #root: LocalRoot;

  constructor(root: LocalRoot) {
    this.#root = root;
  }

  async read(path: string, options: DriverReadOptions): Promise<DriverFile> {
    return await this.#look('read', path, async () => {
      const target = this.#root.locate(path);
      const handle = await openToRead(path, target);
      try {
        const stats = fstatSync(handle.fd, { bigint: true });
        const info = toInfo(path, checkRegular(path, target, stats));
        const { start, end } = clampRange(options.range, info.size);
        if (end - start > maxWholeBytes) {
          return { info, body: new FileChunks(handle, path, start, end) };
        }
        const body = await readFully(handle, path, start, end - start);
        await handle.close();
        return { info, body };
      } catch (error) {
        await handle.close();
        throw error;
      }
    });
  }

  async stat(path: string): Promise<FileInfo> {
    return await this.#look('look at', path, async () => {
      const target = this.#root.locate(path);
      return toInfo(path, checkRegular(path, target, await lstat(target, { bigint: true })));
    });
  }

  async list(path: string): Promise<string[]> {
    const names = await this.#readNames(path);
    return names.map((name) => (path === '' ? name : `${path}/${name}`));
  }

  async *entries(path: string, options: DriverEntriesOptions): AsyncGenerator<FileEntry, void, undefined> {
    const batchSize = Math.min(statBatch, options.limit);
    let batch: string[] = [];
    for await (const child of walkTree(path, (directory) => this.#readNames(directory), options)) {
      batch.push(child);
      if (batch.length >= batchSize) {
        yield* await this.#toEntries(batch);
        batch = [];
      }
    }
    yield* await this.#toEntries(batch);
  }

  /** The names in a directory as `walkTree` wants them; neither links nor special files, nor names that no path can have. */
  async #readNames(path: string): Promise<string[]> {
    try {
      const directory = this.#root.locateDirectory(path);
      const names: string[] = [];
      for (const entry of await readdir(directory, { withFileTypes: true })) {
        if (entry.name !== temporaryDirectoryName && !/\p{Cc}/u.test(entry.name) && (entry.isFile() || entry.isDirectory())) {
          names.push(entry.isDirectory() ? `${entry.name}/` : entry.name);
        }
      }
      return names.sort(comparePaths);
    } catch (error) {
      if (isMissing(error)) {
        return [];
      }
      throw toLocalError(error, 'list', path);
    }
  }

  async #toEntries(paths: readonly string[]): Promise<FileEntry[]> {
    const entries = await Promise.all(
      paths.map((path) => (path.endsWith('/') ? { kind: 'directory' as const, path } : this.#toFileEntry(path))),
    );
    return entries.filter((entry) => entry !== undefined);
  }

  /** @returns `undefined` for a file that has gone since its name was read. */
  async #toFileEntry(path: string): Promise<FileEntry | undefined> {
    try {
      const stats = await lstat(this.#root.locate(path), { bigint: true });
      return stats.isFile() ? { kind: 'file', ...toInfo(path, stats) } : undefined;
    } catch (error) {
      if (isMissing(error)) {
        return undefined;
      }
      throw toLocalError(error, 'look at', path);
    }
  }

  async #look<T>(action: string, path: string, look: () => Promise<T>): Promise<T> {
    try {
      return await look();
    } catch (error) {
      throw isMissing(error) ? notFound(path, error) : toLocalError(error, action, path);
    }
  }
}
