import { FileStoreError, hasErrorCode } from '@oh/file-store-core';
import { maxUnanswered, type TransferReport } from './transfer-report.ts';

/**
 * Ends a transfer in which every file that comes after would fail in the same way: the target has no space left, or a store does not answer any more.
 *
 * @param error Of a file, which the report has been told of.
 * @throws {FileStoreError} `no-space`; `unavailable`.
 */
export function throwIfPointless(error: unknown, report: TransferReport): void {
  if (hasErrorCode(error, 'no-space')) {
    throw new FileStoreError('no-space', 'the target is full: nothing more was copied; make room and run it again', { cause: error });
  }
  if (report.unanswered >= maxUnanswered) {
    const message = `${maxUnanswered} files in a row failed, since a store does not answer: nothing more was copied; run it again when it does`;
    throw new FileStoreError('unavailable', message, { cause: error });
  }
}
