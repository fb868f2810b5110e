import type { Command } from 'commander';
import type { CatOptions } from '../actions/cat.ts';
import type { CliContext } from '../cli-context.ts';
import { parseRange } from '../parse-range.ts';

/** Adds `cat`. */
export function addCatCommand(program: Command, context: CliContext): void {
  program
    .command('cat')
    .description("Write a file's bytes to stdout.")
    .argument('<url>', 'a file')
    .option('--range <start-end>', 'bytes from START up to, not including, END; START- is to the end', parseRange)
    .addHelpText('after', examples)
    .action(async (url: string, options: CatOptions) => {
      const { cat } = await import('../actions/cat.ts');
      await cat(context, url, options);
    });
}

const examples = `
Examples:
  $ oh-storage cat local:data/report.pdf > report.pdf
  $ oh-storage cat --range 0-1024 local:data/big.log`;
