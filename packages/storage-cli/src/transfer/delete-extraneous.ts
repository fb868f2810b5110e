import { type AbortOptions, FileStoreError, forEachConcurrently, hasErrorCode } from '@oh/file-store-core';
import { changedMeanwhile } from './changed-meanwhile.ts';
import { versionOf } from './copy-file.ts';
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
}

/**
 * Deletes the files that lie at the target alone, each only in the version that is listed now.
 *
 * Both sides are listed again, so that a file which has come to the source meanwhile is kept.
 *
 * @throws {FileStoreError} When something cannot be listed. A file that cannot be deleted is told to the report, and hinders no other.
 */
export async function deleteExtraneous(
  from: TransferPlace,
  to: TransferPlace,
  report: TransferReport,
  options: DeleteExtraneousOptions,
): Promise<void> {
  await forEachConcurrently(
    (signal) => listExtraneous(from, to, { signal }),
    { maxInFlight: options.concurrency, signal: options.signal },
    async (file, signal) => {
      try {
        if (!options.dryRun) {
          await deleteVersion(to, file, { signal });
        }
        await report.changed({ action: 'delete', path: file.path }, file.size, 0);
      } catch (error) {
        signal.throwIfAborted();
        report.failed({ action: 'delete', path: file.path, error }, 0);
      }
    },
  );
}

async function* listExtraneous(from: TransferPlace, to: TransferPlace, options: AbortOptions): AsyncGenerator<ListedFile, void, undefined> {
  for await (const pair of mergeListings(listFiles(from, options), listFiles(to, options))) {
    if (pair.from === undefined && pair.to !== undefined) {
      yield pair.to;
    }
  }
}

/** Deletes a file in one version, and never what lies below a directory of its name. */
async function deleteVersion(place: TransferPlace, file: ListedFile, options: AbortOptions): Promise<void> {
  const path = pathIn(place, file.path);
  const { conditions, conditionalDelete = conditions } = place.store.capabilities;
  try {
    if (conditionalDelete) {
      await place.store.delete(path, { ...options, ifVersion: file.version });
      return;
    }
  } catch (error) {
    if (!hasErrorCode(error, 'unsupported')) {
      throw error;
    }
  }
  // Without a condition what lies below the name would go as well.
  for await (const _ of place.store.entries(path, { ...options, limit: 1 })) {
    throw new FileStoreError('unsupported', `${JSON.stringify(path)} is also a directory, and this store cannot delete the file alone`, {
      path,
    });
  }
  if ((await versionOf(place, file.path, options)) !== file.version) {
    throw changedMeanwhile(path, 'version-mismatch');
  }
  await place.store.delete(path, options);
}
