import { FileStoreError } from '@oh/file-store-core';
import type { ReadSecret } from './stored-secrets.ts';
import { type CustomSecret, type ProviderToken, type UnreadableSecret, UserSecrets } from './user-secrets.ts';

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
