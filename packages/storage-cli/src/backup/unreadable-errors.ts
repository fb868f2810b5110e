import type { UnreadablePart } from '@oh/backup';
import { FileStoreError } from '@oh/file-store-core';

/** Tells which files are lost by parts of a list of files that cannot be read; of the damage itself `toDamageErrors` tells. */
export function toUnreadableErrors(unreadable: readonly UnreadablePart[]): readonly FileStoreError[] {
  return unreadable.map(toError);
}

function toError({ after, error }: UnreadablePart): FileStoreError {
  const where =
    after === undefined ? 'first files are lost, and their names' : `files after ${JSON.stringify(after)} are lost, and their names`;
  return new FileStoreError(error.code, `some ${where}`, { cause: error });
}
