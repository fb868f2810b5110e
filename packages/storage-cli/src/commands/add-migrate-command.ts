import { type Command, Option } from 'commander';
import type { MigrateOptions } from '../actions/migrate.ts';
import type { CliContext } from '../cli-context.ts';
import { countParser } from '../count-parser.ts';
import { layoutNames } from '../storage/store-options.ts';

/** Adds `migrate`. */
export function addMigrateCommand(program: Command, context: CliContext): void {
  program
    .command('migrate')
    .description('Copy a whole store to another, and compare everything in the end.')
    .requiredOption('--from <url>', 'the store that is left as it is')
    .requiredOption('--to <url>', 'the store that takes its place')
    .addOption(new Option('--from-layout <name>', 'how the conversations lie, where that is to change').choices(layoutNames))
    .addOption(new Option('--to-layout <name>', 'how they are to lie').choices(layoutNames))
    .option('--concurrency <n>', 'files under way at a time (default: 16)', countParser(1024))
    .addHelpText('after', examples)
    .action(async (options: MigrateOptions) => {
      const { migrate } = await import('../actions/migrate.ts');
      await migrate(context, options);
    });
}

const examples = `
It may be interrupted or killed at any moment: run it again and it goes on where
it was, as .oh-sync/ at the target says, which is removed when all is verified.
Every file is read again at both stores and compared. Stop the programs that
write to the source first: what they change meanwhile is named in the end.
With layouts, conversations and events are read and written as records and not as
files; the others lie alike in both, and are copied. What cannot be read is named
and left behind, all else is migrated, and the exit code is 1. With --json one
object with the counts.

Examples:
  $ oh-storage migrate --from local:~/.openhands --to s3://my-bucket/openhands
  $ oh-storage migrate --from s3://my-bucket/openhands --to gs://other/openhands
  $ oh-storage migrate --from local:~/.openhands --from-layout sessions --to local:data --to-layout home`;
