/** Options that every asynchronous method accepts. */
export interface AbortOptions {
  /** Cancels the operation, also in flight: it then rejects with `signal.reason`. Default: never. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * What a mutation requires of the file it is about to replace or remove; at most one of the two.
 *
 * The check and the change are one atomic step: of any number of racing callers exactly one wins.
 */
export interface WriteCondition {
  /** Only when no file is there. Losing is `already-exists`. Default: false. */
  readonly ifAbsent?: boolean | undefined;
  /** Only when the file has this version. Losing, a missing file included, is `version-mismatch`. */
  readonly ifVersion?: string | undefined;
}

/** What a store knows of a file besides its bytes. */
export interface FileInfo {
  /** Normalised path: no leading slash, no empty and no `.` segment. */
  readonly path: string;
  /** Size in bytes. */
  readonly size: number;
  /** Opaque token of these exact contents: compare for equality, nothing else. */
  readonly version: string;
  /** When the file was last changed, by the clock of the backend. In the result of a write it may be off by a second or two. */
  readonly modifiedAt: Date;
  /** Media type given at the write, where `capabilities.metadata`. */
  readonly contentType?: string | undefined;
  /** Metadata given at the write, where `capabilities.metadata`. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/** A file met in a listing. */
export interface FileListEntry {
  readonly kind: 'file';
  /** Full path from the store's root. */
  readonly path: string;
  /** Size in bytes. */
  readonly size: number;
  /** The version `stat` would give. */
  readonly version: string;
  readonly modifiedAt: Date;
}

/** A directory met in a listing that is not recursive. */
export interface DirectoryListEntry {
  readonly kind: 'directory';
  /** Full path from the store's root, ending in `/`. */
  readonly path: string;
}

/** One entry of {@link FileStore.entries}. */
export type FileEntry = FileListEntry | DirectoryListEntry;

/**
 * What can be written: text is stored as UTF-8, bytes as they are, a `Blob` and streams in bounded memory.
 *
 * Bytes are those of the moment of the call, which copies them: the caller may change or transfer its memory at once. The `type` of a `Blob` is not kept unless
 * it is given as `contentType` too. A source may use the memory of a chunk again when it is asked for the next one.
 *
 * A stream is cancelled or destroyed when it is not read to its end, since the write was refused or has failed. Of a request to a server of `node:http` the
 * rest is read and dropped instead: destroying it would close the connection on which it is to be answered. How long that may take is the server's to say
 * (`requestTimeout`, 5 minutes by default; with HTTP/2 the stream is the caller's to close).
 *
 * A stream that others have read to its end, as a parser of bodies does, is refused with `invalid-argument`; so is a request that a write has let go of.
 */
export type FileContents = string | ArrayBuffer | ArrayBufferView | Blob | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;

/** Bytes in memory of their own, as `Response`, `Blob` and Web Crypto want them: `Uint8Array<ArrayBuffer>`, spelled so that TypeScript before 5.7 knows it too. */
export type OwnBytes = ReturnType<Uint8Array['slice']>;

/** What `FileStore.watch` tells: that something may have changed, or that what was watched is gone. */
export type WatchedChange = 'changed' | 'gone';

/** A half-open range of bytes. */
export interface ByteRange {
  /** First byte, from 0. Past the end of the file: nothing is read. Default: 0. */
  readonly start?: number | undefined;
  /** The byte after the last one; past the end of the file it means the end. Default: the end. */
  readonly end?: number | undefined;
}

/** Options of {@link FileStore.write}. */
export interface WriteOptions extends AbortOptions, WriteCondition {
  /** Media type kept with the file; needs `capabilities.metadata`. */
  readonly contentType?: string | undefined;
  /** Text kept with the file; needs `capabilities.metadata`. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/** Options of {@link FileStore.append}. */
export interface AppendOptions extends AbortOptions, WriteCondition {
  /** Only when the file has this size in bytes; 0 also means missing. Losing is `version-mismatch`. */
  readonly ifSize?: number | undefined;
}

/** Options of {@link FileStore.read} and {@link FileStore.open}. */
export interface ReadOptions extends AbortOptions {
  /** The part to read. Default: the whole file. */
  readonly range?: ByteRange | undefined;
}

/** Options of {@link FileStore.entries}. */
export interface EntriesOptions extends AbortOptions {
  /** All files below the path, and no directories. Default: false, the direct children. */
  readonly recursive?: boolean | undefined;
  /** Only entries whose full path comes after this one. Default: from the first. */
  readonly startAfter?: string | undefined;
  /** At most so many entries. Default: all. */
  readonly limit?: number | undefined;
}

/** Options of {@link FileStore.delete}. */
export interface DeleteOptions extends AbortOptions {
  /** Only the file, and only when it has this version. Losing, a missing file included, is `version-mismatch`. */
  readonly ifVersion?: string | undefined;
}

/** Options of {@link FileStore.copy} and {@link FileStore.move}; the condition is on the destination. */
export interface CopyOptions extends AbortOptions, WriteCondition {}

/** What a store can honour. What it cannot is refused with `unsupported` before any I/O. */
export interface FileStoreCapabilities {
  /** `ifAbsent` and `ifVersion`. */
  readonly conditions: boolean;
  /**
   * `ifVersion` of `delete`. Where false `move` looks before it deletes: a file that is written to `from` in between may be lost.
   * Default: as `conditions`.
   */
  readonly conditionalDelete?: boolean | undefined;
  /** `append`. */
  readonly append: boolean;
  /** `contentType` and `metadata`. */
  readonly metadata: boolean;
  /** A file `foo` beside a file `foo/bar`; where false the second to come is a `path-conflict`. */
  readonly fileBesideDirectory: boolean;
  /** Largest file in bytes; `Infinity` where only space bounds it. */
  readonly maxFileBytes: number;
}

/**
 * One version of a file, open for reading: `info` and the bytes belong together, whatever others write meanwhile.
 *
 * The contents are read once, by one of `bytes`, `text` and `stream`; close what is not read.
 */
export interface OpenFile extends AsyncDisposable {
  readonly info: FileInfo;
  /** The bytes of the range that was opened. @throws {FileStoreError} `unsupported` when they are more than memory can hold. */
  bytes(): Promise<OwnBytes>;
  /** The bytes as strict UTF-8. @throws {FileStoreError} `corrupt` when they are not UTF-8; `unsupported` when they are more than a string can hold. */
  text(): Promise<string>;
  /** The bytes in chunks of the backend's choice; cancelling the stream releases the file. */
  stream(): ReadableStream<Uint8Array>;
  /** Releases the file; more than once is no error. */
  close(): Promise<void>;
}

/**
 * Files by path, on any backend.
 *
 * - **Paths** are `/`-separated and relative to the store's root; see {@link normalizePath}. Directories exist because files do.
 * - **Atomic**: a reader sees an old or a new file with the version that belongs to it, never a part or a mixture.
 *   A write that fails or is aborted leaves the old file.
 * - **Conditions** ({@link WriteCondition}) hold against every other caller of the same backend.
 * - **Errors** are {@link FileStoreError}; an abort rejects with `signal.reason`; after `close` every method fails with `closed`.
 *   Any method may fail with `permission-denied`, `rate-limited`, `unavailable`, `timeout` or `unknown`: a failure to read is never `not-found`.
 */
export interface FileStore extends AsyncDisposable {
  readonly capabilities: FileStoreCapabilities;

