import { type AbortOptions, type FileStore, FileStoreError } from '@oh/file-store-core';
import type { EventAddress } from './event-address.ts';

/** Whether the conversation was deleted, see `StorageLayout.conversationTombstone`. */
export async function isDeleted(files: FileStore, { tombstone }: EventAddress, { signal }: AbortOptions): Promise<boolean> {
  return await files.exists(tombstone, { signal });
}

/** The error of an append to a conversation that was deleted. */
export function deletedConversation({ conversationId, tombstone }: EventAddress): FileStoreError {
  return new FileStoreError('not-found', `conversation "${conversationId}" was deleted; nothing is added to it`, { path: tombstone });
}
