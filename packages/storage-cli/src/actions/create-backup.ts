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
import { LeftOut } from '../locations/left-out.ts';
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

/** Backs a directory up. @throws {AggregateError} When files are not in the backup that should be: each is named, and the others are; when its repository is damaged. */
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
  const listed = new LeftOut(from, exclude);
  noteLeftOut(context, from, listed);
  const unnamed = listed.pathsOf('name').map((path) => ({ path, reason: unnamedReason }));
  const { vanished, unsettled, unreadableMarks, ...snapshot } = created;
  const leftOut: readonly NotBackedUp[] = [...created.leftOut, ...unnamed];
  const shown = { ...snapshot, vanished, unsettled, leftOut, unreadableMarks: unreadableMarks?.message };
  await context.output.write(context.json ? toJsonLine(dryRun === true ? { ...shown, id: undefined, dryRun } : shown) : describe(shown));
  if (vanished > 0) {
    context.note(`${formatCount(vanished, 'file')} went before they were read`);
  }
  for (const path of unsettled) {
    context.note(`${JSON.stringify(path)} changed whenever it was looked at: what is in it is of different moments`);
  }
  for (const { path, reason } of leftOut) {
    context.warn(`[${reason}] ${JSON.stringify(path)} ${describeReason(reason)}`);
  }
  const errors = [
    ...(leftOut.length > 0 ? [new IncompleteBackupError(leftOut)] : []),
    ...(unreadableMarks === undefined ? [] : [unreadableMarks]),
  ];
  if (errors.length > 0) {
    throw new AggregateError(errors);
  }
}

/** Why a file or a directory with a name that no store has is in no backup. */
const unnamedReason = 'invalid-name';

/** What should be in a backup, and why it is not. */
interface NotBackedUp {
  readonly path: string;
  readonly reason: string;
}

/** A snapshot, and all that it lacks. */
type ShownSnapshot = Omit<CreatedSnapshot, 'leftOut' | 'unreadableMarks'> & { readonly leftOut: readonly NotBackedUp[] };

const wayOut = 'use an encrypted repository, or say --include-plain-secrets or --exclude';

/** What should be in a backup is not. */
class IncompleteBackupError extends Error {
  override readonly name: string = 'IncompleteBackupError';

  constructor(leftOut: readonly NotBackedUp[]) {
    const secrets = leftOut.filter(({ reason }) => reason === 'plain-secret').length;
    const unnamed = leftOut.filter(({ reason }) => reason === unnamedReason).length;
    const unread = leftOut.length - secrets - unnamed;
    const parts = [
      ...(unread > 0 ? [`${formatCount(unread, 'file')} could not be read`] : []),
      ...(unnamed > 0 ? [`${formatCount(unnamed, 'file')} with a name that no store has`] : []),
      ...(secrets > 0 ? [`${formatCount(secrets, 'file')} with secrets in clear left out: ${wayOut}`] : []),
    ];
    super(`[incomplete] the backup lacks what is named above: ${parts.join('; ')}`);
  }
}

function describe({ id, files, bytes, added, changed, unchanged, storedBytes, leftOut }: ShownSnapshot): string {
  const size = `${formatCount(files, 'file')} (${formatSize(bytes)})`;
  const missing = leftOut.length > 0 ? `, ${leftOut.length} left out` : '';
  return id === ''
    ? `would be: ${size}, ${added} new, ${changed} changed, ${unchanged} unchanged, ${formatSize(storedBytes)} to store${missing}\n`
    : `snapshot ${id.slice(0, 12)}: ${size}, ${unchanged} unchanged, ${formatSize(storedBytes)} stored${missing}\n`;
}

function describeReason(reason: string): string {
  if (reason === unnamedReason) {
    return 'has a name, or so long a path, that no store has, and is not in the backup; rename it';
  }
  if (reason === 'version-mismatch') {
    return 'changed whenever it was read, and is not in the backup';
  }
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
