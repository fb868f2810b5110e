import type { CopyOptions, DeleteOptions, FileEntry, FileInfo, FileStore, FileStoreCapabilities, WatchedChange } from './file-store.ts';
import type {
  DriverAppendOptions,
  DriverEntriesOptions,
  DriverFile,
  DriverReadOptions,
  DriverWriteOptions,
  FileStoreDriver,
} from './file-store-driver.ts';
import { FileStoreError } from './file-store-error.ts';
import { normalizePath } from './normalize-path.ts';
import { PortableFileStore } from './portable-file-store.ts';

/**
 * A view of one directory of a store as a store of its own: paths are relative to `path`, and nothing outside it can be named.
 *
 * Closing the view ends the view only: it did not open the store beneath. Messages and published operations name the full path.
 *
 * @throws {FileStoreError} `invalid-path`.
 */
export function withPrefix(store: FileStore, path: string): FileStore {
  const directory = normalizePath(path);
  return new PortableFileStore(new PrefixDriver(store, directory === '' ? '' : `${directory}/`));
}

class PrefixDriver implements FileStoreDriver {
  readonly decorates: FileStore;
  readonly #prefix: string;

  constructor(store: FileStore, prefix: string) {
    this.decorates = store;
    this.#prefix = prefix;
  }

  get capabilities(): FileStoreCapabilities {
    return this.decorates.capabilities;
  }

  async write(path: string, contents: Uint8Array | AsyncIterable<Uint8Array>, options: DriverWriteOptions): Promise<FileInfo> {
    return await this.#inside(async () => this.#relative(await this.decorates.write(this.#full(path), contents, options)));
  }

  async append(path: string, contents: Uint8Array, options: DriverAppendOptions): Promise<FileInfo> {
    return await this.#inside(async () => this.#relative(await this.decorates.append(this.#full(path), contents, options)));
  }

  async read(path: string, options: DriverReadOptions): Promise<DriverFile> {
    return await this.#inside(async () => {
      const file = await this.decorates.open(this.#full(path), options);
      return { info: this.#relative(file.info), body: file.stream() };
    });
  }

  async stat(path: string, options: { readonly signal?: AbortSignal | undefined }): Promise<FileInfo> {
    return await this.#inside(async () => this.#relative(await this.decorates.stat(this.#full(path), options)));
  }

  async list(path: string, options: { readonly signal?: AbortSignal | undefined }): Promise<string[]> {
    return await this.#inside(async () => {
      const paths = await this.decorates.list(this.#full(path), options);
      return paths.map((child) => child.slice(this.#prefix.length));
    });
  }

  async *entries(path: string, options: DriverEntriesOptions): AsyncGenerator<FileEntry, void, undefined> {
    const { startAfter } = options;
    const inStore = { ...options, startAfter: startAfter === undefined ? undefined : this.#full(startAfter) };
    try {
      for await (const entry of this.decorates.entries(this.#full(path), inStore)) {
        yield this.#relative(entry);
      }
    } catch (error) {
      throw this.#relativeError(error);
    }
  }

  async delete(path: string, options: DeleteOptions): Promise<void> {
    await this.#inside(() => this.decorates.delete(this.#full(path), options));
  }

  async copy(from: string, to: string, options: CopyOptions): Promise<FileInfo> {
    return await this.#inside(async () => this.#relative(await this.decorates.copy(this.#full(from), this.#full(to), options)));
  }

  async move(from: string, to: string, options: CopyOptions): Promise<FileInfo> {
    return await this.#inside(async () => this.#relative(await this.decorates.move(this.#full(from), this.#full(to), options)));
  }

  async watch(
    path: string,
    onChange: (change: WatchedChange) => void,
    options: { readonly signal?: AbortSignal | undefined },
  ): Promise<Disposable | undefined> {
    return await this.#inside(async () => await this.decorates.watch?.(this.#full(path), onChange, options));
  }

  #full(path: string): string {
    return this.#prefix + path;
  }

  #relative<T extends { readonly path: string }>(item: T): T {
    return { ...item, path: item.path.slice(this.#prefix.length) };
  }

  /** Runs `action`; the path of an error becomes the one that the caller of the view knows. */
  async #inside<T>(action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      throw this.#relativeError(error);
    }
  }

  #relativeError(error: unknown): unknown {
    // The root of the view has no slash at its end.
    if (!(error instanceof FileStoreError) || error.path === undefined || !`${error.path}/`.startsWith(this.#prefix)) {
      return error;
    }
    const { code, reason, path, retryable } = error;
    return new FileStoreError(code, reason, { path: path.slice(this.#prefix.length), retryable, cause: error });
  }
}
