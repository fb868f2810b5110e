import { type AbortOptions, type FileStore, raceAbort } from '@oh/file-store-core';
import { factoryOf } from './file-store-factories.ts';
import { checkConfigKeys } from './refuse-misspelt.ts';
import type { Environment } from './storage-config.ts';
import { parseStoreUrl, type StorePlace } from './store-url.ts';

/** Options of {@link openFileStore}. */
export interface OpenFileStoreOptions extends AbortOptions {
  /** Variables with what a store needs besides, such as `AWS_REGION`. Default: `process.env`. */
  readonly env?: Environment | undefined;
}

/**
 * Opens the file store of a store URL or of a configuration, without webhooks; the caller closes it.
 *
 * The package of the store is loaded now. Most stores ask for nothing before they are used.
 *
 * @throws {FileStoreError} `invalid-argument` for what is no store URL or an unknown name; `unsupported` when the package is not installed; what the
 *   store says of its options.
 */
export async function openFileStore(where: string | StorePlace, options: OpenFileStoreOptions = {}): Promise<FileStore> {
  const { env = process.env, signal } = options;
  signal?.throwIfAborted();
  const place = typeof where === 'string' ? parseStoreUrl(where) : where;
  checkConfigKeys(place);
  const { file_store = 'local', file_store_path, file_store_prefix } = place;
  const opening = Promise.resolve(factoryOf(file_store)({ path: file_store_path, prefix: file_store_prefix, env, signal }));
  try {
    return await raceAbort(opening, signal);
  } catch (error) {
    // Given up: what is opened all the same belongs to nobody.
    void opening.then((store) => store.close()).catch(() => undefined);
    throw error;
  }
}
