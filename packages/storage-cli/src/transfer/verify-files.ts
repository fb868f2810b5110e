import { type AbortOptions, FileStoreError, forEachConcurrently, hasErrorCode } from '@oh/file-store-core';
import { compareContents } from './compare-contents.ts';
import { versionOf } from './copy-file.ts';
import { listFiles } from './list-files.ts';
import { type ListedPair, mergeListings } from './merge-listings.ts';
import { defaultConcurrency } from './transfer-flow.ts';
import { pathIn, type TransferPlace } from './transfer-place.ts';
import type { TransferListener } from './transfer-report.ts';

/** Options of {@link verifyFiles}. */
export interface VerifyFilesOptions extends AbortOptions, Omit<TransferListener, 'onChange'> {
  /** Most files under way at a time, from 1. Default: 16. */
  readonly concurrency?: number | undefined;
}

/** What {@link verifyFiles} found. */
export interface Verification {
  /** Files at the source that are at the target with the same contents, content type and metadata. */
  readonly same: number;
  /** Their bytes. */
  readonly bytes: number;
  /** Files at the source of which that is not so, or could not be found out; each was told. */
  readonly failed: number;
}

/**
 * Reads everything at both places and compares it; what lies at the target alone counts for nothing.
 *
 * @throws {FileStoreError} When something cannot be listed.
 */
export async function verifyFiles(from: TransferPlace, to: TransferPlace, options: VerifyFilesOptions = {}): Promise<Verification> {
  const { concurrency: maxInFlight = defaultConcurrency, signal, onFailure, onProgress } = options;
  const result = { same: 0, bytes: 0, failed: 0 };
  let read = 0;
  await forEachConcurrently(
    (linked) => listSource(from, to, { signal: linked }),
    { maxInFlight, signal },
    async (pair, linked) => {
      const size = pair.from?.size ?? 0;
      try {
        if (await verify(from, to, pair, { signal: linked })) {
          result.same += 1;
          result.bytes += size;
        }
      } catch (error) {
        linked.throwIfAborted();
        result.failed += 1;
        onFailure?.({ action: 'verify', path: pair.path, error });
      }
      read += size;
      onProgress?.({ files: result.same + result.failed, bytes: read });
    },
  );
  return result;
}

async function* listSource(from: TransferPlace, to: TransferPlace, options: AbortOptions): AsyncGenerator<ListedPair, void, undefined> {
  for await (const pair of mergeListings(listFiles(from, options), listFiles(to, options))) {
    if (pair.from !== undefined) {
      yield pair;
    }
  }
}

/** @returns False for a file that has gone from the source meanwhile. @throws {FileStoreError} When it is not the same. */
async function verify(from: TransferPlace, to: TransferPlace, { path, to: listed }: ListedPair, options: AbortOptions): Promise<boolean> {
  const target = pathIn(to, path);
  try {
    if (listed === undefined) {
      throw new FileStoreError('not-found', `no file at ${JSON.stringify(target)}`, { path: target });
    }
    const { same } = await compareContents(from, to, path, options);
    if (!same) {
      const message = `${JSON.stringify(target)} is not the same as at the source, or one of them has been changed meanwhile`;
      throw new FileStoreError('corrupt', message, { path: target });
    }
    return true;
  } catch (error) {
    if (hasErrorCode(error, 'not-found') && (await versionOf(from, path, options)) === undefined) {
      return false;
    }
    throw error;
  }
}
