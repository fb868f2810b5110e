import type { FileHandle } from 'node:fs/promises';
import {
  type CopyOptions,
  type DeleteOptions,
  type DriverAppendOptions,
  type DriverEntriesOptions,
  type DriverFile,
  type DriverReadOptions,
  type DriverWriteOptions,
  type FileEntry,
  type FileInfo,
  type FileStoreCapabilities,
  type FileStoreDriver,
  FileStoreError,
} from '@oh/file-store-core';
import { Directories, syncDirectory } from './directories.ts';
import { toChangeError } from './local-error.ts';
import type { LocalFileStoreOptions } from './local-file-store.ts';
import { LocalReader } from './local-reader.ts';
import { LocalRoot } from './local-root.ts';
import { LocalWriter } from './local-writer.ts';
import { ProcessLocks } from './process-locks.ts';
import { Session } from './session.ts';
import { TemporaryFiles } from './temporary-files.ts';

/** How a driver makes things durable; tests put failures here. */
export interface SyncCalls {
  readonly file: (handle: FileHandle) => Promise<void>;
  readonly directory: (directory: string) => Promise<void>;
}

const realSyncCalls: SyncCalls = { file: (handle) => handle.sync(), directory: syncDirectory };

/** The driver of `LocalFileStore`. */
export class LocalDriver implements FileStoreDriver {
  readonly capabilities: FileStoreCapabilities = {
    conditions: true,
    append: true,
    metadata: false,
    fileBesideDirectory: false,
    maxFileBytes: Number.POSITIVE_INFINITY,
  };
  readonly #root: LocalRoot;
  readonly #session: Session;
  readonly #directories: Directories;
  readonly #reader: LocalReader;
  readonly #writer: LocalWriter;
  readonly #locks: ProcessLocks;
  #failedSync: { readonly cause: unknown } | undefined;

  constructor(options: LocalFileStoreOptions, syncCalls: SyncCalls = realSyncCalls) {
    const isDurable = parseDurability(options.durability) === 'durable';
    const fileMode = parseMode(options.fileMode, 0o600, 'fileMode');
    const exactFileMode = options.fileMode !== undefined;
    const syncFile = isDurable ? (handle: FileHandle): Promise<void> => this.#guardSync(syncCalls.file(handle)) : undefined;
    const root = new LocalRoot(options.root);
    const directories = new Directories({
      mode: parseMode(options.directoryMode, 0o700, 'directoryMode'),
      exactMode: options.directoryMode !== undefined,
      sync: isDurable ? (directory) => this.#guardSync(syncCalls.directory(directory)) : undefined,
    });
    const session = new Session({ root, directories, mode: fileMode });
    const temporaryFiles = new TemporaryFiles({ session, mode: fileMode, exactMode: exactFileMode, sync: syncFile });
    this.#root = root;
    this.#session = session;
    this.#directories = directories;
    this.#reader = new LocalReader(root);
    this.#locks = new ProcessLocks({ root, session, mode: fileMode });
    this.#writer = new LocalWriter({ root, directories, temporaryFiles, locks: this.#locks, session, fileMode, exactFileMode, syncFile });
  }

  async write(path: string, contents: Uint8Array | AsyncIterable<Uint8Array>, options: DriverWriteOptions): Promise<FileInfo> {
    return await this.#change('write', path, () => this.#writer.write(path, contents, options));
  }

  async append(path: string, contents: Uint8Array, options: DriverAppendOptions): Promise<FileInfo> {
    return await this.#change('append to', path, () => this.#writer.append(path, contents, options));
  }

  async read(path: string, options: DriverReadOptions): Promise<DriverFile> {
    return await this.#reader.read(path, options);
  }

  async stat(path: string): Promise<FileInfo> {
    return await this.#reader.stat(path);
  }

  async list(path: string): Promise<string[]> {
    return await this.#reader.list(path);
  }

  entries(path: string, options: DriverEntriesOptions): AsyncIterable<FileEntry> {
    return this.#reader.entries(path, options);
  }

  async delete(path: string, options: DeleteOptions): Promise<void> {
    await this.#change('delete', path, () => this.#writer.delete(path, options));
  }

  async move(from: string, to: string, options: CopyOptions): Promise<FileInfo> {
    return await this.#change('move', from, () => this.#writer.move(from, to, options));
  }

  async close(): Promise<void> {
    try {
      this.#locks.close();
    } finally {
      await this.#session.end();
      await this.#directories.removeIfEmpty(this.#root.temporaryDirectory);
    }
  }

  async #change<T>(action: string, path: string, change: () => Promise<T>): Promise<T> {
    if (this.#failedSync !== undefined) {
      throw readOnly(path, this.#failedSync.cause);
    }
    try {
      return await change();
    } catch (error) {
      throw toChangeError(error, action, path);
    }
  }

  /** After a failed fsync the pages may be gone although the next fsync succeeds: it is never tried again. */
  async #guardSync(sync: Promise<void>): Promise<void> {
    try {
      await sync;
    } catch (cause) {
      this.#failedSync ??= { cause };
      throw readOnly(undefined, cause);
    }
  }
}

function readOnly(path: string | undefined, cause: unknown): FileStoreError {
  return new FileStoreError(
    'unavailable',
    'an fsync failed, so that nobody knows what the disk holds; the store takes no more changes: check the disk, then open the store anew',
    { path, cause, retryable: false },
  );
}

function parseDurability(durability: 'durable' | 'atomic' = 'durable'): 'durable' | 'atomic' {
  if (durability !== 'durable' && durability !== 'atomic') {
    throw new TypeError(`durability is "durable" or "atomic", not ${JSON.stringify(durability)}`);
  }
  return durability;
}

function parseMode(mode: number | undefined, byDefault: number, name: string): number {
  if (mode !== undefined && !(Number.isInteger(mode) && mode >= 0 && mode <= 0o7777)) {
    throw new TypeError(`${name} is a file mode such as 0o${byDefault.toString(8)}`);
  }
  return mode ?? byDefault;
}
