import type { AbortOptions } from '@oh/file-store-core';
import type { Secret } from '@oh/file-store-core/secrets';
import type { UserSecrets } from './user-secrets.ts';

/** What a listing tells of a custom secret: never its value. */
export interface SecretInfo {
  readonly name: string;
  readonly description: string | null;
}

/** What a listing tells of a provider's token: never its value. */
export interface ProviderTokenInfo {
  /** Such as `github`. */
  readonly provider: string;
  /** The host of the provider; null: its usual one. */
  readonly host: string | null;
  /** The user's id at the provider, where it is known. */
  readonly user_id: string | null;
}

/** The secrets of one user. An abort rejects with `signal.reason`. */
export interface SecretsStore {
  /**
   * All secrets; null when none were ever stored.
   *
   * What cannot be read hides nothing else: it is in `unreadable`.
   *
   * @throws {FileStoreError} `permission-denied` without the key, `corrupt` for a damaged file, or the first error when nothing of what is stored can be read.
   */
  load(options?: AbortOptions): Promise<UserSecrets | null>;

  /**
   * Replaces all secrets. Of racing calls the last one wins: {@link update} loses nothing.
   *
   * @throws {FileStoreError} as {@link update}; also when something is stored that cannot be read.
   */
  store(secrets: UserSecrets, options?: AbortOptions): Promise<void>;

  /**
   * Changes secrets by compare-and-set: no change of another caller, on whatever machine, is lost.
   *
   * @param change Gets what is stored and gives what is to be; it is called again when somebody else was faster, so it should do nothing else.
   * @returns What is stored now.
   * @throws {FileStoreError} `permission-denied` without the key; `invalid-argument` for a name or value that cannot be stored, a mask among them;
   *   what stands in the way when a secret that cannot be read was to be replaced.
   */
  update(change: (current: UserSecrets) => UserSecrets | Promise<UserSecrets>, options?: AbortOptions): Promise<UserSecrets>;

  /** A custom secret. @throws {FileStoreError} `not-found`; `permission-denied` without its key; `corrupt`. */
  getSecret(name: string, options?: AbortOptions): Promise<Secret>;

  /**
   * Creates or replaces a custom secret, by compare-and-set.
   *
   * @param description Default: that of the secret it replaces, or null.
   * @throws {FileStoreError} as {@link update}.
   */
  setSecret(name: string, value: string | Secret, description?: string | null, options?: AbortOptions): Promise<void>;

  /** Deletes a custom secret with all its versions, also one that cannot be read; missing is no error. */
  deleteSecret(name: string, options?: AbortOptions): Promise<void>;

  /** Deletes a provider's token, also one that cannot be read; missing is no error. */
  deleteProviderToken(provider: string, options?: AbortOptions): Promise<void>;

  /** The names and descriptions of all custom secrets, in the order in which they were first stored, also of those that cannot be read. */
  list(options?: AbortOptions): Promise<readonly SecretInfo[]>;

  /** Of which providers a token is stored, in the order in which they were, also of those that cannot be read; {@link load} and {@link update} have the tokens. */
  listProviderTokens(options?: AbortOptions): Promise<readonly ProviderTokenInfo[]>;
}
