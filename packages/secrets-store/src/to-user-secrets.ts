import { FileStoreError } from '@oh/file-store-core';
import type { Secret } from './secret.ts';
import { type CustomSecret, type ProviderToken, type SecretsSection, type UnreadableSecret, UserSecrets } from './user-secrets.ts';

/** A secret that is stored, or why it cannot be read. */
export interface ReadSecret {
  readonly section: SecretsSection;
  readonly name: string;
  readonly value: Secret | FileStoreError;
  /** What is stored beside it. */
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** Puts together what was read. */
export function toUserSecrets(secrets: readonly ReadSecret[]): UserSecrets {
  const providerTokens: [string, ProviderToken][] = [];
  const customSecrets: [string, CustomSecret][] = [];
  const unreadable: UnreadableSecret[] = [];
  for (const { section, name, value, attributes } of secrets) {
    if (value instanceof FileStoreError) {
      unreadable.push({ section, name, error: value });
    } else if (section === 'custom_secrets') {
      customSecrets.push([name, { secret: value, description: textOf(attributes, 'description') }]);
    } else {
      providerTokens.push([name, { token: value, host: textOf(attributes, 'host'), user_id: textOf(attributes, 'user_id') }]);
    }
  }
  return new UserSecrets({
    providerTokens: Object.fromEntries(providerTokens),
    customSecrets: Object.fromEntries(customSecrets),
    unreadable,
  });
}

function textOf(attributes: Readonly<Record<string, unknown>>, field: string): string | null {
  const value = attributes[field];
  return typeof value === 'string' ? value : null;
}
