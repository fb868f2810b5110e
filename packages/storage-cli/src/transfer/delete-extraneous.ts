import { type AbortOptions, forEachConcurrently } from '@oh/file-store-core';
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
  /** Whether a file, by its path from the directory, stays in any case. Default: none does. */
  readonly keeps?: ((path: string) => boolean) | undefined;
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
    (signal) => listExtraneous(from, to, options.keeps, { signal }),
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
  keeps: DeleteExtraneousOptions['keeps'],
  options: AbortOptions,
): AsyncGenerator<ListedFile, void, undefined> {
  for await (const pair of mergeListings(listFiles(from, options), listFiles(to, options))) {
    if (pair.from === undefined && pair.to !== undefined && keeps?.(pair.path) !== true) {
      yield pair.to;
    }
  }
}
