import type { FileStoreError } from '@oh/file-store-core';
import { isExposable, mask, Secret } from '@oh/file-store-core/secrets';
import type { ProviderType } from './provider-type.ts';

/** A user's token for a provider. */
export interface ProviderToken {
  readonly token: Secret;
  /** The host of the provider, such as `github.example.org`; null: its usual one. */
  readonly host: string | null;
  /** The user's id at the provider. */
  readonly user_id: string | null;
}

/** A secret that a user named. */
export interface CustomSecret {
  readonly secret: Secret;
  /** What it is for; agents are told. */
  readonly description: string | null;
}

/** A secret that is stored and cannot be read. */
export interface UnreadableSecret {
  readonly section: SecretsSection;
  readonly name: string;
  /** Names the secret and the file, and says why. */
  readonly error: FileStoreError;
}

/** The two kinds of secrets, as the files name them. */
export type SecretsSection = 'provider_tokens' | 'custom_secrets';

/** Both kinds, in the order of the files. */
export const sections: readonly SecretsSection[] = ['provider_tokens', 'custom_secrets'];

/** The field of a stored secret that holds its value. */
export const valueFields: Readonly<Record<SecretsSection, 'secret' | 'token'>> = { provider_tokens: 'token', custom_secrets: 'secret' };

/** What {@link UserSecrets} are made of. */
export interface UserSecretsInput {
  /** Default: none. */
  readonly providerTokens?: Readonly<Record<string, ProviderToken>> | undefined;
  /** Default: none. */
  readonly customSecrets?: Readonly<Record<string, CustomSecret>> | undefined;
  /** Default: none. */
  readonly unreadable?: readonly UnreadableSecret[] | undefined;
}

/** A provider's token as it is handed in. */
export interface ProviderTokenInput {
  readonly token: string | Secret;
  /** Default: null. */
  readonly host?: string | null | undefined;
  /** Default: null. */
  readonly user_id?: string | null | undefined;
}

/**
 * All secrets of a user. It never changes: each `with` method gives a new one. Values are {@link Secret}s, masked wherever they are printed.
 */
export class UserSecrets {
  /** By {@link ProviderType}, also of providers that this version does not know; without prototype, frozen. */
  readonly providerTokens: Readonly<Record<string, ProviderToken>>;
  /** By name; without prototype, frozen. */
  readonly customSecrets: Readonly<Record<string, CustomSecret>>;
  /** What is stored besides and cannot be read: it stays as it is, and can be deleted but not replaced. */
  readonly unreadable: readonly UnreadableSecret[];

  constructor({ providerTokens = {}, customSecrets = {}, unreadable = [] }: UserSecretsInput = {}) {
    this.providerTokens = freezeRecord(providerTokens);
    this.customSecrets = freezeRecord(customSecrets);
    this.unreadable = Object.freeze([...unreadable]);
    Object.freeze(this);
  }

  /** With a custom secret, in the place of one with the same name. @param description Default: that of the one it replaces, or null. */
  withCustomSecret(name: string, value: string | Secret, description?: string | null): UserSecrets {
    const kept = description === undefined ? (this.customSecrets[name]?.description ?? null) : description;
    return this.#with({ customSecrets: { ...this.customSecrets, [name]: { secret: toSecret(value), description: kept } } });
  }

  /** Without the custom secret of this name. */
  withoutCustomSecret(name: string): UserSecrets {
    return this.#with({ customSecrets: without(this.customSecrets, name) });
  }

  /** With a provider's token, in the place of the one that is there. */
  withProviderToken(provider: ProviderType, { token, host = null, user_id = null }: ProviderTokenInput): UserSecrets {
    return this.#with({ providerTokens: { ...this.providerTokens, [provider]: { token: toSecret(token), host, user_id } } });
  }

  /** Without the token of this provider. */
  withoutProviderToken(provider: ProviderType): UserSecrets {
    return this.#with({ providerTokens: without(this.providerTokens, provider) });
  }

  /** The texts of all custom secrets by name, for the environment of a process. They are no longer masked. */
  getEnvVars(): Record<string, string> {
    return mapRecord(this.customSecrets, ({ secret }) => secret.expose());
  }

  /** The tokens of all providers by the names that OpenHands gives them, such as `github_token`. They are no longer masked. */
  getProviderEnvVars(): Record<string, string> {
    return Object.fromEntries(Object.entries(this.providerTokens).map(([provider, { token }]) => [`${provider}_token`, token.expose()]));
  }

  /** The values of all custom secrets and tokens. */
  values(): readonly Secret[] {
    return [
      ...Object.values(this.customSecrets).map(({ secret }) => secret),
      ...Object.values(this.providerTokens).map(({ token }) => token),
    ];
  }

  /** The descriptions of all custom secrets by name. */
  getCustomSecretsDescriptions(): Record<string, string | null> {
    return mapRecord(this.customSecrets, ({ description }) => description);
  }

  /** In the form of OpenHands' `secrets.json`, masked. */
  toJSON(): object {
    return { provider_tokens: { ...this.providerTokens }, custom_secrets: { ...this.customSecrets } };
  }

  /** `**********`: a template string shows neither names nor values. */
  toString(): string {
    return mask;
  }

  #with(change: UserSecretsInput): UserSecrets {
    return new UserSecrets({ ...this, ...change });
  }
}

function toSecret(value: string | Secret): Secret {
  return isExposable(value) ? value : new Secret(value);
}

/** Without prototype, so that no name means anything else; `__proto__` is a name like any other. */
function freezeRecord<T extends object>(record: Readonly<Record<string, T>>): Readonly<Record<string, T>> {
  return Object.freeze(mapRecord(record, (value) => (Object.isFrozen(value) ? value : Object.freeze({ ...value }))));
}

function mapRecord<T, U>(record: Readonly<Record<string, T>>, map: (value: T) => U): Record<string, U> {
  const result: Record<string, U> = Object.create(null);
  for (const [name, value] of Object.entries(record)) {
    result[name] = map(value);
  }
  return result;
}

function without<T>(record: Readonly<Record<string, T>>, name: string): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter(([each]) => each !== name));
}
