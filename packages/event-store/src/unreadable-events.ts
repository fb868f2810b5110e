import { FileStoreError } from '@oh/file-store-core';
import type { UnreadableEvents } from './event-store.ts';

/** Events that are there and cannot be read. */
export function unreadableEvents(firstId: number, lastId: number, path: string): UnreadableEvents {
  const which = firstId === lastId ? `the event ${firstId}` : `the events ${firstId} to ${lastId}`;
  const message = `${which} at "${path}" cannot be read: what stands there is no event; the others can be read`;
  return { first_id: firstId, last_id: lastId, error: new FileStoreError('corrupt', message, { path }) };
}
