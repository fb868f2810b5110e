import type { AbortOptions } from '@oh/file-store-core';

/**
 * What protects the key of an encrypted repository, such as `Passphrase`, `KeyFile` and `Keychain` of `@oh/secrets-store`.
 *
 * It is asked once when a repository is made and once by each `BackupRepository` that opens it. What it throws that is no `FileStoreError` is `unknown`.
 */
export interface BackupKey {
  /** What it is, for people; kept with the repository, which is opened only by the same kind. Such as `passphrase`. */
  readonly kind: string;
  /** Encrypts a key of 32 bytes; what it gives is kept in the repository, and is not secret. */
  wrap(key: Uint8Array, options?: AbortOptions): Promise<string>;
  /**
   * Decrypts what {@link wrap} gave.
   *
   * @throws {FileStoreError} `permission-denied` when this cannot be done, by a wrong passphrase for example.
   */
  unwrap(wrapped: string, options?: AbortOptions): Promise<Uint8Array>;
}
