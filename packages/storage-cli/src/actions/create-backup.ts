import { hostname } from 'node:os';
import type { CreatedSnapshot } from '@oh/backup';
import { FileStoreError, withPrefix } from '@oh/file-store-core';
import { type OpenRepositoryOptions, openRepository } from '../backup/open-repository.ts';
import { showProgress } from '../backup/show-progress.ts';
import type { CliContext } from '../cli-context.ts';
import type { FilterPatterns } from '../filter/path-filter.ts';
import { type LeavesOut, readFilter } from '../filter/read-filter.ts';
import { formatCount } from '../format-count.ts';
import { formatSize } from '../format-size.ts';
import { inspect } from '../locations/inspect.ts';
import type { Location } from '../locations/location.ts';
import { notFoundError } from '../locations/not-found-error.ts';
import { toJsonLine } from '../to-json-line.ts';
import { noteLeftOut } from './run-transfer.ts';

/** Options of `backup create`. */
export interface CreateBackupOptions extends OpenRepositoryOptions, FilterPatterns {
  readonly includePlainSecrets?: boolean | undefined;
  readonly name?: string | undefined;
  readonly allowEmpty?: boolean | undefined;
  readonly dryRun?: boolean | undefined;
}

/** Backs a directory up. @throws {IncompleteBackupError} When files are not in the backup that should be; each is named, and the others are. */
export async function createBackup(
  context: CliContext,
  fromUrl: string,
  repositoryUrl: string,
  options: CreateBackupOptions,
): Promise<void> {
  const from = await context.locations.open(fromUrl);
  await checkDirectory(from, context.signal);
  const { location, repository } = await openRepository(context, repositoryUrl, options);
  const { name = nameOf(from), includePlainSecrets, allowEmpty, dryRun } = options;
  const source = from.path === '' ? from.store : withPrefix(from.store, from.path);
  const exclude = excludeOf(from, location, await readFilter(options));
  const created = await showProgress(context, dryRun === true ? 'reading' : 'backing up', async (view) => {
    return await repository.create(source, { name, includePlainSecrets, allowEmpty, dryRun, exclude, ...view });
  });
  noteLeftOut(context, from);
  const { vanished, unsettled, leftOut } = created;
  await context.output.write(
    context.json ? toJsonLine(dryRun === true ? { ...created, id: undefined, dryRun } : created) : describe(created),
  );
  if (vanished > 0) {
    context.note(`${formatCount(vanished, 'file')} went before they were read`);
  }
  for (const directory of unsettled) {
    context.note(`${JSON.stringify(directory)} changed whenever it was looked at: its files are of different moments`);
  }
  for (const { path, reason } of leftOut) {
    context.warn(`[${reason}] ${JSON.stringify(path)} ${describeReason(reason)}`);
  }
  if (leftOut.length > 0) {
    throw new IncompleteBackupError(leftOut);
  }
}

const wayOut = 'use an encrypted repository, or say --include-plain-secrets or --exclude';

/** What should be in a backup is not. */
class IncompleteBackupError extends Error {
  override readonly name: string = 'IncompleteBackupError';

  constructor(leftOut: CreatedSnapshot['leftOut']) {
    const secrets = leftOut.filter(({ reason }) => reason === 'plain-secret').length;
    const unread = leftOut.length - secrets;
    const parts = [
      ...(unread > 0 ? [`${formatCount(unread, 'file')} could not be read`] : []),
      ...(secrets > 0 ? [`${formatCount(secrets, 'file')} with secrets in clear left out: ${wayOut}`] : []),
    ];
    super(`[incomplete] the backup lacks what is named above: ${parts.join('; ')}`);
  }
}

function describe({ id, files, bytes, added, changed, unchanged, storedBytes, leftOut }: CreatedSnapshot): string {
  const size = `${formatCount(files, 'file')} (${formatSize(bytes)})`;
  const missing = leftOut.length > 0 ? `, ${leftOut.length} left out` : '';
  return id === ''
    ? `would be: ${size}, ${added} new, ${changed} changed, ${unchanged} unchanged, ${formatSize(storedBytes)} to store${missing}\n`
    : `snapshot ${id.slice(0, 12)}: ${size}, ${unchanged} unchanged, ${formatSize(storedBytes)} stored${missing}\n`;
}

function describeReason(reason: string): string {
  return reason === 'plain-secret'
    ? 'has secrets in clear and was left out: the repository is not encrypted; use one that is, or --include-plain-secrets'
    : 'could not be read, and is not in the backup';
}

async function checkDirectory(from: Location, signal: AbortSignal): Promise<void> {
  const { kind } = await inspect(from, { signal });
  if (kind === 'missing') {
    throw notFoundError(from);
  }
  if (kind === 'file') {
    throw new FileStoreError('invalid-argument', `${JSON.stringify(from.url)} is a file; a backup is of a directory`, { path: from.path });
  }
}

/** Where it lies, and of which computer: two of them that back up to one repository are two sources. */
function nameOf({ address }: Location): string {
  return address.startsWith('local:') ? `${hostname()}:${address.slice('local:'.length)}` : address;
}

/** A repository in what is backed up is no part of it. */
function excludeOf(from: Location, repository: Location, leavesOut: LeavesOut | undefined): LeavesOut | undefined {
  const [a, b] = [`${from.address}/`, `${repository.address}/`];
  if (a.startsWith(b)) {
    throw new FileStoreError('invalid-argument', `${JSON.stringify(from.url)} lies in the repository`, { path: from.path });
  }
  if (!b.startsWith(a)) {
    return leavesOut;
  }
  const inside = b.slice(a.length);
  return (path) => path.startsWith(inside) || leavesOut?.(path) === true;
}
