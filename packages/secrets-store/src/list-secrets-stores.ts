import { type AbortOptions, homeLayout, isId } from '@oh/file-store-core';
import { FileSecretsStore, type FileSecretsStoreOptions } from './file-secrets-store.ts';

/**
 * A store for each user that has a directory, and first the one without a user: all that `rotateKeys` needs of the secrets.
 *
 * @param options As for each of the stores.
 */
export async function listSecretsStores(
  options: Omit<FileSecretsStoreOptions, 'userId'>,
  { signal }: AbortOptions = {},
): Promise<readonly FileSecretsStore[]> {
  const { users } = options.layout ?? homeLayout;
  const directories = (await options.files.list(users, { signal })).filter((path) => path.endsWith('/'));
  const ids = directories.map((path) => path.slice(users.length + 1, -1)).filter(isId);
  return [undefined, ...ids].map((userId) => new FileSecretsStore({ ...options, userId }));
}
