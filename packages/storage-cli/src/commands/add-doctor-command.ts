import type { Command } from 'commander';
import type { DoctorOptions } from '../actions/doctor.ts';
import type { CliContext } from '../cli-context.ts';
import { addStoreOptions } from './add-store-options.ts';

/** Adds `doctor`. */
export function addDoctorCommand(program: Command, context: CliContext): void {
  addStoreOptions(
    program
      .command('doctor')
      .description(
        'Look at a store and tell what is wrong: permissions, stale files, damaged records, keys, the index, outboxes, the server.',
      )
      .option('--fix', 'do what is safe: chmod, move stale files to .oh-quarantine/, bring the index up to date; nothing is deleted')
      .addHelpText('after', examples)
      .action(async (options: DoctorOptions) => {
        const { doctor } = await import('../actions/doctor.ts');
        await doctor(context, options);
      }),
  );
}

const examples = `
Every record, event, setting and secret is read. Without --fix nothing is
changed, but for a small file that is written to a bucket and deleted again. Each
finding has a severity: error (data is lost, or programs stop), warning (it may
come to that), info; where it is; and what to do. With --json a line for each:
{ severity, check, path, message, advice, fixed, fixFailed }.
The exit code is 1 when an error is left, else 0.

Examples:
  $ oh-storage doctor
  $ oh-storage doctor --store s3://my-bucket/openhands --json | jq 'select(.severity == "error")'
  $ oh-storage doctor --store local:~/.openhands --fix`;
