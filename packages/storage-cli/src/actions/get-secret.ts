import type { Secret, SecretsStore } from '@oh/secrets-store';
import type { CliContext } from '../cli-context.ts';
import { escapeControl } from '../escape-control.ts';
import { toJsonLine } from '../to-json-line.ts';
import { UsageError } from '../usage-error.ts';
import { noToken, type ProviderOptions } from './provider-option.ts';

/** Options of `secrets get`. */
export interface GetSecretOptions extends ProviderOptions {
  /** Says that the value is to be shown. */
  readonly reveal?: boolean | undefined;
}

/** Shows the value of a secret: as it is where the output is no terminal, without what a terminal would act upon where it is one. */
export async function getSecret(context: CliContext, name: string, options: GetSecretOptions): Promise<void> {
  if (options.reveal !== true) {
    throw new UsageError('"secrets get" shows the value; say so with --reveal');
  }
  const { secrets } = await context.openStorage(options);
  const { signal } = context;
  const secret = options.provider === true ? await getToken(secrets, name, signal) : await secrets.getSecret(name, { signal });
  const value = secret.expose();
  const isTerminal = context.io.columns !== undefined;
  await context.output.write(context.json ? toJsonLine({ name, value }) : isTerminal ? `${escapeControl(value)}\n` : value);
}

/** The token of a provider of whatever version. */
async function getToken(store: SecretsStore, provider: string, signal: AbortSignal): Promise<Secret> {
  const secrets = await store.load({ signal });
  const token = secrets?.providerTokens[provider]?.token;
  if (token === undefined) {
    const unreadable = secrets?.unreadable.find(({ section, name }) => section === 'provider_tokens' && name === provider);
    throw unreadable?.error ?? noToken(provider);
  }
  return token;
}
