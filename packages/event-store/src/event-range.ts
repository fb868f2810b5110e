import { FileStoreError } from '@oh/file-store-core';
import type { EventRange } from './event-log.ts';
import type { EventSearchOptions } from './event-store.ts';

/** @throws {FileStoreError} `invalid-argument` for what is no id, and for a limit that is none. */
export function parseRange({ startId = 0, endId, reverse = false, limit }: EventSearchOptions): EventRange {
  checkEventId(startId);
  if (endId !== undefined) {
    checkEventId(endId);
  }
  if (limit !== undefined && !(Number.isSafeInteger(limit) && limit >= 1)) {
    throw new FileStoreError('invalid-argument', 'the limit of a search is a whole number from 1');
  }
  return { startId, endId: endId ?? Number.POSITIVE_INFINITY, reverse };
}

/** @throws {FileStoreError} `invalid-argument`. */
export function checkEventId(id: number): void {
  if (!(Number.isSafeInteger(id) && id >= 0)) {
    throw new FileStoreError('invalid-argument', 'the id of an event is a whole number from 0');
  }
}
