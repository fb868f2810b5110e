import { type FileInfo, FileStoreError, hasErrorCode, type WriteCondition } from '@oh/file-store-core';
import { lostCondition } from './s3-condition.ts';
import { failureOf, mayBeDone } from './s3-error.ts';
import type { S3Reader, S3Stat } from './s3-reader.ts';
import type { WriteMark } from './write-mark.ts';

/** A write that failed, or seems to have. */
export interface FailedWrite {
  readonly path: string;
  readonly mark: WriteMark;
  readonly condition: WriteCondition;
  readonly error: unknown;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Finds out how a write with an id ended: an answer that was lost leaves the next attempt to meet the success of the one before.
 *
 * @returns The file, when the write was done after all.
 * @throws {FileStoreError} `already-exists` or `version-mismatch` when the condition was lost; `unavailable` when nobody can tell whether the
 *   write was made; else what the write failed with.
 */
export async function settleWrite(reader: S3Reader, { path, mark, condition, error, signal }: FailedWrite): Promise<FileInfo> {
  const failure = failureOf(error);
  if (failure === 'refused' && !mayBeDone(error)) {
    throw error;
  }
  // An upload is gone when it was aborted, and when it was completed.
  const isLost =
    failure === 'lost' || (failure === 'missing' && condition.ifVersion !== undefined) || (failure === 'no-upload' && mayBeDone(error));
  const seen = await lookAt(reader, path, signal).catch((lookError: unknown) => {
    throw isLost ? lookError : error;
  });
  if (seen?.mark?.id === mark.id) {
    return seen.info;
  }
  if (!isLost && (failure !== 'conflict' || holds(condition, seen))) {
    throw error;
  }
  // Of all writes that are conditional upon one version of a key a single one succeeds, unless that version comes back: whose file is there tells, if it was the next.
  const isKnown = !mayBeDone(error) || (mark.replaced !== undefined && seen?.mark?.replaced === mark.replaced);
  throw isKnown ? lostCondition(path, condition, error) : undecided(path, error);
}

function undecided(path: string, cause: unknown): FileStoreError {
  const message =
    `the answer to a write of ${JSON.stringify(path)} was lost, and the file has been changed again since, or was another one before: ` +
    'whether the write took effect is not known; read the file before you go on';
  return new FileStoreError('unavailable', message, { path, cause, retryable: false });
}

function holds({ ifAbsent, ifVersion }: WriteCondition, seen: S3Stat | undefined): boolean {
  return ifAbsent === true ? seen === undefined : ifVersion === undefined || seen?.info.version === ifVersion;
}

async function lookAt(reader: S3Reader, path: string, signal: AbortSignal | undefined): Promise<S3Stat | undefined> {
  try {
    return await reader.stat(path, { signal });
  } catch (error) {
    if (hasErrorCode(error, 'not-found')) {
      return undefined;
    }
    throw error;
  }
}
