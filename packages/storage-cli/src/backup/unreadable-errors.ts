import type { UnreadablePart } from '@oh/backup';
import { FileStoreError } from '@oh/file-store-core';

/** Tells of parts of a list of files that cannot be read, and then of the damage, once where several have the same. */
export function toUnreadableErrors(unreadable: readonly UnreadablePart[]): readonly FileStoreError[] {
  return [...unreadable.map(toError), ...new Map(unreadable.map(({ error }) => [error.message, error])).values()];
}

function toError({ after, error }: UnreadablePart): FileStoreError {
  const where =
    after === undefined ? 'first files are lost, and their names' : `files after ${JSON.stringify(after)} are lost, and their names`;
  return new FileStoreError(error.code, `some ${where}`, { cause: error });
}
