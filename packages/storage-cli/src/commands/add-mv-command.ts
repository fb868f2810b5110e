import type { Command } from 'commander';
import type { MvOptions } from '../actions/mv.ts';
import type { CliContext } from '../cli-context.ts';
import { countParser } from '../count-parser.ts';

/** Adds `mv`. */
export function addMvCommand(program: Command, context: CliContext): void {
  program
    .command('mv')
    .description('Move a file, or with --recursive a directory, within a store or between any two.')
    .argument('<from>', 'what to move; local:DIR/. is what lies in DIR')
    .argument('<to>', 'where it goes; a directory, or a URL that ends in /, takes it under its name')
    .option('-r, --recursive', 'directories too, with everything below them')
    .option('--if-absent', 'only where no file is yet; one that is there with other contents is named, and both stay')
    .option('--concurrency <n>', 'files under way at a time (default: 16)', countParser(1024))
    .addHelpText('after', examples)
    .action(async (from: string, to: string, options: MvOptions) => {
      const { mv } = await import('../actions/mv.ts');
      await mv(context, from, to, options);
    });
}

const examples = `
Within one store it is the store's own move. Between two, each file is copied, what arrived is compared with it, and
it is deleted only in the version that was compared: one that is changed meanwhile is kept and named, and the exit
code is 1. It may be interrupted or killed at any moment: each file is whole at one of the two, and the same command
goes on. Without --if-absent what is there is replaced. Symbolic links stay where they are. With --json one object:
moved, bytes, failed.

Examples:
  $ oh-storage mv local:data/report.pdf local:data/archive/
  $ oh-storage mv --recursive local:data/2024 s3://my-bucket/archive/
  $ oh-storage mv --recursive s3://my-bucket/in s3://my-bucket/done`;
