import { FileStoreError } from '@oh/file-store-core';

/** The error of a file at the target that somebody else changed after it was listed: it was left as it is. */
export function changedMeanwhile(path: string, code: 'already-exists' | 'version-mismatch'): FileStoreError {
  return new FileStoreError(code, `${JSON.stringify(path)} was changed there meanwhile and is left as it is`, { path });
}
