import { type AbortOptions, type FileEntry, type FileStore, hasErrorCode } from '@oh/file-store-core';
import { logFileOf, logFiles, readBytesIfThere, readLog, slotOf } from './outbox-files.ts';
import { type OutboxRecord, toLine } from './outbox-record.ts';

/** The last line of a log, after whatever a killed process may have left of one. */
const seal: Uint8Array = Buffer.from(`\n${toLine({ t: 'sealed' })}`);

/**
 * Seals a log, so that nobody adds to it any more, and reads it.
 *
 * @returns `undefined` when nothing is there: the log has been replaced meanwhile, or a process was killed before it had made it.
 */
export async function sealAndRead(store: FileStore, number: number, options: AbortOptions): Promise<OutboxRecord[] | undefined> {
  const last = await findLast(store, number, options);
  if (last === undefined) {
    return undefined;
  }
  if (!(await isSealed(store, last, options))) {
    await (store.capabilities.append ? sealByAppending(store, number, options) : sealNextSlot(store, number, options));
  }
  return await readLog(store, number, options);
}

async function findLast(store: FileStore, number: number, options: AbortOptions): Promise<FileEntry | undefined> {
  let last: FileEntry | undefined;
  for await (const entry of logFiles(store, number, options)) {
    last = entry;
  }
  return last;
}

/** Whether a store that wanted to take over has sealed the log already: nobody can have added anything since. */
async function isSealed(store: FileStore, last: FileEntry, options: AbortOptions): Promise<boolean> {
  if (last.kind !== 'file' || last.size < seal.byteLength) {
    return false;
  }
  const range = { start: last.size - seal.byteLength, end: last.size };
  const end = await readBytesIfThere(store, last.path, { ...options, range });
  return end !== undefined && Buffer.compare(end, seal) === 0;
}

async function sealByAppending(store: FileStore, number: number, options: AbortOptions): Promise<void> {
  const { path, size, version } = await store.append(logFileOf(number, 0), seal, options);
  if (size === seal.byteLength) {
    // The log was removed meanwhile, and the seal alone has made it anew. Others may be at it too; a seal alone is no log.
    await store.delete(path, { ...options, ifVersion: version }).catch(ignoreMismatch);
  }
}

/** Not where so many files are: a log that is being removed may have lost its first ones. */
async function sealNextSlot(store: FileStore, number: number, options: AbortOptions): Promise<void> {
  for (let last = await findLast(store, number, options); last !== undefined; last = await findLast(store, number, options)) {
    try {
      await store.write(logFileOf(number, slotOf(last.path) + 1), seal, { ...options, ifAbsent: true });
      return;
    } catch (error) {
      if (!hasErrorCode(error, 'already-exists')) {
        throw error;
      }
    }
  }
}

function ignoreMismatch(error: unknown): void {
  if (!hasErrorCode(error, 'version-mismatch')) {
    throw error;
  }
}
