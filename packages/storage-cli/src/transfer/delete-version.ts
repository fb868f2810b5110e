import { type AbortOptions, type FileStore, FileStoreError, hasErrorCode } from '@oh/file-store-core';
import { changedMeanwhile } from './changed-meanwhile.ts';
import { versionOf } from './copy-file.ts';

/**
 * Deletes a file in one version, and never what lies below a directory of its name. A store that cannot delete by version is looked at first, which leaves a
 * moment between the two.
 *
 * @throws {FileStoreError} `version-mismatch` when it has another version; `unsupported` when only the directory could be deleted with it.
 */
export async function deleteVersion(store: FileStore, path: string, version: string, options: AbortOptions): Promise<void> {
  const { conditions, conditionalDelete = conditions } = store.capabilities;
  try {
    if (conditionalDelete) {
      await store.delete(path, { ...options, ifVersion: version });
      return;
    }
  } catch (error) {
    if (!hasErrorCode(error, 'unsupported')) {
      throw error;
    }
  }
  // Without a condition what lies below the name would go as well.
  for await (const _ of store.entries(path, { ...options, limit: 1 })) {
    throw new FileStoreError('unsupported', `${JSON.stringify(path)} is also a directory, and this store cannot delete the file alone`, {
      path,
    });
  }
  if ((await versionOf({ store, path: '' }, path, options)) !== version) {
    throw changedMeanwhile(path, 'version-mismatch');
  }
  await store.delete(path, options);
}
