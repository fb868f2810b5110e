import { type Command, Option } from 'commander';
import type { CatBackupOptions } from '../actions/cat-backup.ts';
import type { CreateBackupOptions } from '../actions/create-backup.ts';
import type { LsBackupOptions } from '../actions/ls-backup.ts';
import type { PruneBackupsOptions } from '../actions/prune-backups.ts';
import type { RestoreBackupOptions } from '../actions/restore-backup.ts';
import type { VerifyBackupsOptions } from '../actions/verify-backups.ts';
import type { BackupOptions } from '../backup/open-repository.ts';
import type { CliContext } from '../cli-context.ts';
import { countParser } from '../count-parser.ts';
import { parseAge } from '../parse-age.ts';
import { parseInstant } from '../parse-instant.ts';
import { parseVerifyLevel } from '../parse-verify-level.ts';
import { addFilterOptions, filterHelp } from './add-filter-options.ts';

/** Adds `backup` with `create`, `list`, `ls`, `cat`, `diff`, `restore`, `verify` and `prune`. */
export function addBackupCommand(program: Command, context: CliContext): void {
  const backup = program
    .command('backup')
    .description('Back up any directory into a repository: deduplicated, compressed, encrypted with a passphrase, checked.')
    .addHelpText('after', examples);
  addCreateCommand(backup, context);
  addListCommand(backup, context);
  addLsCommand(backup, context);
  addCatCommand(backup, context);
  addDiffCommand(backup, context);
  addRestoreCommand(backup, context);
  addVerifyCommand(backup, context);
  addPruneCommand(backup, context);
}

function addCreateCommand(backup: Command, context: CliContext): void {
  addFilterOptions(
    withRepository(
      backup
        .command('create')
        .description('Back a directory up; the repository is made where nothing is yet. What has not changed is not read again.')
        .argument('<from>', 'what to back up'),
    ),
  )
    .option('-n, --dry-run', 'read everything, show what would be stored and left out, and write nothing, no repository either')
    .option('--encrypt', 'make the repository encrypted; the passphrase is asked for when it is in no variable and no file')
    .option('--include-plain-secrets', 'take secrets in clear into a repository that is not encrypted')
    .option('--allow-empty', 'also when the source is empty and its last snapshot is not, as when its disk is not mounted')
    .option(
      '--name <text>',
      'names what is backed up, its source, for the next backup of the same (default: the computer and where it lies)',
    )
    .addHelpText('after', createExamples)
    .action(async (from: string, repository: string, options: CreateBackupOptions) => {
      const { createBackup } = await import('../actions/create-backup.ts');
      await createBackup(context, from, repository, options);
    });
}

function addListCommand(backup: Command, context: CliContext): void {
  withRepository(backup.command('list').description('List the snapshots, oldest first.'))
    .addHelpText('after', `\nWith --json a line for each: id, createdAt, source, files, bytes, storedBytes and so on.\n${examples}`)
    .action(async (repository: string, options: BackupOptions) => {
      const { listBackups } = await import('../actions/list-backups.ts');
      await listBackups(context, repository, options);
    });
}

function addLsCommand(backup: Command, context: CliContext): void {
  withSnapshot(withRepository(backup.command('ls').description('List the files of a snapshot; no contents are read.')))
    .argument('[path]', 'a directory or a file of it (default: its root)')
    .option('-r, --recursive', 'all files below it')
    .addHelpText('after', lsExamples)
    .action(async (repository: string, path: string | undefined, options: LsBackupOptions) => {
      const { lsBackup } = await import('../actions/ls-backup.ts');
      await lsBackup(context, repository, path, options);
    });
}

function addCatCommand(backup: Command, context: CliContext): void {
  withSnapshot(withRepository(backup.command('cat').alias('dump').description('Write a file of a snapshot to stdout.')))
    .argument('<path>', 'the file, as "backup ls" shows it')
    .addHelpText('after', catExamples)
    .action(async (repository: string, path: string, options: CatBackupOptions) => {
      const { catBackup } = await import('../actions/cat-backup.ts');
      await catBackup(context, repository, path, options);
    });
}

