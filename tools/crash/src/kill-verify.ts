import { type FileStore, hasErrorCode } from '@oh/file-store-core';
import { counterPath, ownPath, sharedPaths } from './kill-keys.ts';
import type { KillLedger } from './kill-ledger.ts';
import { parseOnlyRecord, type RecordHeader } from './record.ts';

/** Longest time in milliseconds that a first write may take after all processes were killed. */
const maxWriteMs = 10_000;

/** Compares a file that one process writes with what was acknowledged before the read. */
export async function verifyOwn(store: FileStore, path: string, ledger: KillLedger): Promise<void> {
  const floor = ledger.acknowledged(path);
  const record = await readRecord(store, path, ledger);
  if ((record?.sequence ?? 0) < floor) {
    ledger.addFault(path, `is ${record?.sequence}, but ${floor} was acknowledged before the read`);
  }
}

/** Compares all files with the ledger, when every process is dead, and writes each once more. */
export async function verifyAll(store: FileStore, slots: number, ledger: KillLedger): Promise<void> {
  for (let slot = 0; slot < slots; slot += 1) {
    await verifyOwn(store, ownPath(slot), ledger);
  }
  for (const [path, author] of ledger.winners) {
    const record = await readRecord(store, path, ledger);
    if (record?.author !== author) {
      ledger.addFault(path, `was created by ${author}, but is of ${record?.author}`);
    }
  }
  const counted = (await readRecord(store, counterPath, ledger))?.sequence ?? 0;
  const highest = ledger.values.size === 0 ? 0 : Math.max(...ledger.values);
  if (counted < highest) {
    ledger.addFault(counterPath, `is ${counted}, but ${highest} was acknowledged`);
  }
  for (const path of [...sharedPaths, counterPath]) {
    await readRecord(store, path, ledger);
    await store.write(path, 'open', { signal: AbortSignal.timeout(maxWriteMs) });
  }
}

async function readRecord(store: FileStore, path: string, ledger: KillLedger): Promise<RecordHeader | undefined> {
  try {
    const record = parseOnlyRecord(await store.readBytes(path));
    if (record?.key !== path) {
      ledger.addFault(path, 'is torn');
    }
    return record;
  } catch (error) {
    if (hasErrorCode(error, 'not-found')) {
      return undefined;
    }
    throw error;
  }
}
