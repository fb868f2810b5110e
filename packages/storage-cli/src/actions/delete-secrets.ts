import { FileStoreError } from '@oh/file-store-core';
import type { SecretsStore } from '@oh/secrets-store';
import type { CliContext } from '../cli-context.ts';
import { confirm } from '../confirm.ts';
import { toJsonLine } from '../to-json-line.ts';
import { doEach } from './do-each.ts';
import { noToken, type ProviderOptions } from './provider-option.ts';

/** Options of `secrets delete`. */
export interface DeleteSecretsOptions extends ProviderOptions {
  /** Asks nothing. */
  readonly yes?: boolean | undefined;
}

/**
 * Deletes secrets. One that cannot be deleted does not stop the others.
 *
 * @throws {AggregateError} Of all that are not there or could not be deleted.
 */
export async function deleteSecrets(context: CliContext, names: readonly string[], options: DeleteSecretsOptions): Promise<void> {
  const { signal } = context;
  const [one, many] = options.provider === true ? ['the token of the provider', 'tokens of providers'] : ['the secret', 'secrets'];
  const what = names.length === 1 ? `${one} ${JSON.stringify(names[0])}` : `${names.length} ${many}`;
  await confirm(context, `delete ${what} for ever`, options.yes);
  // Only now: while somebody thinks it over, no other command has to wait.
  const { secrets } = await context.openStorage(options, 'write');
  const remove = options.provider === true ? await tokenDeletion(secrets, signal) : await secretDeletion(secrets, signal);
  await doEach(names, async (name) => {
    await remove(name);
    if (context.json) {
      await context.output.write(toJsonLine({ name }));
    }
  });
}

async function secretDeletion(secrets: SecretsStore, signal: AbortSignal): Promise<(name: string) => Promise<void>> {
  const known = new Set((await secrets.list({ signal })).map(({ name }) => name));
  return async (name) => {
    if (!known.has(name)) {
      throw new FileStoreError('not-found', `no secret ${JSON.stringify(name)}; see "secrets list"`);
    }
    await secrets.deleteSecret(name, { signal });
  };
}

async function tokenDeletion(secrets: SecretsStore, signal: AbortSignal): Promise<(provider: string) => Promise<void>> {
  const known = new Set((await secrets.listProviderTokens({ signal })).map(({ provider }) => provider));
  return async (provider) => {
    if (!known.has(provider)) {
      throw noToken(provider);
    }
    await secrets.deleteProviderToken(provider, { signal });
  };
}
