import { type AbortOptions, FileStoreError } from '@oh/file-store-core';
import type { BackupKey } from './backup-key.ts';

/**
 * Asks what protects the key of a repository. Errors of others may have a secret or a URL in their messages: these are causes only.
 *
 * @param path What it is asked for.
 * @throws {FileStoreError} What it says, `unknown` for what is no `FileStoreError`.
 */
export async function askKey<T>(key: BackupKey, path: string, ask: (key: BackupKey) => Promise<T>, { signal }: AbortOptions): Promise<T> {
  try {
    return await ask(key);
  } catch (cause) {
    signal?.throwIfAborted();
    throw cause instanceof FileStoreError
      ? cause
      : new FileStoreError('unknown', `${JSON.stringify(key.kind)}, which protects the repository, has failed; see the cause`, {
          path,
          cause,
        });
  }
}