  /**
   * Writes a whole file, replacing the one that is there.
   *
   * @returns The new file, with its new version.
   * @throws {FileStoreError} `invalid-path` and `invalid-argument` before any I/O; `already-exists`, `version-mismatch`, `path-conflict`, `no-space`.
   */
  write(path: string, contents: FileContents, options?: WriteOptions): Promise<FileInfo>;

  /**
   * Reads a file as strict UTF-8: no newline translation, a byte order mark is kept.
   *
   * @throws {FileStoreError} `not-found`; `corrupt` when the bytes are not UTF-8; `unsupported` when they are more than a string can hold.
   */
  read(path: string, options?: ReadOptions): Promise<string>;

  /** Reads a file's bytes into memory of its own. @throws {FileStoreError} `not-found`; `unsupported` when they are more than memory can hold. */
  readBytes(path: string, options?: ReadOptions): Promise<OwnBytes>;

  /** Reads a file in bounded memory; the stream shows one version throughout. @throws {FileStoreError} `not-found`. */
  readStream(path: string, options?: ReadOptions): Promise<ReadableStream<Uint8Array>>;

  /** Opens a file so that its {@link FileInfo} and its contents belong to one version. @throws {FileStoreError} `not-found`. */
  open(path: string, options?: ReadOptions): Promise<OpenFile>;

