import type { CliContext } from './cli-context.ts';
import { toCliError } from './to-cli-error.ts';
import { UsageError } from './usage-error.ts';

/**
 * Tells on stderr what went wrong, one line for each error.
 *
 * @param debug Whether the stacks and the causes are told too.
 * @returns The exit code.
 */
export function reportError(error: unknown, context: CliContext, debug: boolean): number {
  const errors: readonly unknown[] = error instanceof AggregateError ? error.errors : [error];
  for (const each of errors) {
    context.warn(toCliError(each).message);
    if (debug) {
      noteStacks(each, context);
    }
  }
  return error instanceof UsageError ? 2 : 1;
}

function noteStacks(error: unknown, context: CliContext): void {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    for (const line of (cause.stack ?? '').split('\n')) {
      context.warn(`[debug] ${line}`);
    }
  }
}
