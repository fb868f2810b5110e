import type { Command } from 'commander';
import type { CpOptions } from '../actions/cp.ts';
import type { CliContext } from '../cli-context.ts';
import { countParser } from '../count-parser.ts';
import { addFilterOptions, filterHelp } from './add-filter-options.ts';

/** Adds `cp`. */
export function addCpCommand(program: Command, context: CliContext): void {
  addFilterOptions(
    program
      .command('cp')
      .description('Copy a file, or with --recursive a directory, between any two stores.')
      .argument('<from>', 'what to copy; local:DIR/. is what lies in DIR')
      .argument('<to>', 'the copy; a directory, or a URL that ends in /, takes it under its name')
      .option('-r, --recursive', 'directories too, with everything below them')
      .option('--if-absent', 'only where no file is yet; one that is there is named and left alone')
      .option('--concurrency <n>', 'files under way at a time (default: 16)', countParser(1024)),
  )
    .addHelpText('after', examples)
    .action(async (from: string, to: string, options: CpOptions) => {
      const { cp } = await import('../actions/cp.ts');
      await cp(context, from, to, options);
    });
}

const examples = `
Content type and metadata are kept where both stores have them. Each file is copied whole or not at
all; one that fails is named and hinders no other. With --json one object: copied,
bytes, failed.
${filterHelp}

Examples:
  $ oh-storage cp local:data/report.pdf local:backup/
  $ oh-storage cp --recursive local:~/.openhands local:backup/openhands
  $ oh-storage cp --recursive --include '*.json' --exclude cache/ local:data local:backup/data
  $ oh-storage cp --recursive local:data memory:       (reads everything, keeps nothing)`;
