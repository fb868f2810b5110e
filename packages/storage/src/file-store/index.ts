/**
 * What opens file stores alone, without the packages for conversations, events, secrets and settings, which take longer to load.
 *
 * @packageDocumentation
 */
export { type FileStoreFactory, type FileStoreRequest, registerFileStore } from '../file-store-factories.ts';
export { type OpenFileStoreOptions, openFileStore } from '../open-file-store.ts';
export type { Environment } from '../storage-config.ts';
export { parseStoreUrl, type StorePlace } from '../store-url.ts';
