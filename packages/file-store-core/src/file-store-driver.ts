import type {
  ByteRange,
  CopyOptions,
  DeleteOptions,
  FileEntry,
  FileInfo,
  FileStore,
  FileStoreCapabilities,
  WatchedChange,
  WriteCondition,
} from './file-store.ts';

/** Options of {@link FileStoreDriver.write}; already validated. */
export interface DriverWriteOptions extends WriteCondition {
  readonly contentType?: string | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Options of {@link FileStoreDriver.append}; already validated. */
export interface DriverAppendOptions extends WriteCondition {
  readonly ifSize?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Options of {@link FileStoreDriver.read}; already validated. */
export interface DriverReadOptions {
  readonly range?: ByteRange | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Options of {@link FileStoreDriver.entries}; already validated. */
export interface DriverEntriesOptions {
  readonly recursive: boolean;
  readonly startAfter: string | undefined;
  readonly limit: number;
  readonly signal?: AbortSignal | undefined;
}

/** What a driver found: the file's info, and its bytes, which belong to it. */
export interface DriverFile {
  readonly info: FileInfo;
  /** The bytes asked for: in one piece, or in chunks. Ending the iteration early releases what the driver holds. */
  readonly body: Uint8Array | AsyncIterable<Uint8Array>;
  /** All of a body in chunks at once, where that is quicker; called instead of its iteration, which is ended in any case, and early by an abort. */
  readonly readAll?: (() => Promise<Uint8Array>) | undefined;
}

/**
 * What a backend writes; {@link createFileStore} makes it a `FileStore`.
 *
 * Paths arrive normalised (files are never the root; directories have no trailing slash, the root is `''`), options validated and within
 * the capabilities, contents as bytes. A driver throws `FileStoreError`s; anything else becomes `unknown`: where no file is there `not-found`, a lost
 * `ifAbsent` `already-exists`, a lost `ifVersion` or `ifSize` `version-mismatch`.
 *
 * A step that may block, such as a request, is given `signal`, and throws `signal.reason` when that is aborted and nothing was changed. Where none blocks it is
 * left to core, which checks before, between the chunks of a body or source, and after a read, but ends no step of a driver.
 *
 * Bytes may be a `Buffer`, whose `slice` and `subarray` copy nothing; `new Uint8Array(bytes)` does.
 */
export interface FileStoreDriver {
  readonly capabilities: FileStoreCapabilities;
  /** The store to which a decorator hands its operations: that store publishes them, so that none is counted twice. */
  readonly decorates?: FileStore | undefined;
  /**
   * Replaces the file atomically, with its content type and metadata: nothing is visible before it is whole, everything when this returns, and nothing stays when it
   * fails. A condition is compared and the file replaced in one step of the backend, against every other process too. Each write makes a version that no other
   * contents of the path have had.
   *
   * @param contents A chunk may have other bytes as soon as the next one is asked for: what is kept of it is copied, as `collectBytes` does with all of them. An array
   * keeps its bytes, which nobody changes, no driver either.
   */
  write(path: string, contents: Uint8Array | AsyncIterable<Uint8Array>, options: DriverWriteOptions): Promise<FileInfo>;
  /** Present exactly when `capabilities.append`. One step of the backend, as a write; content type and metadata stay, the version is a new one. */
  append?(path: string, contents: Uint8Array, options: DriverAppendOptions): Promise<FileInfo>;
  /** Opens one version of a file: `info` is that of all of it, the body the bytes of `clampRange(range, size)`. The body may share memory with nobody. */
  read(path: string, options: DriverReadOptions): Promise<DriverFile>;
  stat(path: string, options: { readonly signal?: AbortSignal | undefined }): Promise<FileInfo>;
  /** In the order of `comparePaths`, directories with their `/`, reading no further than it is asked to. Of what is missing, or a file: nothing. */
  entries(path: string, options: DriverEntriesOptions): AsyncIterable<FileEntry>;
  /** The paths that `entries` would give, not recursive; where names alone are cheaper. */
  list?(path: string, options: { readonly signal?: AbortSignal | undefined }): Promise<string[]>;
  /** The file at `path` and all below `path/`, where what is missing is no error; with `ifVersion` the file alone. */
  delete(path: string, options: DeleteOptions): Promise<void>;
  /** Inside the backend, with content type and metadata, the condition on `to`; without it core reads and writes. `from` and `to` differ. */
  copy?(from: string, to: string, options: CopyOptions): Promise<FileInfo>;
  /**
   * Removes the file at `from` alone, nothing below it. Without it core copies, then deletes the version it copied. Where it cannot delete a version it looks before it deletes, and refuses with `unsupported` to move a file
   * beside a directory of its name. `from` and `to` differ.
   */
  move?(from: string, to: string, options: CopyOptions): Promise<FileInfo>;
  /** See `FileStore.watch`. Core ends it when the store is closed. */
  watch?(
    path: string,
    onChange: (change: WatchedChange) => void,
    options: { readonly signal?: AbortSignal | undefined },
  ): Promise<Disposable | undefined>;
  /** Releases what the driver opened; called once, after everything under way has ended. */
  close?(): Promise<void>;
}
