import { type AbortOptions, type FileEntry, type FileStore, FileStoreError, hasErrorCode, type ReadOptions } from '@oh/file-store-core';
import { type OutboxRecord, parseLog } from './outbox-record.ts';

/** Digits of the numbers in names, so that their order is that of the numbers. */
const digits = 12;

/** The directory of the logs in an outbox: each has its own, with a number; only the newest counts. */
export const logDirectory = 'log';

/** The path of a file of a log: 0 is the one that it begins with. */
export function logFileOf(number: number, slot: number): string {
  return `${logPathOf(number)}/${pad(slot)}`;
}

/** The number of a file of a log among its files. */
export function slotOf(path: string): number {
  return Number(path.slice(path.lastIndexOf('/') + 1));
}

function pad(number: number): string {
  return String(number).padStart(digits, '0');
}

/** The numbers of the logs that are there. What other programs put beside them, such as `.DS_Store`, is none. */
export async function listLogs(store: FileStore, options: AbortOptions): Promise<readonly number[]> {
  return (await store.list(logDirectory, options)).flatMap((path) => logNumberOf(path) ?? []);
}

/** The number of the log that a path in {@link logDirectory} is; `undefined` for anything else. */
export function logNumberOf(path: string): number | undefined {
  const [, number] = /^log\/(\d+)\/$/.exec(path) ?? [];
  return number === undefined ? undefined : Number(number);
}

/** The files of a log, in their order. */
export async function* logFiles(store: FileStore, number: number, options: AbortOptions): AsyncGenerator<FileEntry, void, undefined> {
  for await (const entry of store.entries(logPathOf(number), options)) {
    if (/\/\d+$/.test(entry.path)) {
      yield entry;
    }
  }
}

/** The directory of a log. */
function logPathOf(number: number): string {
  return `${logDirectory}/${pad(number)}`;
}

/** The records of the newest log, which is not sealed; empty where there is none. @throws {FileStoreError} `corrupt`; what the store throws. */
export async function readOutboxLog(store: FileStore, options: AbortOptions): Promise<readonly OutboxRecord[]> {
  for (;;) {
    const numbers = (await listLogs(store, options)).toSorted((a, b) => b - a);
    for (const number of numbers) {
      const records = await readLog(store, number, options);
      if (records !== undefined) {
        return records;
      }
    }
    // What was listed may have been replaced since; then there is something newer.
    const newest = Math.max(0, ...(await listLogs(store, options)));
    if (newest === (numbers[0] ?? 0)) {
      return [];
    }
  }
}

/**
 * The records of a log; `undefined` when there are none but seals, or it is being removed since there is another one.
 *
 * @throws {FileStoreError} `corrupt`; what the store throws.
 */
export async function readLog(store: FileStore, number: number, options: AbortOptions): Promise<OutboxRecord[] | undefined> {
  const path = logPathOf(number);
  const records = parseLog(path, Buffer.concat(await readLogParts(store, number, options)));
  if (records.every(({ t }) => t === 'sealed')) {
    return undefined;
  }
  if (records[0]?.t === 'open') {
    return records;
  }
  if ((await listLogs(store, options)).some((other) => other > number)) {
    return undefined;
  }
  throw new FileStoreError('corrupt', `the outbox ${JSON.stringify(path)} has no beginning`, { path });
}

/** What the files of a log have. One that is removed meanwhile has been replaced, with all the others. */
async function readLogParts(store: FileStore, number: number, options: AbortOptions): Promise<Uint8Array[]> {
  const parts: Uint8Array[] = [];
  for await (const { path } of logFiles(store, number, options)) {
    const part = await readBytesIfThere(store, path, options);
    if (part === undefined) {
      return [];
    }
    parts.push(part);
  }
  return parts;
}

/** A file, or what `options.range` says of it; `undefined` when it is missing. */
export async function readBytesIfThere(store: FileStore, path: string, options: ReadOptions): Promise<Uint8Array | undefined> {
  try {
    return await store.readBytes(path, options);
  } catch (error) {
    if (!hasErrorCode(error, 'not-found')) {
      throw error;
    }
    return undefined;
  }
}
