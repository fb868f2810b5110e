import type { CliContext } from './cli-context.ts';
import { escapeControl } from './escape-control.ts';
import { UsageError } from './usage-error.ts';

/**
 * Lets the user confirm what cannot be undone: `--yes`, or `y` at the terminal.
 *
 * @param what What is about to be done, as in `delete 3 conversations`.
 * @throws {UsageError} Where nobody can be asked. @throws {Error} `cancelled` when the answer is anything else.
 */
export async function confirm({ io, signal }: CliContext, what: string, yes: boolean | undefined): Promise<void> {
  if (yes === true) {
    return;
  }
  if (io.ask === undefined) {
    throw new UsageError(`this would ${what}, and there is no terminal to ask at; say so with --yes`);
  }
  const answer = await io.ask(`This will ${escapeControl(what)}. Go on? [y/N] `, { hidden: false, signal });
  if (!/^y(es)?$/i.test(answer.trim())) {
    throw new Error('[cancelled] nothing was changed');
  }
}
