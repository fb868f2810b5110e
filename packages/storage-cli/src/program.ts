import { Command, CommanderError } from 'commander';
import type { CliContext } from './cli-context.ts';
import { addCatCommand } from './commands/add-cat-command.ts';
import { addConversationsCommand } from './commands/add-conversations-command.ts';
import { addCpCommand } from './commands/add-cp-command.ts';
import { addLsCommand } from './commands/add-ls-command.ts';
import { addPutCommand } from './commands/add-put-command.ts';
import { addRmCommand } from './commands/add-rm-command.ts';
import { addStatCommand } from './commands/add-stat-command.ts';
import type { StoreScheme } from './locations/store-scheme.ts';
import { readPackageVersion } from './read-package-version.ts';

/**
 * Makes the command line program, which throws where commander would end the process.
 *
 * @param showText Takes help texts.
 */
export function createProgram(context: CliContext, schemes: readonly StoreScheme[], showText: (text: string) => void): Command {
  const program = new Command('oh-storage')
    .description('Look into, copy and change agent data on any backend.')
    .option('--debug', 'show the stack and the causes of an error; also OH_DEBUG=1')
    .option('-V, --version', 'show the version')
    .addHelpText('after', () => describeConventions(schemes))
    .exitOverride()
    .configureOutput({ writeOut: showText, writeErr: () => undefined, getOutHelpWidth: () => context.io.columns ?? 100 })
    .on('option:version', () => {
      showText(`${readPackageVersion()}\n`);
      throw new CommanderError(0, 'commander.version', 'the version was shown');
    });
  for (const addCommand of commands) {
    addCommand(program, context);
  }
  return program;
}

const commands = [addLsCommand, addCatCommand, addPutCommand, addRmCommand, addCpCommand, addStatCommand, addConversationsCommand];

function describeConventions(schemes: readonly StoreScheme[]): string {
  const urls = schemes.map(({ usage, summary }) => `  ${usage.padEnd(15)} ${summary}`);
  return `
Store URLs:
${urls.join('\n')}

Data goes to stdout, errors and notes to stderr. Exit codes: 0 done, 1 failed,
2 wrong command line, 130 interrupted.

Examples:
  $ oh-storage ls local:~/.openhands
  $ oh-storage cat local:notes.txt
  $ oh-storage conversations list --store local:~/.openhands`;
}
