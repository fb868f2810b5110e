import type { Command } from 'commander';
import type { SyncOptions } from '../actions/sync.ts';
import type { CliContext } from '../cli-context.ts';
import { countParser } from '../count-parser.ts';
import { addFilterOptions, filterHelp } from './add-filter-options.ts';

/** Adds `sync`. */
export function addSyncCommand(program: Command, context: CliContext): void {
  addFilterOptions(
    program
      .command('sync')
      .description('Make one directory the same as another, of any two stores: what is new or differs is copied.')
      .argument('<from>', 'the directory whose files count')
      .argument('<to>', 'the directory that becomes the same'),
  )
    .option('--delete', 'delete what lies at the target alone; nothing, when anything failed')
    .option('--allow-empty', 'with --delete: also when there is nothing at the source, as when its disk is not mounted')
    .option('-n, --dry-run', 'show what would be done, and do nothing')
    .option('-c, --checksum', 'compare the contents of all files of the same size')
    .option('--concurrency <n>', 'files under way at a time (default: 16)', countParser(1024))
    .addHelpText('after', examples)
    .action(async (from: string, to: string, options: SyncOptions) => {
      const { sync } = await import('../actions/sync.ts');
      await sync(context, from, to, options);
    });
}

const examples = `
A file is left alone only when it is known to be the same: its versions on both
sides are those that an earlier run has copied or compared, as .oh-sync/ at the
target says, or its contents are read and are the same. Times count for nothing.

A file is written only over what was listed. What others change at the target
meanwhile fails, is named, and is left as it is; the exit code is then 1. It may
be interrupted at any moment: run it again. Symbolic links are left out, and what
lies in their place at the target is never deleted. With --json there is one
object with the counts; with --dry-run a line for each change before it.
${filterHelp}
What is left out is not deleted at TO either.

Examples:
  $ oh-storage sync local:~/.openhands s3://my-bucket/openhands
  $ oh-storage sync --delete --dry-run local:data local:copy
  $ oh-storage sync --delete --exclude '*.tmp' --exclude /cache/ local:data s3://my-bucket/data
  $ oh-storage sync --checksum s3://my-bucket/data local:copy`;
