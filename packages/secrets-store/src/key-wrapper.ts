import type { AbortOptions } from '@oh/file-store-core';

/**
 * What protects the keys of a `KeyRing`: a passphrase, a key file, the keychain of the operating system, or a key management service.
 *
 * It is asked once when a ring is made and once in each process that opens it, not for each secret: a process that has opened the ring goes on without it. Callers
 * share what it is asked, so that each call has to end by itself: a service over the network needs a time limit. What it throws that is no `FileStoreError` is `unknown`.
 */
export interface KeyWrapper {
  /** What it is, for people; kept with the ring, which is opened only by the same kind. Such as `passphrase` or `aws-kms`. */
  readonly kind: string;
  /**
   * Encrypts a key of 32 bytes.
   *
   * @returns Any text that {@link unwrap} needs again; it is kept beside the secrets and is not secret.
   * @throws {FileStoreError} `permission-denied` when there is nothing to encrypt it with; `unavailable` when the service does not answer.
   */
  wrap(key: Uint8Array, options?: AbortOptions): Promise<string>;
  /**
   * Decrypts what {@link wrap} gave.
   *
   * @throws {FileStoreError} `permission-denied` when this cannot be done, by a wrong passphrase for example; `corrupt` for a text that `wrap` never gave;
   *   `unavailable` when the service does not answer.
   */
  unwrap(wrapped: string, options?: AbortOptions): Promise<Uint8Array>;
  /** Forgets what {@link wrap} gave, because another process was faster and it is kept nowhere. Default: there is nothing to forget. */
  discard?(wrapped: string): Promise<void>;
}
