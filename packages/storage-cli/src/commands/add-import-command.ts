import type { Command } from 'commander';
import type { ImportOpenHandsOptions } from '../actions/import-openhands.ts';
import type { CliContext } from '../cli-context.ts';

/** Adds `import` with `openhands`. */
export function addImportCommand(program: Command, context: CliContext): void {
  program
    .command('import')
    .description('Take over the data of other programs.')
    .addHelpText('after', examples)
    .command('openhands')
    .description('Import conversations, events, settings and secrets of OpenHands; without --apply only show what would be done.')
    .argument(
      '<from>',
      'its data folder: of its own server, with sessions/ or openhands.db, or of its agent server or command line, with conversations/',
    )
    .option('--to <url>', 'where it goes (default: OH_STORAGE_URL, or store of the configuration)')
    .option('--database <path>', "the database of OpenHands 1.x, where its events lie elsewhere (default: the folder's openhands.db)")
    .option('--apply', 'do it')
    .addHelpText('after', examples)
    .action(async (from: string, options: ImportOpenHandsOptions) => {
      const { importOpenHandsFolder } = await import('../actions/import-openhands.ts');
      await importOpenHandsFolder(context, from, options);
    });
}

const examples = `
The folder is only read. What is at the target already stays: an import may be
stopped and repeated, and then adds what has come since. What cannot be read is
named on stderr and hides nothing else; an event that cannot be read is stood
for by one that says so, since others refer to it by its number. Secrets, and
keys in settings, are encrypted, and masked in events; where some of them cannot
be read, no conversation is imported. If nothing opens them any more, import a
copy of the folder without their file: in events they then stay as they are.
What opens them is the passphrase in OH_SECRET_KEY or the key file
~/.config/oh-storage/key. Fernet tokens of the agent server are opened with
OH_SECRET_KEY, and those of before a rotation with OH_PREVIOUS_SECRET_KEYS, a
list in JSON. The records of OpenHands 1.x are read from its SQLite database,
openhands.db, while its server may go on; one that lies elsewhere than the
events, as where these are in a bucket, is given with --database. The exit code
is 1 when something of the folder could not be read, or was not imported. With
--json there is one object: { form, dryRun, conversations: { new, present,
damaged }, events, files, settings, secrets, failed }.

Examples:
  $ oh-storage import openhands local:~/.openhands --to local:~/oh-data
  $ oh-storage import openhands local:~/.openhands --to s3://my-bucket/data --apply
  $ oh-storage import openhands s3://events --database ~/.openhands/openhands.db --to local:~/oh-data`;
