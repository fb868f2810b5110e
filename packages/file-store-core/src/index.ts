/**
 * The thin core of oh-storage: one `FileStore` interface over interchangeable backends.
 *
 * Backends write a {@link FileStoreDriver}; {@link createFileStore} makes it a {@link FileStore}; `@oh/file-store-core/testing` proves it.
 *
 * @packageDocumentation
 */
export { raceAbort, withLinkedSignal } from './abort.ts';
export { clampRange, collectBytes, concatBytes } from './bytes.ts';
export { comparePaths } from './compare-paths.ts';
export type {
  AbortOptions,
  AppendOptions,
  ByteRange,
  CopyOptions,
  DeleteOptions,
  DirectoryListEntry,
  EntriesOptions,
  FileContents,
  FileEntry,
  FileInfo,
  FileListEntry,
  FileStore,
  FileStoreCapabilities,
  OpenFile,
  OwnBytes,
  ReadOptions,
  WatchedChange,
  WriteCondition,
  WriteOptions,
} from './file-store.ts';
export type {
  DriverAppendOptions,
  DriverEntriesOptions,
  DriverFile,
  DriverReadOptions,
  DriverWriteOptions,
  FileStoreDriver,
} from './file-store-driver.ts';
export { FileStoreError, type FileStoreErrorCode, type FileStoreErrorOptions, hasErrorCode } from './file-store-error.ts';
export { type ConcurrencyOptions, forEachConcurrently } from './for-each-concurrently.ts';
export { httpStatusOf } from './http-status.ts';
export { isError } from './is-error.ts';
export type { Lease } from './lease.ts';
export { type AcquireLeaseOptions, acquireLease } from './lease-acquire.ts';
export type { LeaseClock } from './lease-clock.ts';
export { requestLeaseRelease } from './lease-request.ts';
export { MemoryFileStore, type MemoryFileStoreOptions } from './memory-file-store.ts';
export { maxPathBytes, maxSegmentBytes, normalizeFilePath, normalizePath } from './normalize-path.ts';
export { type FileStoreOperation, type FileStoreOperationName, operationChannelName } from './operation-channel.ts';
export { createFileStore, PortableFileStore } from './portable-file-store.ts';
export { readIfThere, type TextFile } from './read-if-there.ts';
export { type RetryHalfWrittenOptions, retryHalfWritten } from './retry-half-written.ts';
export { Slots } from './slots.ts';
export { homeLayout, isId, parseId, type StorageLayout, sessionsLayout } from './storage-layout.ts';
export { type UpdateFileOptions, updateFile } from './update-file.ts';
export { type WalkOptions, walkTree } from './walk-tree.ts';
export { withPrefix } from './with-prefix.ts';