function addDiffCommand(backup: Command, context: CliContext): void {
  withRepository(backup.command('diff').description('Show which files one snapshot has otherwise than another.'))
    .argument('<before>', 'the first digits of the id of a snapshot, or latest')
    .argument('<after>', 'likewise')
    .addHelpText('after', diffExamples)
    .action(async (repository: string, before: string, after: string, options: BackupOptions) => {
      const { diffBackups } = await import('../actions/diff-backups.ts');
      await diffBackups(context, repository, before, after, options);
    });
}

function addRestoreCommand(backup: Command, context: CliContext): void {
  addFilterOptions(
    withSnapshot(
      withRepository(
        backup.command('restore').description('Bring the files of a snapshot back, into an empty place or beside what is there.'),
      ),
    ),
  )
    .argument('<to>', 'the directory they are written to')
    .option('--path <path>', 'one file or directory of it (default: all)')
    .option('--overwrite', 'replace files that are there with other contents')
    .addHelpText('after', restoreExamples)
    .action(async (repository: string, to: string, options: RestoreBackupOptions) => {
      const { restoreBackup } = await import('../actions/restore-backup.ts');
      await restoreBackup(context, repository, to, options);
    });
}

function addVerifyCommand(backup: Command, context: CliContext): void {
  withRepository(backup.command('verify').description('Look for damage in a repository.'))
    .addOption(new Option('--level <level>', 'structure, a share of the contents such as 1/30, or all').argParser(parseVerifyLevel))
    .addHelpText('after', verifyExamples)
    .action(async (repository: string, options: VerifyBackupsOptions) => {
      const { verifyBackups } = await import('../actions/verify-backups.ts');
      await verifyBackups(context, repository, options);
    });
}

function addPruneCommand(backup: Command, context: CliContext): void {
  withRepository(backup.command('prune').description('Remove old snapshots, and a grace period later what only they needed.'))
    .option('--older-than <age>', 'snapshots from before, such as 30d or 2026-01-01 (default: none)', parseInstant)
    .option('--keep-latest <n>', 'so many of each source stay whatever their age (default: 1)', countParser())
    .option('--keep-daily <n>', 'of so many of the latest days that have some the newest of each source stays too', countParser())
    .option('--keep-weekly <n>', 'the same of weeks, from Monday on', countParser())
    .option('--keep-monthly <n>', 'the same of months', countParser())
    .option('--grace <age>', 'how long what is not needed stays, longer than any backup takes (default: 1d)', parseAge)
    .option('-n, --dry-run', 'show what would be done, and do nothing')
    .option('-y, --yes', 'do not ask')
    .addHelpText('after', pruneExamples)
    .action(async (repository: string, options: PruneBackupsOptions) => {
      const { pruneBackups } = await import('../actions/prune-backups.ts');
      await pruneBackups(context, repository, options);
    });
}

function withSnapshot(command: Command): Command {
  return command.option('--snapshot <id>', 'the first digits of its id; latest is the newest, where all are of one source', 'latest');
}

function withRepository(command: Command): Command {
  return command
    .argument('<repository>', 'the directory with the backups, of any store')
    .option(
      '--passphrase-file <file>',
      'the passphrase of the repository is in this file (default: OH_BACKUP_PASSPHRASE, else it is asked for)',
    );
}

const examples = `
The passphrase of an encrypted repository comes from OH_BACKUP_PASSPHRASE, from --passphrase-file, or from a
prompt; never from an argument, which every process of the computer can see. Without it all is lost.

Examples:
  $ oh-storage backup create --encrypt local:~/.openhands s3://my-bucket/backups
  $ oh-storage backup list s3://my-bucket/backups
  $ oh-storage backup ls s3://my-bucket/backups
  $ oh-storage backup verify s3://my-bucket/backups
  $ oh-storage backup restore s3://my-bucket/backups local:restored
  $ oh-storage backup prune --older-than 30d s3://my-bucket/backups`;

