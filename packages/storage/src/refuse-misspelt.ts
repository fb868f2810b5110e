import { FileStoreError } from '@oh/file-store-core';
import { configKeys, type StorageConfig } from './storage-config.ts';
import { suggest } from './suggest.ts';

/**
 * Refuses a configuration with a key that is none: the default in its place would be another store.
 *
 * @throws {FileStoreError} `invalid-argument`, with the key that may be meant.
 */
export function checkConfigKeys(config: StorageConfig): void {
  refuseMisspelt(Object.keys(config), [...Object.keys(configKeys), 'config_file'], 'the configuration', 'any');
}

/**
 * Refuses names that are meant to be ours and are not.
 *
 * @param place Where they stand, for the error.
 * @param which Where others have names too, `near` refuses those alone that look like ours.
 * @throws {FileStoreError} `invalid-argument`.
 */
export function refuseMisspelt(names: readonly string[], known: readonly string[], place: string, which: 'near' | 'any' = 'near'): void {
  for (const name of names.filter((each) => !known.includes(each))) {
    const advice = suggest(name, known);
    if (advice !== '' || which === 'any') {
      throw new FileStoreError(
        'invalid-argument',
        `unknown ${JSON.stringify(name)} in ${place}${advice || `; known are ${known.join(', ')}`}`,
      );
    }
  }
}
