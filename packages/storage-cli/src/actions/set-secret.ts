import type { CliContext } from '../cli-context.ts';
import { readSecret } from '../read-secret.ts';
import type { StoreOptions } from '../storage/store-options.ts';
import { toJsonLine } from '../to-json-line.ts';

/** Options of `secrets set`. */
export interface SetSecretOptions extends StoreOptions {
  /** What the secret is for. Default: that of the secret it replaces. */
  readonly description?: string | undefined;
}

/** Creates or replaces a secret, whose value is read from the terminal or from stdin. */
export async function setSecret(context: CliContext, name: string, options: SetSecretOptions): Promise<void> {
  const { signal } = context;
  const { secrets } = await context.openStorage(options, 'write');
  await secrets.setSecret(name, await readSecret(context, `secret ${JSON.stringify(name)}`), options.description, { signal });
  context.note(`stored the secret ${JSON.stringify(name)}`);
  if (context.json) {
    await context.output.write(toJsonLine({ name }));
  }
}
