import {
  type AbortOptions,
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
  type FileStoreErrorCode,
  Slots,
  type WatchedChange,
} from '@oh/file-store-core';
import { BatchWriter } from './batch-writer.ts';
import { fdatasync, fsync } from './descriptors.ts';
import { Directories } from './directories.ts';
import { FilePublisher } from './file-publisher.ts';
import { type Flusher, openFlusher } from './file-system-flusher.ts';
import { LocalAppender } from './local-appender.ts';
import { errnoOf, isOutOfSpace, toChangeError, toSyncRefusal } from './local-error.ts';
import type { LocalFileStoreOptions } from './local-file-store.ts';
import { isOnLocalFileSystem } from './local-file-systems.ts';
import { LocalReader } from './local-reader.ts';
import { LocalRoot, reservedNames } from './local-root.ts';
import { LocalWriter } from './local-writer.ts';
import { MetadataFiles } from './metadata-files.ts';
import { ProcessLocks } from './process-locks.ts';
import { QuickCalls } from './quick-calls.ts';
import { Session } from './session.ts';
import { TemporaryFiles } from './temporary-files.ts';
import { type BatchMember, WriteBatch } from './write-batch.ts';

/** Operations under way at once, each with a few descriptors: more of them would not be done sooner. */
const maxAtOnce = 64;

/** How a driver makes things durable, and what it knows of the disk; tests put failures in place of some. */
export interface DiskCalls {
  readonly file: (fd: number) => Promise<void>;
  readonly data: (fd: number) => Promise<void>;
  readonly directory: (fd: number, directory: string) => Promise<void>;
  /** Opens what makes everything durable on the file system of a directory, which need not be there yet; `undefined` where that is not possible. */
  readonly openFlusher: (directory: string) => Promise<Flusher | undefined>;
  /** Whether a file is on a local file system. */
  readonly isLocal: (absolute: string) => boolean;
  /** The clock, in milliseconds, by which it is told whether the disk answers at once. Default: the monotonic one. */
  readonly now?: (() => number) | undefined;
}

/** Those of the disk. */
export const realDiskCalls: DiskCalls = {
  file: fsync,
  data: fdatasync,
  directory: (fd) => fsync(fd),
  openFlusher: (directory) => openFlusher(directory),
  isLocal: isOnLocalFileSystem,
};

/** Fewer writes than these are made durable one by one, which takes less time than a program that flushes the file system. */
const minTogether = 64;

/** Options of a write, which may be one of a batch. */
export interface BatchWriteOptions extends DriverWriteOptions {
  readonly batch?: BatchMember | undefined;
}

/** The driver of `LocalFileStore`. */
export class LocalDriver implements FileStoreDriver {
  readonly capabilities: FileStoreCapabilities = {
    conditions: true,
    append: true,
    metadata: true,
    fileBesideDirectory: false,
    maxFileBytes: Number.POSITIVE_INFINITY,
  };
  readonly #root: LocalRoot;
  readonly #session: Session;
  readonly #directories: Directories;
  readonly #reader: LocalReader;
  readonly #writer: LocalWriter;
  readonly #appender: LocalAppender;
  readonly #batchWriter: BatchWriter | undefined;
  readonly #openFlusher: DiskCalls['openFlusher'];
  readonly #locks: ProcessLocks;
  readonly #slots = new Slots(maxAtOnce);
  #failedSync: FailedSync | undefined;
  #flusher: Promise<Flusher | undefined> | undefined;
  #isClosed = false;

