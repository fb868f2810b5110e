import type { FileStore } from '@oh/file-store-core';
import type { RepositoryCipher } from './repository-cipher.ts';

/** A repository whose key is known. */
export interface OpenRepository {
  readonly files: FileStore;
  readonly cipher: RepositoryCipher;
  /** The wall clock. */
  readonly now: () => Date;
}
