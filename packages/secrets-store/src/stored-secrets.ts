import type { AbortOptions, FileStoreError } from '@oh/file-store-core';
import type { Secret } from '@oh/file-store-core/secrets';
import type { SecretsChange } from './secrets-change.ts';
import type { ProviderTokenInfo, SecretInfo } from './secrets-store.ts';
import type { SecretsSection } from './user-secrets.ts';

/** A secret that is stored, or why it cannot be read. */
export interface ReadSecret {
  readonly section: SecretsSection;
  readonly name: string;
  readonly value: Secret | FileStoreError;
  /** What is stored beside it. */
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** One version of a file with secrets, read and not yet decrypted. */
export interface StoredSecrets {
  /** Of all custom secrets, without any key. */
  list(): readonly SecretInfo[];
  /** Of all tokens of providers, without any key. */
  listProviderTokens(): readonly ProviderTokenInfo[];
  /** Decrypts everything, in the order of the file. */
  readAll(options: AbortOptions): Promise<readonly ReadSecret[]>;
  /** Decrypts one custom secret; `undefined` when there is none of this name. */
  open(name: string, options: AbortOptions): Promise<Secret | undefined>;
  /**
   * The text of the file after the changes; all else in it stays as it is.
   *
   * @throws {FileStoreError} what stands in the way when a secret that cannot be read was to be replaced.
   */
  change(changes: readonly SecretsChange[], options: AbortOptions): Promise<string>;
}
