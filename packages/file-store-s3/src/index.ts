/**
 * Files in a bucket of S3, or of any server that speaks its protocol: exact conditions, bounded memory.
 *
 * - A file is one object; its key is the prefix of the store and the path, byte for byte. `.oh-probe` at the root is reserved.
 * - A file is replaced by one request, whatever its size: readers see the old one or the new one.
 * - Conditions are those of the server. Whether it holds them is tried out before they are relied on; where it does not, they are refused.
 * - Metadata that is not plain ASCII is stored as RFC 2047 words. Conditional writes leave `oh-write` in the metadata of the object.
 *
 * @packageDocumentation
 */
export type { S3ClientOptions } from './s3-client.ts';
export type { S3Environment } from './s3-environment.ts';
export { S3FileStore, type S3FileStoreOptions } from './s3-file-store.ts';
export { s3FileStoreFromEnv } from './s3-file-store-from-env.ts';
