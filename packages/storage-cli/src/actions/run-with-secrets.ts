import type { UserSecrets } from '@oh/secrets-store';
import type { CliContext } from '../cli-context.ts';
import type { StoreOptions } from '../storage/store-options.ts';
import { UsageError } from '../usage-error.ts';

/** What is neither empty nor would be read as another name, or cut off. */
const variableName = /^[^=\0]+$/;

/** Runs a program with all secrets in its environment, or, when one of them cannot be read, not at all. */
export async function runWithSecrets(context: CliContext, program: readonly [string, ...string[]], options: StoreOptions): Promise<void> {
  const { io, note, signal } = context;
  if (io.runProgram === undefined) {
    throw new UsageError('"secrets run" is for the command line');
  }
  const { secrets } = await context.openStorage(options);
  const loaded = await secrets.load({ signal });
  const [unreadable] = loaded?.unreadable ?? [];
  if (unreadable !== undefined) {
    throw unreadable.error;
  }
  const variables = Object.entries(loaded === null ? {} : toVariables(loaded));
  const usable = variables.filter(([name, value]) => variableName.test(name) && !value.includes('\0'));
  if (usable.length < variables.length) {
    note(`${variables.length - usable.length} of the secrets cannot be variables, for their names or values, and are left out`);
  }
  context.exitWith(await io.runProgram(program, { ...io.env, ...Object.fromEntries(usable) }, { signal }));
}

function toVariables(secrets: UserSecrets): Readonly<Record<string, string>> {
  return { ...secrets.getProviderEnvVars(), ...secrets.getEnvVars() };
}
