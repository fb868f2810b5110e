import { FileStoreError } from '@oh/file-store-core';

/** The error for a conversation that is not there. */
export function noConversationError(id: string): FileStoreError {
  return new FileStoreError('not-found', `no conversation ${JSON.stringify(id)}; see "conversations list"`);
}
