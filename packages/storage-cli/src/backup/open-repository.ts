import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { BackupKey, BackupRepository } from '@oh/backup';
import { type FileStore, FileStoreError, raceAbort, withPrefix } from '@oh/file-store-core';
import type { CliContext } from '../cli-context.ts';
import type { Location } from '../locations/location.ts';
import { UsageError } from '../usage-error.ts';

/** Options of every command on backups. */
export interface BackupOptions {
  /** The file with the passphrase. Default: the variable, else it is asked for. */
  readonly passphraseFile?: string | undefined;
}

/** How a repository is opened. */
export interface OpenRepositoryOptions extends BackupOptions {
  /** Whether one that is made is to be encrypted in any case. Default: when there is a passphrase. */
  readonly encrypt?: boolean | undefined;
  /** Whether one that is not there is made: its passphrase is not asked for where not. Default: it is. */
  readonly dryRun?: boolean | undefined;
}

/** A repository that the user named. */
export interface OpenedRepository {
  readonly location: Location;
  readonly repository: BackupRepository;
}

const variable = 'OH_BACKUP_PASSPHRASE';

/** Opens the repository at a URL with its passphrase, which is asked for when it is needed and nowhere else. */
export async function openRepository(context: CliContext, url: string, options: OpenRepositoryOptions): Promise<OpenedRepository> {
  const location = await context.locations.open(url, 'directory');
  const files = location.path === '' ? location.store : withPrefix(location.store, location.path);
  const { BackupRepository } = await import('@oh/backup');
  const key = await findKey(context, files, options);
  return { location, repository: new BackupRepository({ files, key }) };
}

async function findKey(context: CliContext, files: FileStore, options: OpenRepositoryOptions): Promise<BackupKey | undefined> {
  const { BackupRepository } = await import('@oh/backup');
  const protectedBy = await new BackupRepository({ files }).protectedBy({ signal: context.signal });
  const isNew = protectedBy === undefined;
  if (options.encrypt === true && protectedBy === null) {
    throw new FileStoreError('invalid-argument', 'the repository is there, and not encrypted; make an encrypted one in another place');
  }
  const isNeeded = isNew ? options.encrypt === true : protectedBy !== null;
  const given = await readGiven(context, options);
  // What is sealed with any passphrase has the same size.
  const text = given ?? (isNew && isNeeded && options.dryRun === true ? randomUUID() : await ask(context, isNeeded, isNew));
  if (text === undefined) {
    return undefined;
  }
  const { Passphrase } = await import('@oh/secrets-store');
  return new Passphrase(text);
}

async function readGiven({ io, signal }: CliContext, { passphraseFile }: BackupOptions): Promise<string | undefined> {
  if (passphraseFile === undefined) {
    return io.env[variable] || undefined;
  }
  // It may be a pipe, and silent.
  const text = (await raceAbort(readFile(resolve(io.cwd, passphraseFile), 'utf8'), signal)).replace(/\r?\n$/, '');
  if (text === '') {
    throw new UsageError(`the file ${JSON.stringify(passphraseFile)} has no passphrase`);
  }
  return text;
}

async function ask({ io, signal }: CliContext, isNeeded: boolean, isNew: boolean): Promise<string | undefined> {
  if (!isNeeded) {
    return undefined;
  }
  if (io.ask === undefined) {
    const what = isNew ? 'a repository is to be encrypted' : 'the repository is encrypted';
    throw new UsageError(`${what}: give its passphrase in ${variable} or with --passphrase-file; there is no terminal to ask at`);
  }
  const text = await io.ask(isNew ? 'New passphrase of the repository: ' : 'Passphrase of the repository: ', { hidden: true, signal });
  if (isNew && text !== (await io.ask('The same once more: ', { hidden: true, signal }))) {
    throw new UsageError('the two passphrases differ; nothing was made');
  }
  if (text === '') {
    throw new UsageError('the passphrase is empty');
  }
  return text;
}
