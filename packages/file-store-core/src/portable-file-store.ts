import { abortable } from './abort.ts';
import { BodyReader } from './body-reader.ts';
import { collectBytes } from './bytes.ts';
import { ContentsSource, checkFor } from './contents-source.ts';
import { toDriverContents } from './driver-contents.ts';
import type {
  AbortOptions,
  AppendOptions,
  CopyOptions,
  DeleteOptions,
  EntriesOptions,
  FileContents,
  FileEntry,
  FileInfo,
  FileStore,
  FileStoreCapabilities,
  OpenFile,
  OwnBytes,
  ReadOptions,
  WatchedChange,
  WriteOptions,
} from './file-store.ts';
import type { FileStoreDriver } from './file-store-driver.ts';
import { FileStoreError, hasErrorCode } from './file-store-error.ts';
import { normalizeFilePath, normalizePath } from './normalize-path.ts';
import { StoreOperations } from './store-operations.ts';
import { toStoreError } from './to-store-error.ts';
import { transferThroughCore, transferToItself } from './transfer.ts';
import { Watches } from './watches.ts';
import {
  checkAppendOptions,
  checkCondition,
  checkDeleteOptions,
  checkRange,
  checkWriteOptions,
  toDriverEntriesOptions,
} from './write-options.ts';

/**
 * The `FileStore` over a driver: what is the same on every backend is done here, once. Backends extend it.
 *
 * Paths and options are checked before any I/O, contents become bytes, an abort is honoured between chunks, errors become
 * {@link FileStoreError}s, operations are published, and `close` waits for what is under way.
 */
export class PortableFileStore implements FileStore {
  readonly #driver: FileStoreDriver;
  readonly #operations: StoreOperations;
  readonly #openFiles = new Set<BodyReader>();
  readonly #watches = new Watches();
  #closing: Promise<void> | undefined;

  constructor(driver: FileStoreDriver) {
    this.#driver = driver;
    this.#operations = new StoreOperations(driver.decorates === undefined ? this : undefined);
  }

  get capabilities(): FileStoreCapabilities {
    return this.#driver.capabilities;
  }

