import type { AbortOptions, FileStore } from './file-store.ts';
import { FileStoreError, hasErrorCode } from './file-store-error.ts';
import { checkLeaseParty, checkLeaseStore, parseLeaseRecord } from './lease-record.ts';
import { normalizeFilePath } from './normalize-path.ts';
import { updateFile } from './update-file.ts';

/**
 * Asks whoever holds the lease at `path` to release it, by a note in its record; whether and when is up to the holder.
 *
 * The holder hears of it at its next renewal, within a third of its ttl. The note ends with the lease that it was written for.
 *
 * @param by Who asks, for people to read, in at most 1024 characters. A later request replaces an earlier one.
 * @returns Whether there was a lease to release: false when there is no record or it is released already.
 * @throws {FileStoreError} `unsupported` and `invalid-path` before any I/O; `corrupt`; what `updateFile` throws.
 */
export async function requestLeaseRelease(store: FileStore, path: string, by: string, options: AbortOptions = {}): Promise<boolean> {
  checkLeaseParty(by);
  const file = normalizeFilePath(path);
  checkLeaseStore(store, file);
  let asked = false;
  const addRequest = (text: string | undefined): string => {
    asked = false;
    if (text === undefined) {
      throw new FileStoreError('not-found', `no lease at ${JSON.stringify(file)}`, { path: file });
    }
    const record = parseLeaseRecord(file, text);
    asked = !record.released;
    return asked ? JSON.stringify({ ...record, releaseRequestedBy: by }) : text;
  };
  try {
    await updateFile(store, file, addRequest, options);
  } catch (error) {
    if (!hasErrorCode(error, 'not-found')) {
      throw error;
    }
  }
  return asked;
}
