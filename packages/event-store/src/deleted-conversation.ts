import { type AbortOptions, type FileStore, FileStoreError } from '@oh/file-store-core';
import { hasTombstone, TombstoneFile } from '@oh/file-store-core/tombstones';
import type { EventAddress } from './event-address.ts';

/** Whether the conversation was deleted, see `StorageLayout.conversationTombstone`. */
export async function isDeleted(files: FileStore, { tombstone }: EventAddress, { signal }: AbortOptions): Promise<boolean> {
  return await hasTombstone(files, tombstone, { signal });
}

/** Removes what one has added oneself to a conversation that was deleted, so that nobody makes it anew meanwhile; where somebody has done so, nothing is removed. */
export async function removeDeleted(files: FileStore, { tombstone }: EventAddress, remove: () => Promise<unknown>): Promise<void> {
  await new TombstoneFile(files, tombstone).whileDeleted(async () => void (await remove()), {});
}

/**
 * Removes what others may have added to as well, of a conversation whose deletion can no longer be taken back.
 *
 * @returns False where it can be taken back: then whoever decides it removes this too.
 */
export async function removeDecided(files: FileStore, { tombstone }: EventAddress, remove: () => Promise<unknown>): Promise<boolean> {
  return await new TombstoneFile(files, tombstone).whileDecided(async () => void (await remove()), {});
}

/** The error of an append to a conversation that was deleted. */
export function deletedConversation({ conversationId, tombstone }: EventAddress): FileStoreError {
  return new FileStoreError('not-found', `conversation "${conversationId}" was deleted; nothing is added to it`, { path: tombstone });
}
