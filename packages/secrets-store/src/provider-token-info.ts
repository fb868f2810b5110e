import type { ProviderTokenInfo } from './secrets-store.ts';

/** What the fields beside a stored token tell. */
export function toProviderTokenInfo(provider: string, { host, user_id }: Readonly<Record<string, unknown>>): ProviderTokenInfo {
  return { provider, host: typeof host === 'string' ? host : null, user_id: typeof user_id === 'string' ? user_id : null };
}
