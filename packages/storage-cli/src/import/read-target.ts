import { FileStoreError, hasErrorCode } from '@oh/file-store-core';

/**
 * Reads what is at the target of an import already. What cannot be read there is no damage of the source: it is in the way of what is imported.
 *
 * @throws {FileStoreError} `already-exists` instead of `corrupt`.
 */
export async function readTarget<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!hasErrorCode(error, 'corrupt')) {
      throw error;
    }
    const what = error.message.replace(/^\[[a-z-]+\] /, '');
    throw new FileStoreError('already-exists', `what is at the target stays as it is: ${what}`, { path: error.path, cause: error });
  }
}
