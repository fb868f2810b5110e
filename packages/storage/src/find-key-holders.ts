import { type AbortOptions, type FileStore, isId, type StorageLayout } from '@oh/file-store-core';
import { FileSecretsStore, type KeyHolder, type KeyRing } from '@oh/secrets-store';
import { FileSettingsStore } from '@oh/settings-store';

/** What {@link findKeyHolders} looks through. */
export interface KeyHolderPlace {
  /** Where secrets are kept. */
  readonly secretsFiles: FileStore;
  /** Where settings are kept. */
  readonly settingsFiles: FileStore;
  readonly layout: StorageLayout;
  readonly keys: KeyRing;
}

/** The secrets and the settings of the installation, and of each user that has a directory: all that a ring seals in a store. */
export async function findKeyHolders(place: KeyHolderPlace, { signal }: AbortOptions): Promise<readonly KeyHolder[]> {
  const { secretsFiles, settingsFiles, layout, keys } = place;
  const directories = (await secretsFiles.list(layout.users, { signal })).filter((path) => path.endsWith('/'));
  const ids = directories.map((path) => path.slice(layout.users.length + 1, -1)).filter(isId);
  return [undefined, ...ids].flatMap((userId) => [
    new FileSecretsStore({ files: secretsFiles, keys, layout, userId }),
    new FileSettingsStore({ files: settingsFiles, sealer: keys, layout, userId }),
  ]);
}
