import type { Command } from 'commander';
import type { RmOptions } from '../actions/rm.ts';
import type { CliContext } from '../cli-context.ts';

/** Adds `rm`. */
export function addRmCommand(program: Command, context: CliContext): void {
  program
    .command('rm')
    .description('Remove files, and with --recursive directories. The root of a store is never removed.')
    .argument('<url...>', 'what to remove')
    .option('-r, --recursive', 'directories too, with everything below them')
    .option('-f, --force', 'what is missing is no error')
    .addHelpText('after', examples)
    .action(async (urls: readonly string[], options: RmOptions) => {
      const { rm } = await import('../actions/rm.ts');
      await rm(context, urls, options);
    });
}

const examples = `
What cannot be removed is told, and the others are removed all the same. Directories that the working or the
home directory lies in are refused. With --recursive a slash at the end means the directory, and not a file of its
name beside it. With --json a line for each that was removed: url.

Examples:
  $ oh-storage rm local:data/old.log local:data/older.log
  $ oh-storage rm --recursive local:data/cache`;
