/**
 * Files in a bucket of Google Cloud Storage.
 *
 * - Paths are object names as they are, after the store's prefix. A version is a generation.
 * - Conditions are `ifGenerationMatch`. A write leaves a mark in the object's metadata, by which a writer whose answer got lost knows whether it won.
 * - Contents are checked by CRC-32C before they show, and when they are read whole.
 * - The client of `@google-cloud/storage` gives credentials and address; requests are the store's own, so that a signal ends them in flight.
 *
 * @packageDocumentation
 */
export { GoogleCloudFileStore, type GoogleCloudFileStoreOptions } from './google-cloud-file-store.ts';
export { googleCloudFileStoreFromEnv } from './google-cloud-file-store-from-env.ts';
