import type { AbortOptions } from '@oh/file-store-core';
import { type Exposable, Secret } from '@oh/file-store-core/secrets';
import type { SettingsFields } from './secret-paths.ts';

/** A token for a git provider, as old versions of OpenHands keep it in the settings. */
export interface LegacyToken<Text extends Exposable = Secret> {
  readonly token: Text;
  /** The host of the provider; null: its usual one. */
  readonly host: string | null;
  /** The user's id at the provider. */
  readonly user_id: string | null;
}

/** A secret that a user named, as old versions of OpenHands keep it in the settings. */
export interface LegacySecret<Text extends Exposable = Secret> {
  readonly secret: Text;
  /** What it is for. */
  readonly description: string | null;
}

/** The secrets that old versions of OpenHands keep in the settings; `UserSecrets` of `@oh/secrets-store` have this form too. */
export interface LegacySecrets<Text extends Exposable = Secret> {
  /** By provider. */
  readonly providerTokens: Readonly<Record<string, LegacyToken<Text>>>;
  /** By name. */
  readonly customSecrets: Readonly<Record<string, LegacySecret<Text>>>;
}

/** Takes over the secrets of old settings, such as a `SecretsStore` of `@oh/secrets-store`. */
export interface LegacySecretsReceiver {
  /** Stores those secrets that are not there yet; what is there stays. It may be called again with the same ones. */
  receive(secrets: LegacySecrets, options: AbortOptions): Promise<void>;
  /** Reads what is stored, from where it is stored; null: nothing. */
  load(options: AbortOptions): Promise<LegacySecrets<Exposable> | null>;
}

/** What became of the secrets of old settings, by names such as `custom_secrets.TOKEN`. */
export interface LegacySecretsResult {
  /** Found in the receiver, and removed from the settings. */
  readonly handedOver: readonly string[];
  /** Still in the settings: the receiver has another value for them, or they have none. */
  readonly kept: readonly string[];
}

/** The fields of the settings with such secrets; the second is a misspelling that OpenHands reads. */
export const legacySecretFields = ['secrets_store', 'secret_store'] as const;

/** One entry of such a field, with what its value may be called. */
interface LegacyEntry {
  readonly field: (typeof legacySecretFields)[number];
  readonly section: 'provider_tokens' | 'custom_secrets';
  readonly name: string;
  /** The text; undefined: it has none. */
  readonly text: string | undefined;
  readonly value: unknown;
}

/** What is to be handed over; of two entries with one name the one in the field that is spelt right. */
export function readLegacySecrets(fields: SettingsFields): LegacySecrets {
  const entries = legacyEntries(fields).reverse();
  const of = (section: LegacyEntry['section']): LegacyEntry[] => entries.filter((entry) => entry.section === section);
  const tokens = of('provider_tokens').flatMap(({ name, text, value }) =>
    text === undefined
      ? []
      : [[name, { token: new Secret(text), host: textOf(value, 'host'), user_id: textOf(value, 'user_id') }] as const],
  );
  const secrets = of('custom_secrets').flatMap(({ name, text, value }) =>
    text === undefined ? [] : [[name, { secret: new Secret(text), description: textOf(value, 'description') }] as const],
  );
  return { providerTokens: Object.fromEntries(tokens), customSecrets: Object.fromEntries(secrets) };
}

/** The fields without the secrets that `stored` has with the same values. */
export function withoutStoredSecrets(
  fields: SettingsFields,
  stored: LegacySecrets<Exposable>,
): { readonly changed: SettingsFields; readonly result: LegacySecretsResult } {
  const entries = legacyEntries(fields);
  const gone = entries.filter((entry) => isStored(entry, stored));
  const kept = entries.filter((entry) => !gone.includes(entry));
  const toNames = (list: readonly LegacyEntry[]): string[] => [...new Set(list.map(({ section, name }) => `${section}.${name}`))];
  const touched = legacySecretFields.filter((field) => gone.some((entry) => entry.field === field));
  const changed = touched.map(
    (field) =>
      [
        field,
        rest(
          fields.get(field),
          gone.filter((entry) => entry.field === field),
        ),
      ] as const,
  );
  return { changed: new Map(changed), result: { handedOver: toNames(gone), kept: toNames(kept) } };
}

function legacyEntries(fields: SettingsFields): LegacyEntry[] {
  return legacySecretFields.flatMap((field) =>
    (['provider_tokens', 'custom_secrets'] as const).flatMap((section) =>
      Object.entries(objectOf(fields.get(field), section)).map(([name, value]) => {
        const text = typeof value === 'string' ? value : textOf(value, section === 'provider_tokens' ? 'token' : 'secret');
        return { field, section, name, value, text: text === null || text.trim() === '' ? undefined : text };
      }),
    ),
  );
}

function isStored({ section, name, text, value }: LegacyEntry, stored: LegacySecrets<Exposable>): boolean {
  if (text === undefined) {
    return false;
  }
  if (section === 'provider_tokens') {
    const found = Object.hasOwn(stored.providerTokens, name) ? stored.providerTokens[name] : undefined;
    return found?.token.expose() === text && found.host === textOf(value, 'host') && found.user_id === textOf(value, 'user_id');
  }
  const found = Object.hasOwn(stored.customSecrets, name) ? stored.customSecrets[name] : undefined;
  return found?.secret.expose() === text && (found.description ?? '') === (textOf(value, 'description') ?? '');
}

function rest(store: unknown, gone: readonly LegacyEntry[]): unknown {
  const sections = Object.entries(objectOf(store)).map(([section, entries]) => {
    const names = new Set(gone.filter((entry) => entry.section === section).map(({ name }) => name));
    const left = Object.entries(objectOf(entries)).filter(([name]) => !names.has(name));
    return [section, names.size === 0 ? entries : Object.fromEntries(left)];
  });
  return Object.fromEntries(sections);
}

function objectOf(value: unknown, ...path: readonly string[]): object {
  const [name, ...below] = path;
  if (name !== undefined) {
    const child = Object.entries(objectOf(value)).find(([key]) => key === name)?.[1];
    return objectOf(child, ...below);
  }
  return typeof value === 'object' && value !== null ? value : {};
}

function textOf(value: unknown, name: string): string | null {
  const text: unknown = Object.entries(objectOf(value)).find(([key]) => key === name)?.[1];
  return typeof text === 'string' ? text : null;
}
