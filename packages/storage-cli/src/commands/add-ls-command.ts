import type { Command } from 'commander';
import type { LsOptions } from '../actions/ls.ts';
import type { CliContext } from '../cli-context.ts';
import { countParser } from '../count-parser.ts';

/** Adds `ls`. */
export function addLsCommand(program: Command, context: CliContext): void {
  program
    .command('ls')
    .description('List a directory: size in bytes, time of the last change in UTC, path from the URL.')
    .argument('<url>', 'a directory or a file')
    .option('-r, --recursive', 'all files below it')
    .option('--limit <n>', 'at most so many entries', countParser())
    .addHelpText('after', examples)
    .action(async (url: string, options: LsOptions) => {
      const { ls } = await import('../actions/ls.ts');
      await ls(context, url, options);
    });
}

const examples = `
The order is that of the store: by the bytes of the paths. With --json a line for each entry: kind, path, size, version,
modifiedAt. A directory below it that may not be read is named in the end, and makes the exit code 1.

Examples:
  $ oh-storage ls local:~/.openhands
  $ oh-storage ls --recursive --json local:data | jq -r .path`;
