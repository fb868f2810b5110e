import { type AbortOptions, FileStoreError, forEachConcurrently, hasErrorCode } from '@oh/file-store-core';
import { deleteVersion } from './delete-version.ts';
import { type ListedFile, listFiles } from './list-files.ts';
import { mergeListings } from './merge-listings.ts';
import { pathIn, type TransferPlace } from './transfer-place.ts';
import type { TransferReport } from './transfer-report.ts';

/** Options of {@link deleteExtraneous}. */
export interface DeleteExtraneousOptions extends AbortOptions {
  /** Most deletions at a time, from 1. */
  readonly concurrency: number;
  /** Changes nothing. */
  readonly dryRun: boolean;
  /** Also when there is nothing at the source. */
  readonly allowEmpty: boolean;
  /** Whether a file, by its path from the directory, stays in any case. Default: none does. */
  readonly keeps?: ((path: string) => boolean) | undefined;
}

/** So many are found before they are deleted, and the source is looked at. */
const filesOfLook = 1000;

/**
 * Deletes the files that lie at the target alone, each only in the version that is listed now.
 *
 * Both sides are listed again, so that a file which has come to the source meanwhile is kept.
 *
 * @throws {FileStoreError} When something cannot be listed; `unavailable` when there is nothing at the source any more. A file that cannot be deleted is told to the report, and hinders no other.
 */
export async function deleteExtraneous(
  from: TransferPlace,
  to: TransferPlace,
  report: TransferReport,
  options: DeleteExtraneousOptions,
): Promise<void> {
  await forEachConcurrently(
    (signal) => listExtraneous(from, to, { ...options, signal }),
    { maxInFlight: options.concurrency, signal: options.signal },
    async (file, signal) => {
      try {
        if (!options.dryRun) {
          await deleteVersion(to.store, pathIn(to, file.path), file.version, { signal });
        }
        await report.changed({ action: 'delete', path: file.path }, file.size, 0);
      } catch (error) {
        signal.throwIfAborted();
        report.failed({ action: 'delete', path: file.path, error }, 0);
      }
    },
  );
}

async function* listExtraneous(
  from: TransferPlace,
  to: TransferPlace,
  options: DeleteExtraneousOptions,
): AsyncGenerator<ListedFile, void, undefined> {
  const { keeps, allowEmpty } = options;
  let found: ListedFile[] = [];
  for await (const pair of mergeListings(listFiles(from, options), listFiles(to, options))) {
    if (pair.from === undefined && pair.to !== undefined && keeps?.(pair.path) !== true) {
      found.push(pair.to);
    }
    if (found.length >= filesOfLook) {
      yield* allowEmpty ? found : await whileAnythingIsThere(found, from, options);
      found = [];
    }
  }
  yield* allowEmpty || found.length === 0 ? found : await whileAnythingIsThere(found, from, options);
}

/** A source that has gone, such as a disk that was taken out, lists as an empty one: what was found to be missing there is missing if anything is there still. */
async function whileAnythingIsThere(
  found: readonly ListedFile[],
  from: TransferPlace,
  options: AbortOptions,
): Promise<readonly ListedFile[]> {
  if (await isAnythingThere(from, options)) {
    return found;
  }
  const message =
    'the source has become empty, or has gone, so that everything at the target would be deleted; if that is meant add --allow-empty';
  throw new FileStoreError('unavailable', message, { path: from.path });
}

/** Whether a place has any file, also one that does not count: then it has not gone. */
export async function isAnythingThere({ store, path, ignores }: TransferPlace, options: AbortOptions): Promise<boolean> {
  try {
    return await hasFiles({ store, path }, options);
  } catch (error) {
    // A directory that is closed and does not count hides no file that does.
    if (ignores !== undefined && hasErrorCode(error, 'permission-denied')) {
      return await hasFiles({ store, path, ignores }, options);
    }
    throw error;
  }
}

async function hasFiles(place: TransferPlace, options: AbortOptions): Promise<boolean> {
  for await (const _ of listFiles(place, options)) {
    return true;
  }
  return false;
}
