import { FileStoreError } from '@oh/file-store-core';
import type { RecordAddress } from './conversation-record.ts';

/** The error for changing or deleting what is another user's. */
export function notOwnedError({ id, path }: RecordAddress): FileStoreError {
  return new FileStoreError('permission-denied', `conversation "${id}" is not the user's that the store is opened for`, { path });
}

/** The error for a conversation that does not exist, or not for the user. */
export function noConversationError({ id, path }: RecordAddress): FileStoreError {
  return new FileStoreError('not-found', `no conversation "${id}"`, { path });
}
