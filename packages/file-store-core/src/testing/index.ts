/**
 * The conformance kit: what every `FileStore` must do, as vitest suites.
 *
 * @packageDocumentation
 */
export { type DescribeFileStoreOptions, describeFileStore } from './describe-file-store.ts';
export { type DescribeFileStoreModelOptions, describeFileStoreModel } from './describe-file-store-model.ts';
export type { FileStoreCase } from './file-store-case.ts';
export type { FileStoreProcesses, SharedFileStore } from './processes/file-store-processes.ts';
export { runFileStoreWorker } from './processes/file-store-worker.ts';
