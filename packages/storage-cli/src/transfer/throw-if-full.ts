import { FileStoreError, hasErrorCode } from '@oh/file-store-core';

/** Ends a transfer whose target has no space left: every file that comes after would fail in the same way. @throws {FileStoreError} `no-space`. */
export function throwIfFull(error: unknown): void {
  if (hasErrorCode(error, 'no-space')) {
    throw new FileStoreError('no-space', 'the target is full: nothing more was copied; make room and run it again', { cause: error });
  }
}
