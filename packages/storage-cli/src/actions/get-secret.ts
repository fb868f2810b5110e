import type { CliContext } from '../cli-context.ts';
import { escapeControl } from '../escape-control.ts';
import type { StoreOptions } from '../storage/store-options.ts';
import { toJsonLine } from '../to-json-line.ts';
import { UsageError } from '../usage-error.ts';

/** Options of `secrets get`. */
export interface GetSecretOptions extends StoreOptions {
  /** Says that the value is to be shown. */
  readonly reveal?: boolean | undefined;
}

/** Shows the value of a secret: as it is where the output is no terminal, without what a terminal would act upon where it is one. */
export async function getSecret(context: CliContext, name: string, options: GetSecretOptions): Promise<void> {
  if (options.reveal !== true) {
    throw new UsageError('"secrets get" shows the value; say so with --reveal');
  }
  const { secrets } = await context.openStorage(options);
  const value = (await secrets.getSecret(name, { signal: context.signal })).expose();
  const isTerminal = context.io.columns !== undefined;
  await context.output.write(context.json ? toJsonLine({ name, value }) : isTerminal ? `${escapeControl(value)}\n` : value);
}