  constructor(options: LocalFileStoreOptions, otherDiskCalls: Partial<DiskCalls> = {}) {
    const diskCalls = { ...realDiskCalls, ...otherDiskCalls };
    const isDurable = parseDurability(options.durability) === 'durable';
    const fileMode = parseMode(options.fileMode, 0o600, 'fileMode');
    const exactFileMode = options.fileMode !== undefined;
    // Whoever owns a lock has to write to it, whatever is done with the files.
    const lockMode = fileMode | 0o600;
    const sync = isDurable
      ? {
          file: (fd: number): Promise<void> => this.#guardSync(() => diskCalls.file(fd)),
          data: (fd: number): Promise<void> => this.#guardSync(() => diskCalls.data(fd)),
        }
      : undefined;
    const root = new LocalRoot(options.root);
    const quick = new QuickCalls(diskCalls.now);
    const directories = new Directories({
      root,
      mode: parseMode(options.directoryMode, 0o700, 'directoryMode'),
      exactMode: options.directoryMode !== undefined,
      quick,
      sync: isDurable ? (fd, directory) => this.#guardSync(() => diskCalls.directory(fd, directory)) : undefined,
    });
    const session = new Session({ root, directories, mode: lockMode });
    const fileParts = { session, mode: fileMode, exactMode: exactFileMode, quick };
    const metadataParts = { root, directories, mode: fileMode };
    const temporaryFiles = new TemporaryFiles({ ...fileParts, sync: sync?.file });
    const metadataFiles = new MetadataFiles({ ...metadataParts, sync: sync?.file });
    this.#root = root;
    this.#openFlusher = diskCalls.openFlusher;
    this.#session = session;
    this.#directories = directories;
    this.#reader = new LocalReader({ root, metadataFiles, slots: this.#slots, quick, onLeftOut: options.onLeftOut });
    this.#locks = new ProcessLocks({ root, session, mode: lockMode });
    const publisherParts = { root, directories, session, quick };
    const publisher = new FilePublisher({ ...publisherParts, temporaryFiles, metadataFiles });
    if (isDurable) {
      const unsynced = {
        temporaryFiles: new TemporaryFiles({ ...fileParts, sync: undefined }),
        metadataFiles: new MetadataFiles({ ...metadataParts, sync: undefined }),
      };
      const batchPublisher = new FilePublisher({ ...publisherParts, ...unsynced });
      this.#batchWriter = new BatchWriter({ root, publisher: batchPublisher, locks: this.#locks, slots: this.#slots });
    }
    const shared = { root, publisher, metadataFiles, locks: this.#locks };
    this.#writer = new LocalWriter({ ...shared, directories, session, quick, syncFile: sync?.file });
    this.#appender = new LocalAppender({
      ...shared,
      slots: this.#slots,
      fileMode,
      exactFileMode,
      sync,
      isLocal: diskCalls.isLocal,
      checkWritable: () => this.#throwIfFailed(),
    });
  }

  async write(path: string, contents: Uint8Array | AsyncIterable<Uint8Array>, options: BatchWriteOptions): Promise<FileInfo> {
    const { batch } = options;
    const batchWriter = this.#batchWriter;
    if (batch !== undefined && batchWriter !== undefined && contents instanceof Uint8Array) {
      return await this.#change('write', path, () => batchWriter.write(path, contents, options, batch));
    }
    const write = (): Promise<FileInfo> => this.#change('write', path, () => this.#writer.write(path, contents, options));
    // A stream may be that of a file which waits for a slot.
    return await (contents instanceof Uint8Array ? this.#slots.run(options.signal, write) : write());
  }

  /** Begins so many writes that are made durable together. @returns `undefined` where each is better written by itself. */
  async beginBatch(size: number): Promise<WriteBatch | undefined> {
    if (this.#batchWriter === undefined || size < minTogether || this.#isClosed) {
      return undefined;
    }
    this.#flusher ??= this.#openFlusher(this.#root.directory);
    const opening = this.#flusher;
    const flusher = await opening;
    return flusher && new WriteBatch(size, () => this.#flush(flusher, opening));
  }

  /** One that cannot begin to flush is replaced by the next batch. */
  async #flush(flusher: Flusher, opening: Promise<Flusher | undefined>): Promise<void> {
    try {
      await this.#guardSync(() => flusher.flush());
    } catch (error) {
      if (!(error instanceof FailedSync)) {
        this.#flusher = this.#flusher === opening ? undefined : this.#flusher;
        await flusher.close();
      }
      throw error;
    }
  }

  async append(path: string, contents: Uint8Array, options: DriverAppendOptions): Promise<FileInfo> {
    return await this.#change('append to', path, () => this.#appender.append(path, contents, options));
  }

  read(path: string, options: DriverReadOptions): Promise<DriverFile> {
    return this.#slots.run(options.signal, () => this.#reader.read(path, options));
  }

  async stat(path: string, options: AbortOptions): Promise<FileInfo> {
    return await this.#slots.run(options.signal, () => this.#reader.stat(path, options));
  }

  async list(path: string, options: AbortOptions): Promise<string[]> {
    return await this.#slots.run(options.signal, () => this.#reader.list(path, options));
  }

  entries(path: string, options: DriverEntriesOptions): AsyncIterable<FileEntry> {
    return this.#reader.entries(path, options);
  }

  async watch(path: string, onChange: (change: WatchedChange) => void, options: AbortOptions): Promise<Disposable | undefined> {
    return await this.#slots.run(options.signal, () => this.#reader.watch(path, onChange, options));
  }

  async delete(path: string, options: DeleteOptions): Promise<void> {
    await this.#slots.run(options.signal, () => this.#change('delete', path, () => this.#writer.delete(path, options)));
    this.#appender.letGo(path);
  }

  async move(from: string, to: string, options: CopyOptions): Promise<FileInfo> {
    return await this.#slots.run(options.signal, () => this.#change('move', from, () => this.#writer.move(from, to, options)));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    try {
      await this.#appender.close();
      await (await this.#flusher)?.close();
      await this.#locks.close();
    } finally {
      await this.#session.end();
      await this.#directories.removeIfEmpty(this.#root.temporaryDirectory, { path: reservedNames.temporary });
    }
  }

  async #change<T>(action: string, path: string, change: () => Promise<T>): Promise<T> {
    if (this.#failedSync !== undefined) {
      throw readOnly(action, path, this.#failedSync, 'unavailable');
    }
    try {
      return await change();
    } catch (error) {
      if (error instanceof FailedSync) {
        throw readOnly(action, path, error, isOutOfSpace(error.cause) ? 'no-space' : 'unavailable');
      }
      throw toChangeError(error, action, path);
    }
  }

  /**
   * After a failed fsync the pages may be gone although the next fsync succeeds: none is tried again, and none that ran at the same time counts, since the system tells
   * of a failure only one of those who ask.
   */
  async #guardSync(sync: () => Promise<void>): Promise<void> {
    this.#throwIfFailed();
    try {
      await sync();
    } catch (cause) {
      const refusal = toSyncRefusal(cause);
      if (refusal !== undefined) {
        throw refusal;
      }
      this.#failedSync ??= new FailedSync(cause);
    }
    this.#throwIfFailed();
  }

  #throwIfFailed(): void {
    if (this.#failedSync !== undefined) {
      throw this.#failedSync;
    }
  }
}

/** An fsync that failed. */
class FailedSync extends Error {
  constructor(cause: unknown) {
    super(`an fsync failed (${errnoOf(cause) ?? 'unknown'})`, { cause });
  }
}

function readOnly(action: string, path: string, { message, cause }: FailedSync, code: FileStoreErrorCode): FileStoreError {
  return new FileStoreError(
    code,
    `cannot ${action} ${JSON.stringify(path)}: ${message}, so that nobody knows what the disk holds; the store takes no more changes: ` +
      'check the disk, then open the store anew',
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
