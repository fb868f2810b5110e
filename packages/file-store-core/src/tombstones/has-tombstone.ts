import type { AbortOptions, FileStore } from '../file-store.ts';
import { hasErrorCode } from '../file-store-error.ts';

/**
 * Whether a conversation was deleted: its tombstone is there, and not empty, which says that the conversation was made anew.
 *
 * @param tombstone The file, see `StorageLayout.conversationTombstone`.
 * @throws {FileStoreError} What looking at a file throws, `not-found` aside.
 */
export async function hasTombstone(files: FileStore, tombstone: string, { signal }: AbortOptions = {}): Promise<boolean> {
  try {
    return (await files.stat(tombstone, { signal })).size > 0;
  } catch (error) {
    if (hasErrorCode(error, 'not-found')) {
      return false;
    }
    throw error;
  }
}
