/**
 * The conformance kit: what every `FileStore` must do, as vitest suites; and stores that fail or wait on purpose, for what is built upon stores.
 *
 * @packageDocumentation
 */
export { type DescribeFileStoreOptions, describeFileStore } from './describe-file-store.ts';
export { type DescribeFileStoreModelOptions, describeFileStoreModel } from './describe-file-store-model.ts';
export { createFaultyFileStore, type FaultyFileStore, type FaultyFileStoreOptions, type FileStoreFault } from './faulty-file-store.ts';
export type { FileStoreCase } from './file-store-case.ts';
export { type FileStoreInterceptor, interceptFileStore } from './intercept-file-store.ts';
export type { FileStoreProcesses, SharedFileStore } from './processes/file-store-processes.ts';
export { runFileStoreWorker } from './processes/file-store-worker.ts';
export { withoutConditionalDelete } from './without-conditional-delete.ts';