const createExamples = `
It may run while others write: each file is taken in one version, and a conversation as it was at one moment.
Files with secrets in clear (settings.json, secrets.json, config.toml, .jwt_secret) go into an encrypted repository
only. What is left out for that, and what cannot be read, is named, the rest is backed up, and the exit code is 1: say
--include-plain-secrets, or --exclude what is not wanted. With --json there is one object: the snapshot, with leftOut.
${filterHelp}
A snapshot has nothing of what was left out, and does not say so.

Examples:
  $ oh-storage backup create --encrypt local:~/.openhands local:/mnt/backups
  $ oh-storage backup create --dry-run local:~/.openhands local:/mnt/backups
  $ oh-storage backup create --exclude '*.tmp' --exclude /cache/ local:~/.openhands local:/mnt/backups
  $ OH_BACKUP_PASSPHRASE=... oh-storage backup create local:~/.openhands s3://my-bucket/backups`;

const lsExamples = `
Paths are shown from the root of what was backed up, in the order of their bytes, as "backup cat" and "backup restore
--path" take them. With --json a line for each entry: kind, path, size, version, modifiedAt, contentType, metadata. A
part of the list that is damaged is told in the end, and makes the exit code 1.

Examples:
  $ oh-storage backup ls local:/mnt/backups
  $ oh-storage backup ls --recursive --snapshot 2eb531d6 local:/mnt/backups conversations/c1`;

const catExamples = `
What is damaged is never written: each part is compared with its SHA-256 before.

Examples:
  $ oh-storage backup cat local:/mnt/backups settings.json
  $ oh-storage backup cat --snapshot 2eb531d6 local:/mnt/backups conversations/c1/meta.json | jq .`;

const diffExamples = `
A line for each file that was added, removed or changed, with its sizes in bytes before and after, then the sums.
Contents count, and content type and metadata; times do not. With --json a line for each: change, path, before, after;
then one object with the sums. Differences are no error.

Examples:
  $ oh-storage backup diff local:/mnt/backups 2eb531d6 latest`;

const restoreExamples = `
A file that is there with other contents is left, named, and makes the exit code 1, as does one that is lost or
that the target does not take. It may be interrupted and repeated: what is there already is only compared. With
--json there is one object with the counts.
All of a conversation is what --include "ID/" takes, wherever it lies: OpenHands itself keeps its events apart from its record. One that was deleted
stays so: restore it to a place of its own, and take it from there with "conversations export" and "conversations import".
${filterHelp.replace('FROM', 'the snapshot')}

Examples:
  $ oh-storage backup restore local:/mnt/backups local:restored
  $ oh-storage backup restore --snapshot 2eb531d6 --include 6b4cb2424a23d5962217beaddbc496cb/ local:/mnt/backups local:one`;

const verifyExamples = `
  structure  snapshots and lists are read; everything that they name is there
  1/30       besides, every byte of a thirtieth of the contents: one each day is all in a month
  all        every byte of everything (default)

The exit code is 1 when anything is wrong; what is damaged and what is lost with it is named. With --json there is
one object.

Examples:
  $ oh-storage backup verify local:/mnt/backups
  $ oh-storage backup verify --level 7/30 s3://my-bucket/backups`;

const pruneExamples = `
Run it regularly: a run marks what no snapshot needs, and deletes what an earlier one marked a grace period ago.
Backups may run meanwhile. With --json there is one object.

Examples:
  $ oh-storage backup prune --older-than 30d --keep-latest 3 --dry-run local:/mnt/backups
  $ oh-storage backup prune --older-than 30d --keep-latest 3 --yes local:/mnt/backups
  $ oh-storage backup prune --older-than 2d --keep-daily 7 --keep-weekly 4 --keep-monthly 12 --yes local:/mnt/backups`;
