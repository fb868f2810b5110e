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

/** The error for a deletion that has found no room for its tombstone, also when everything else was gone. */
export function untoldError({ id, path }: RecordAddress, cause: FileStoreError): FileStoreError {
  const message = `nothing of conversation "${id}" is left, but there is no room to keep that it was deleted: whoever is late may save it anew (${cause.reason})`;
  return new FileStoreError('no-space', message, { path, cause });
}
