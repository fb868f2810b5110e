import type { EventSecrets } from '@oh/event-store';
import { type AbortOptions, raceAbort } from '@oh/file-store-core';
import type { ProviderTokenInfo, Secret, SecretInfo, SecretsStore, UserSecrets } from '@oh/secrets-store';

/** A store of secrets that keeps out of the events whatever value goes through it, also those that were replaced since. */
export class WatchedSecrets implements SecretsStore {
  readonly #store: SecretsStore;
  readonly #hidden: EventSecrets;
  #loading: Promise<unknown> | undefined;

  /** @param hidden What no event may hold. */
  constructor(store: SecretsStore, hidden: EventSecrets) {
    this.#store = store;
    this.#hidden = hidden;
  }

  /** Resolves when all secrets that were stored before are kept out. A failure is tried again by the next caller. */
  async hideStored({ signal }: AbortOptions): Promise<void> {
    this.#loading ??= this.load().catch((error: unknown) => {
      this.#loading = undefined;
      throw error;
    });
    await raceAbort(this.#loading, signal);
  }

  async load(options: AbortOptions = {}): Promise<UserSecrets | null> {
    const secrets = await this.#store.load(options);
    this.#hideAll(secrets);
    return secrets;
  }

  async store(secrets: UserSecrets, options: AbortOptions = {}): Promise<void> {
    this.#hideAll(secrets);
    await this.#store.store(secrets, options);
  }

  async update(change: (current: UserSecrets) => UserSecrets | Promise<UserSecrets>, options: AbortOptions = {}): Promise<UserSecrets> {
    const changeHidden = async (current: UserSecrets): Promise<UserSecrets> => {
      this.#hideAll(current);
      const next = await change(current);
      this.#hideAll(next);
      return next;
    };
    return await this.#store.update(changeHidden, options);
  }

  async getSecret(name: string, options: AbortOptions = {}): Promise<Secret> {
    const secret = await this.#store.getSecret(name, options);
    this.#hide([secret.expose()]);
    return secret;
  }

  async setSecret(name: string, value: string | Secret, description?: string | null, options: AbortOptions = {}): Promise<void> {
    this.#hide([typeof value === 'string' ? value : value.expose()]);
    await this.#store.setSecret(name, value, description, options);
  }

  async deleteSecret(name: string, options: AbortOptions = {}): Promise<void> {
    await this.#store.deleteSecret(name, options);
  }

  async deleteProviderToken(provider: string, options: AbortOptions = {}): Promise<void> {
    await this.#store.deleteProviderToken(provider, options);
  }

  async list(options: AbortOptions = {}): Promise<readonly SecretInfo[]> {
    return await this.#store.list(options);
  }

  async listProviderTokens(options: AbortOptions = {}): Promise<readonly ProviderTokenInfo[]> {
    return await this.#store.listProviderTokens(options);
  }

  #hideAll(secrets: UserSecrets | null): void {
    const tokens = Object.values(secrets?.providerTokens ?? {}).map(({ token }) => token.expose());
    const custom = Object.values(secrets?.customSecrets ?? {}).map(({ secret }) => secret.expose());
    this.#hide([...tokens, ...custom]);
  }

  #hide(values: readonly string[]): void {
    this.#hidden.update(Object.fromEntries(values.map((value) => [value, value])));
  }
}
