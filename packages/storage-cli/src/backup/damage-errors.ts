import { FileStoreError } from '@oh/file-store-core';

/** Tells of the damage to a repository: once for each of its files, with how much more there is in it than the first. */
export function toDamageErrors(errors: readonly FileStoreError[]): readonly FileStoreError[] {
  const byFile = new Map<string | undefined, Map<string, FileStoreError>>();
  for (const error of errors) {
    byFile.set(error.path, (byFile.get(error.path) ?? new Map()).set(error.message, error));
  }
  return [...byFile.values()].flatMap((found) => withOthers([...found.values()]));
}

function withOthers([first, ...others]: readonly FileStoreError[]): readonly FileStoreError[] {
  if (first === undefined || others.length === 0) {
    return first === undefined ? [] : [first];
  }
  return [new FileStoreError(first.code, `${first.reason}; and ${others.length} more such`, { path: first.path, cause: first })];
}
