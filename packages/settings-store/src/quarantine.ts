import { createHash } from 'node:crypto';
import { type AbortOptions, type FileStore, FileStoreError, hasErrorCode } from '@oh/file-store-core';

/** Characters of the digest that name a copy: enough that two contents never meet. */
const digestLength = 16;

/**
 * Copies settings that cannot be read to a file beside them, once for each contents, so that repairing them loses nothing. The file itself stays as it is.
 *
 * @param error What reading them gave.
 * @returns The error to throw: `corrupt`, naming the file and its copy, or why there is none.
 */
export async function quarantine(files: FileStore, error: FileStoreError, path: string, { signal }: AbortOptions): Promise<FileStoreError> {
  const withHint = (hint: string): FileStoreError =>
    new FileStoreError('corrupt', `${error.reason}; ${hint} repair or remove the file`, { path, cause: error.cause ?? error });
  try {
    return withHint(`a copy is at "${await copyBeside(files, path, { signal })}";`);
  } catch (failure) {
    signal?.throwIfAborted();
    // Who only reads is not to be told of a permission that nobody missed.
    if (hasErrorCode(failure, 'permission-denied')) {
      return withHint('copy it, then');
    }
    // The damage is what has to be told, whatever else is wrong.
    return withHint(`it could not be copied${failure instanceof FileStoreError ? `: ${failure.code}` : ''};`);
  }
}

async function copyBeside(files: FileStore, path: string, { signal }: AbortOptions): Promise<string> {
  const bytes = await files.readBytes(path, { signal });
  const copy = `${path}.corrupt-${createHash('sha256').update(bytes).digest('hex').slice(0, digestLength)}`;
  try {
    await files.write(copy, bytes, { ifAbsent: true, signal });
  } catch (error) {
    if (!hasErrorCode(error, 'already-exists')) {
      throw error;
    }
  }
  return copy;
}
