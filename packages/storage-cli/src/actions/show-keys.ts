import { FileStoreError, hasErrorCode } from '@oh/file-store-core';
import { type KeyStatus, keyStatus } from '@oh/secrets-store';
import type { CliContext } from '../cli-context.ts';
import { formatCount } from '../format-count.ts';
import { formatTable } from '../format-table.ts';
import { formatTime } from '../format-time.ts';
import type { StoreOptions } from '../storage/store-options.ts';
import { toJsonLine } from '../to-json-line.ts';
import { isPlain, plainHere } from './require-keys.ts';

/**
 * Shows the keys, the oldest first, with the number of values that need each: secrets and keys in settings, of all users.
 *
 * @throws {AggregateError} With the keys that values need and that are not there, when all are shown.
 */
export async function showKeys(context: CliContext, options: StoreOptions): Promise<void> {
  const { signal } = context;
  const storage = await context.openStorage(options);
  const status = await readStatus(keyStatus(await storage.keyUse({ signal }), { signal }));
  if (status.length === 0) {
    context.note(isPlain(storage) ? `no keys: ${plainHere}` : 'no keys; one is made when the first secret is stored');
  } else if (context.json) {
    await context.output.write(status.map(toJsonLine).join(''));
  } else {
    const rows = status.map(({ id, state, created_at, entries }) => [id, state, formatTime(created_at), String(entries)]);
    await context.output.write(await formatTable(rows, { head: ['key', 'state', 'created', 'entries'] }));
  }
  const missing = status.filter(({ state }) => state === 'missing');
  if (missing.length > 0) {
    throw new AggregateError(missing.map(toMissingError));
  }
}

function toMissingError({ id, entries }: KeyStatus): FileStoreError {
  const message = `the key ${JSON.stringify(id)} is not in the ring, and ${formatCount(entries, 'value')} cannot be read without it; bring it back from a backup`;
  return new FileStoreError('permission-denied', message);
}

async function readStatus(status: Promise<readonly KeyStatus[]>): Promise<readonly KeyStatus[]> {
  try {
    return await status;
  } catch (error) {
    if (hasErrorCode(error, 'not-found')) {
      return [];
    }
    throw error;
  }
}
