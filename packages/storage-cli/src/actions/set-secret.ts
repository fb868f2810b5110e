import type { SecretsStore } from '@oh/secrets-store';
import type { CliContext } from '../cli-context.ts';
import { readSecret } from '../read-secret.ts';
import { toJsonLine } from '../to-json-line.ts';
import { UsageError } from '../usage-error.ts';
import { type ProviderOptions, parseProvider } from './provider-option.ts';
import { isPlain } from './require-keys.ts';

/** Options of `secrets set`. */
export interface SetSecretOptions extends ProviderOptions {
  /** What the secret is for. Default: that of the secret it replaces. */
  readonly description?: string | undefined;
  /** The host of the provider. Default: that of the token it replaces. */
  readonly host?: string | undefined;
}

/** Creates or replaces a secret, whose value is read from the terminal or from stdin. */
export async function setSecret(context: CliContext, name: string, options: SetSecretOptions): Promise<void> {
  const { provider: isToken = false, description, host } = options;
  if (isToken ? description !== undefined : host !== undefined) {
    throw new UsageError(isToken ? 'the token of a provider has no --description' : '--host belongs to --provider');
  }
  const provider = isToken ? parseProvider(name) : undefined;
  const { signal } = context;
  const what = `${provider === undefined ? 'secret' : 'token of the provider'} ${JSON.stringify(name)}`;
  const value = await readSecret(context, what);
  // Only now: while somebody types, no other command has to wait.
  const storage = await context.openStorage(options, 'write');
  if (provider === undefined) {
    await storage.secrets.setSecret(name, value, description, { signal });
  } else {
    await setToken(storage.secrets, provider, { token: value, host }, signal);
  }
  context.note(`stored the ${what}${isPlain(storage) ? ', in plain text: OpenHands, whose folder this is, reads no other' : ''}`);
  if (context.json) {
    await context.output.write(toJsonLine({ name }));
  }
}

/** Keeps the host and the user's id that are stored with the token it replaces. */
async function setToken(
  secrets: SecretsStore,
  provider: ReturnType<typeof parseProvider>,
  { token, host }: { readonly token: string; readonly host: string | undefined },
  signal: AbortSignal,
): Promise<void> {
  await secrets.update(
    (current) => {
      const { host: storedHost = null, user_id = null } = current.providerTokens[provider] ?? {};
      return current.withProviderToken(provider, { token, host: host ?? storedHost, user_id });
    },
    { signal },
  );
}
