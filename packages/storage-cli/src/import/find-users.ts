import { type AbortOptions, type FileStore, homeLayout, isId } from '@oh/file-store-core';

/** Whose data a store may have: nobody's first, then that of each user with a directory. They lie alike in every layout. */
export async function findUsers(files: FileStore, options: AbortOptions): Promise<readonly (string | undefined)[]> {
  const directories = (await files.list(homeLayout.users, options)).filter((path) => path.endsWith('/'));
  return [undefined, ...directories.map((path) => path.slice(homeLayout.users.length + 1, -1)).filter(isId)];
}