  /**
   * Adds bytes at the end of a file, making it when it is missing; appends never interleave.
   *
   * A reader may meet the first part of an append that is under way. `contents` is read into memory first.
   *
   * @throws {FileStoreError} `unsupported` where `capabilities.append` is false; `version-mismatch`, `already-exists`, `path-conflict`, `no-space`.
   */
  append(path: string, contents: FileContents, options?: AppendOptions): Promise<FileInfo>;

  /** What the store knows of a file. A directory is not a file. @throws {FileStoreError} `not-found`. */
  stat(path: string, options?: AbortOptions): Promise<FileInfo>;

  /** Whether a file is there: false only for `not-found`, any other failure is thrown. */
  exists(path: string, options?: AbortOptions): Promise<boolean>;

  /**
   * The direct children of a directory as full paths, directories ending in `/`, in the order of {@link FileStore.entries}.
   * Of what is missing, or a file: `[]`. Default path: the root.
   */
  list(path?: string, options?: AbortOptions): Promise<string[]>;

  /**
   * The entries of a directory, lazily and to the end, ordered by the UTF-8 bytes of their full paths (directories with their `/`).
   *
   * An entry that is there from the first page to the last is met exactly once; one that comes or goes meanwhile at most once.
   */
  entries(path?: string, options?: EntriesOptions): AsyncIterable<FileEntry>;

  /**
   * Deletes a file, or a directory with everything below it. What is missing is no error.
   *
   * `delete('foo')` never touches `foobar`. With `ifVersion` only the file is deleted.
   *
   * @throws {FileStoreError} `invalid-path` for the root; `version-mismatch`.
   */
  delete(path: string, options?: DeleteOptions): Promise<void>;

  /** Copies a file with its content type and metadata, inside the backend where it can. @throws {FileStoreError} as `write`; `not-found`. */
  copy(from: string, to: string, options?: CopyOptions): Promise<FileInfo>;

  /**
   * Moves a file: afterwards it is at `to`, and `from` is gone unless somebody wrote it anew.
   *
   * @throws {FileStoreError} as `write`; `not-found`.
   */
  move(from: string, to: string, options?: CopyOptions): Promise<FileInfo>;

  /**
   * Calls `onChange` when the file or directory at a path may have changed, whoever changed it: a hint that spares waiting, not a promise. Changes may be
   * told twice, or not at all; whoever depends on them looks again from time to time.
   *
   * @param onChange Gets `gone` when what was watched was removed or moved, so that no more is told: whoever goes on watches anew.
   * @returns What ends it, as closing the store does; `undefined` where nothing is there, or where the store cannot tell: on the local disk it can.
   */
  watch?(path: string, onChange: (change: WatchedChange) => void, options?: AbortOptions): Promise<Disposable | undefined>;

  /** Waits for what is under way, then releases what the store opened; more than once is no error. */
  close(): Promise<void>;
}
