import { FileStoreError } from '@oh/file-store-core';

/**
 * Whether a failure may be that of one conversation, as when a file belongs to somebody else or its part of the disk is broken: what is asked of the next one may
 * well succeed. A store that does not answer, is full or is closed fails for all.
 */
export function isOfOne(error: unknown): error is FileStoreError {
  return error instanceof FileStoreError && !error.retryable && error.code !== 'no-space' && error.code !== 'closed';
}
