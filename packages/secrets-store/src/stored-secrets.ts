import type { AbortOptions } from '@oh/file-store-core';
import type { Secret } from './secret.ts';
import type { SecretsChange } from './secrets-change.ts';
import type { SecretInfo } from './secrets-store.ts';
import type { UserSecrets } from './user-secrets.ts';

/** One version of a file with secrets, read and not yet decrypted. */
export interface StoredSecrets {
  /** Of all custom secrets, without any key. */
  list(): readonly SecretInfo[];
  /** Decrypts everything; what cannot be is in `unreadable`. */
  openAll(options: AbortOptions): Promise<UserSecrets>;
  /** Decrypts one custom secret; `undefined` when there is none of this name. */
  open(name: string, options: AbortOptions): Promise<Secret | undefined>;
  /**
   * The text of the file after the changes; all else in it stays as it is.
   *
   * @throws {FileStoreError} what stands in the way when a secret that cannot be read was to be replaced.
   */
  change(changes: readonly SecretsChange[], options: AbortOptions): Promise<string>;
}
