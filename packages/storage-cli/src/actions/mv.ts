import { basename, dirname } from 'node:path/posix';
import { FileStoreError, hasErrorCode } from '@oh/file-store-core';
import type { CliContext } from '../cli-context.ts';
import { isTerminal } from '../is-terminal.ts';
import { findTarget, type Target } from '../locations/find-target.ts';
import { inspect } from '../locations/inspect.ts';
import { isDirectoryError } from '../locations/is-directory-error.ts';
import type { Location } from '../locations/location.ts';
import { notFoundError } from '../locations/not-found-error.ts';
import { toJsonLine } from '../to-json-line.ts';
import { recordDirectory } from '../transfer/list-files.ts';
import { FileMover } from '../transfer/move-file.ts';
import { moveFiles } from '../transfer/move-files.ts';
import { MoveMarker } from '../transfer/move-marker.ts';
import type { SyncResult } from '../transfer/sync-files.ts';
import { pathIn } from '../transfer/transfer-place.ts';
import { checkApart } from './check-apart.ts';
import { checkReallyApart } from './check-really-apart.ts';
import { checkComplete, noteLostMetadata, runTransfer, tellLeftOut } from './run-transfer.ts';

/** Options of `mv`. */
export interface MvOptions {
  /** Directories too, with everything below them. */
  readonly recursive?: boolean | undefined;
  /** Only where no file is yet. */
  readonly ifAbsent?: boolean | undefined;
  /** Most files under way at a time. Default: 16. */
  readonly concurrency?: number | undefined;
}

/**
 * Moves a file or a directory from one location to another, of any two stores. Whatever ends it, each file is whole at one of the two.
 *
 * @throws {TransferError} When files of a directory failed; each is named, and is where it was.
 */
export async function mv(context: CliContext, fromUrl: string, toUrl: string, options: MvOptions): Promise<void> {
  const { signal } = context;
  const from = await openSource(context, fromUrl);
  const to = await context.locations.open(toUrl);
  const found = await inspect(from, { signal });
  if (found.kind === 'missing' && !(await endBefore(from, to, signal))) {
    throw notFoundError(from);
  }
  if (found.kind === 'directory' && options.recursive !== true) {
    throw isDirectoryError(from, 'add --recursive to move it with everything below it');
  }
  const moved =
    found.kind === 'missing' ? nothing : await (found.kind === 'directory' ? moveDirectory : moveFile)(context, from, to, options);
  if (context.json) {
    await context.output.write(toJsonLine({ moved: moved.copied, bytes: moved.bytes, failed: moved.failed }));
  }
  checkComplete(moved);
}

/** What was moved. */
type Moved = Pick<SyncResult, 'copied' | 'bytes' | 'failed'>;

const nothing: Moved = { copied: 0, bytes: 0, failed: 0 };

/**
 * Ends a move of a directory that was cut short when all had gone from where it was: a directory that comes to be there later is another one, and goes where it is
 * told. @returns Whether there was such a move.
 */
async function endBefore(from: Location, to: Location, signal: AbortSignal): Promise<boolean> {
  const marker = markerOf(from, to);
  const isThere = marker !== undefined && (await marker.isThere({ signal }));
  if (isThere) {
    await marker.delete({ signal });
  }
  return isThere;
}

function markerOf(from: Location, to: Location): MoveMarker | undefined {
  return from.name === '' || to.wantsDirectory ? undefined : new MoveMarker(to, from.address);
}

/** In the store that the directory lies in, so that it goes when it is empty; of `DIR/.` in that of the directory, which stays. */
async function openSource({ locations }: CliContext, url: string): Promise<Location> {
  const entry = await locations.open(url, 'entry');
  if (entry.name === '') {
    return await locations.open(url);
  }
  if (entry.path === '') {
    const message = `${JSON.stringify(url)} is never moved: the working or home directory lies in it; to move what is in it add "/."`;
    throw new FileStoreError('invalid-path', message, { path: '' });
  }
  return entry;
}

async function moveDirectory(context: CliContext, from: Location, to: Location, options: MvOptions): Promise<Moved> {
  const { signal } = context;
  const { target, marker } = await findMoveTarget(context, from, to);
  checkApart(from, target, 'moved');
  if (from.address.startsWith(`${target.address}/`)) {
    // What has arrived would be met again, and moved once more.
    const message = `${JSON.stringify(from.url)} cannot be moved onto what it lies in`;
    throw new FileStoreError('invalid-argument', message, { path: from.path });
  }
  const place = { store: to.store, path: target.path };
  // First of all: whatever else is written makes the target be there.
  await marker?.write({ signal });
  try {
    await checkReallyApart(from, { ...place, url: to.url }, 'moved', { signal });
  } catch (error) {
    if (hasErrorCode(error, 'invalid-argument')) {
      await marker?.delete({ signal });
    }
    throw error;
  }
  const view = { label: 'moving', toUrl: to.url, isShown: !context.quiet && isTerminal(context.io.stderr) };
  const { ifAbsent, concurrency } = options;
  const moved = await runTransfer(context, view, (listener) => moveFiles(from, place, { ...listener, ifAbsent, concurrency, signal }));
  const failed = moved.failed + tellLeftOut(context, from);
  if (failed === 0) {
    await marker?.delete({ signal });
  }
  if (failed === 0 && from.name !== '') {
    // The directory is to go, and records of earlier transfers tell of nothing that is still there.
    await from.store.delete(pathIn(from, recordDirectory), { signal });
  }
  return { ...moved, failed };
}

/** As `cp` finds it; but a target that an earlier run has begun to make is the same as for that run. */
async function findMoveTarget(
  context: CliContext,
  from: Location,
  to: Location,
): Promise<{ readonly target: Target; readonly marker?: MoveMarker }> {
  const { signal } = context;
  const marker = markerOf(from, to);
  if (marker !== undefined && (await marker.isThere({ signal }))) {
    context.note(`goes on with the move to ${JSON.stringify(to.url)} that has not ended`);
    return { target: { path: to.path, address: to.address, isDirectory: true }, marker };
  }
  const target = await findTarget(to, from.name, { signal });
  return target.path === to.path && marker !== undefined ? { target, marker } : { target };
}

/** In a store, where the root is `''`. */
function directoryOf(path: string): string {
  const directory = dirname(path);
  return directory === '.' ? '' : directory;
}

async function moveFile(context: CliContext, from: Location, to: Location, { ifAbsent }: MvOptions): Promise<Moved> {
  const { signal } = context;
  const target = await findTarget(to, from.name, { signal });
  checkApart(from, target, 'moved');
  if (basename(from.path) === basename(target.path)) {
    const place = { store: to.store, path: directoryOf(target.path), url: to.url };
    await checkReallyApart({ ...from, path: directoryOf(from.path) }, place, 'moved', { signal });
  }
  const mover = new FileMover({ store: from.store, path: '' }, { store: to.store, path: '' });
  const bytes = await mover.move(from.path, target.path, { ifAbsent, signal });
  if (mover.lostMetadata) {
    noteLostMetadata(context, to.url);
  }
  return { copied: 1, bytes, failed: 0 };
}
