import { FileStoreError } from '@oh/file-store-core';
import { type ProviderType, providerTypes } from '@oh/secrets-store';
import { suggest } from '@oh/storage';
import type { StoreOptions } from '../storage/store-options.ts';
import { UsageError } from '../usage-error.ts';

/** Options of the commands on secrets, which are those that have a name, or the tokens of providers. */
export interface ProviderOptions extends StoreOptions {
  /** Whether the name is that of a provider, whose token is meant. Default: false. */
  readonly provider?: boolean | undefined;
}

/** The provider that a word names. @throws {UsageError} When there is none of this name. */
export function parseProvider(word: string): ProviderType {
  const provider = providerTypes.find((each) => each === word);
  if (provider === undefined) {
    throw new UsageError(`no provider ${JSON.stringify(word)}${suggest(word, providerTypes)} (known are ${providerTypes.join(', ')})`);
  }
  return provider;
}

/** That there is no token of this provider. */
export function noToken(provider: string): FileStoreError {
  return new FileStoreError('not-found', `no token of the provider ${JSON.stringify(provider)}; see "secrets list"`);
}
