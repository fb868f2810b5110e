/**
 * Everything that an agent server keeps, opened from the configuration that people already have.
 *
 * - {@link loadStorageConfig} reads OpenHands' `config.toml` and environment; {@link openStorage} opens files, conversations, events, secrets and settings.
 * - Backends and the webhook are optional packages, loaded when the configuration asks for them.
 *
 * @packageDocumentation
 */
export { detectLayout } from './detect-layout.ts';
export { type FileStoreFactory, type FileStoreRequest, registerFileStore } from './file-store-factories.ts';
export { type LoadStorageConfigOptions, loadStorageConfig } from './load-storage-config.ts';
export { type OpenFileStoreOptions, openFileStore } from './open-file-store.ts';
export { type OpenStorageOptions, openStorage } from './open-storage.ts';
export { outboxDirectory } from './open-web-hook.ts';
export { type OutboxInfo, type OutboxNotice, readOutboxes } from './read-outboxes.ts';
export type { ReplayOptions, Storage, WebHookStore } from './storage.ts';
export type { ConfigFile, Environment, HiddenText, StorageConfig } from './storage-config.ts';
export type { StoreClassOptions } from './store-classes.ts';
export { parseStoreUrl, type StorePlace } from './store-url.ts';
export { suggest } from './suggest.ts';
