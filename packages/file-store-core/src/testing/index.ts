/**
 * The conformance kit: what every `FileStore` must do, as vitest suites.
 *
 * @packageDocumentation
 */
export { type DescribeFileStoreOptions, describeFileStore } from './describe-file-store.ts';
export type { FileStoreCase } from './file-store-case.ts';