  async write(path: string, contents: FileContents, options: WriteOptions = {}): Promise<FileInfo> {
    const file = checkFor(contents, () => {
      const normal = normalizeFilePath(path);
      checkWriteOptions(normal, options, this.capabilities);
      return normal;
    });
    const { metadata, signal } = options;
    const source = new ContentsSource(toDriverContents(file, contents), signal, file, this.capabilities.maxFileBytes);
    const own = metadata === undefined ? options : { ...options, metadata: { ...metadata } };
    return await this.#operations.run({ operation: 'write', path: file }, signal, source, () =>
      this.#driver.write(file, source.contents, own),
    );
  }

  async append(path: string, contents: FileContents, options: AppendOptions = {}): Promise<FileInfo> {
    const file = checkFor(contents, () => {
      const normal = normalizeFilePath(path);
      checkAppendOptions(normal, options, this.capabilities);
      return normal;
    });
    const { append } = this.#driver;
    if (append === undefined) {
      throw new TypeError('the driver says that it appends, but it has no append');
    }
    const source = new ContentsSource(toDriverContents(file, contents), options.signal, file, this.capabilities.maxFileBytes);
    return await this.#operations.run({ operation: 'append', path: file }, options.signal, source, async () => {
      const bytes = source.contents instanceof Uint8Array ? source.contents : await collectBytes(source.contents);
      return await append.call(this.#driver, file, bytes, options);
    });
  }

  async read(path: string, options: ReadOptions = {}): Promise<string> {
    const file = await this.#open(path, options);
    return await file.text();
  }

  async readBytes(path: string, options: ReadOptions = {}): Promise<OwnBytes> {
    const file = await this.#open(path, options);
    return await file.bytes();
  }

  async readStream(path: string, options: ReadOptions = {}): Promise<ReadableStream<Uint8Array>> {
    const file = await this.#open(path, options);
    return file.stream();
  }

  open(path: string, options: ReadOptions = {}): Promise<OpenFile> {
    return this.#open(path, options);
  }

  async stat(path: string, options: AbortOptions = {}): Promise<FileInfo> {
    const file = normalizeFilePath(path);
    return await this.#operations.read({ operation: 'stat', path: file }, options.signal, () => this.#driver.stat(file, options));
  }

  async exists(path: string, options: AbortOptions = {}): Promise<boolean> {
    try {
      await this.stat(path, options);
      return true;
    } catch (error) {
      if (hasErrorCode(error, 'not-found')) {
        return false;
      }
      throw error;
    }
  }

  async list(path = '', options: AbortOptions = {}): Promise<string[]> {
    const directory = normalizePath(path);
    return await this.#operations.read({ operation: 'list', path: directory }, options.signal, async () => {
      const { list } = this.#driver;
      if (list !== undefined) {
        return await list.call(this.#driver, directory, options);
      }
      const paths: string[] = [];
      for await (const entry of abortable(this.#driver.entries(directory, toDriverEntriesOptions(directory, options)), options.signal)) {
        paths.push(entry.path);
      }
      return paths;
    });
  }

  async *entries(path = '', options: EntriesOptions = {}): AsyncGenerator<FileEntry, void, undefined> {
    const directory = normalizePath(path);
    const driverOptions = toDriverEntriesOptions(directory, options);
    const started = performance.now();
    let items = 0;
    let failure: { readonly error: unknown } | undefined;
    this.#operations.enter();
    try {
      this.#operations.checkUsable(options.signal);
      if (driverOptions.limit === 0) {
        return;
      }
      for await (const entry of abortable(this.#driver.entries(directory, driverOptions), options.signal)) {
        this.#operations.checkUsable(options.signal);
        items += 1;
        // Whoever has an entry may close the store before asking for the next one, or never ask.
        this.#operations.leave();
        try {
          yield entry;
        } finally {
          this.#operations.enter();
        }
        if (items >= driverOptions.limit) {
          return;
        }
        this.#operations.checkUsable(options.signal);
      }
    } catch (error) {
      failure = { error: toStoreError(error, directory, options.signal) };
      throw failure.error;
    } finally {
      this.#operations.leave();
      this.#operations.publish({ operation: 'entries', path: directory }, started, failure, { items });
    }
  }

  async delete(path: string, options: DeleteOptions = {}): Promise<void> {
    const target = normalizePath(path);
    if (target === '') {
      throw new FileStoreError('invalid-path', 'the root of a store cannot be deleted; delete its children one by one', { path });
    }
    checkDeleteOptions(target, options, this.capabilities);
    await this.#operations.run({ operation: 'delete', path: target }, options.signal, undefined, () =>
      this.#driver.delete(target, options),
    );
  }

  async copy(from: string, to: string, options: CopyOptions = {}): Promise<FileInfo> {
    return await this.#transfer('copy', from, to, options);
  }

  async move(from: string, to: string, options: CopyOptions = {}): Promise<FileInfo> {
    return await this.#transfer('move', from, to, options);
  }

  async watch(path: string, onChange: (change: WatchedChange) => void, options: AbortOptions = {}): Promise<Disposable | undefined> {
    const watched = normalizePath(path);
    this.#operations.checkUsable(options.signal);
    this.#operations.enter();
    try {
      const watch = await this.#driver.watch?.(watched, onChange, options);
      const added = watch && this.#watches.add(watch);
      if (options.signal?.aborted === true) {
        added?.[Symbol.dispose]();
        throw options.signal.reason;
      }
      return added;
    } catch (error) {
      throw toStoreError(error, watched, options.signal);
    } finally {
      this.#operations.leave();
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#shutDown();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #shutDown(): Promise<void> {
    const ended = this.#operations.close();
    this.#watches.close();
    await ended;
    await Promise.allSettled([...this.#openFiles].map((file) => file.close()));
    await this.#driver.close?.();
  }

  async #open(path: string, options: ReadOptions): Promise<BodyReader> {
    const file = normalizeFilePath(path);
    checkRange(file, options.range);
    return await this.#operations.read({ operation: 'open', path: file }, options.signal, async () => {
      const opened = await this.#driver.read(file, options);
      const reader = new BodyReader(opened, options, (ended) => this.#openFiles.delete(ended));
      this.#openFiles.add(reader);
      if (options.signal?.aborted === true) {
        await reader.close();
      }
      return reader;
    });
  }

  async #transfer(operation: 'copy' | 'move', from: string, to: string, options: CopyOptions): Promise<FileInfo> {
    const source = normalizeFilePath(from);
    const target = normalizeFilePath(to);
    checkCondition(target, options, this.capabilities);
    const driver = this.#driver;
    return await this.#operations.run({ operation, path: source, to: target }, options.signal, undefined, async () => {
      if (source === target) {
        return await transferToItself(driver, target, options);
      }
      const inside = operation === 'copy' ? driver.copy : driver.move;
      if (inside !== undefined) {
        return await inside.call(driver, source, target, options);
      }
      return await transferThroughCore(driver, operation, source, target, options);
    });
  }
}

/** Makes a driver a `FileStore`. */
export function createFileStore(driver: FileStoreDriver): FileStore {
  return new PortableFileStore(driver);
}
