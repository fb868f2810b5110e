import { type AbortOptions, FileStoreError } from '@oh/file-store-core';
import type { StoredEvent } from './event.ts';
import type { EventStore } from './event-store.ts';

/** The `parent_id` of an event that has no parent, though others come before it; the name is that of OpenHands' agent server. */
export const rootParent = '__root__';

/** A parent that is no further back is reached by reading on, a more distant one by looking it up. */
const nearIds = 200;

/**
 * The parent of an event: its `parent_id`; without one the event before it.
 *
 * @returns `undefined` for a root.
 * @throws {FileStoreError} `corrupt` when the parent is none that was there before: following it could go on for ever.
 */
function parentOf({ id, parent_id }: StoredEvent): number | undefined {
  if (parent_id === rootParent || (id === 0 && (parent_id ?? null) === null)) {
    return undefined;
  }
  const parent = parent_id ?? id - 1;
  if (typeof parent === 'number' && Number.isSafeInteger(parent) && parent >= 0 && parent < id) {
    return parent;
  }
  throw new FileStoreError('corrupt', `the parent of the event ${id} is no event before it`);
}

/**
 * The events from a leaf of the tree to its root.
 *
 * @param leafId The first one.
 * @throws {FileStoreError} `not-found` when there is no such leaf; `corrupt` when an event on the way cannot be read or is its own ancestor.
 */
export async function* pathToRoot(
  store: Pick<EventStore, 'search' | 'get'>,
  leafId: number,
  { signal }: AbortOptions = {},
): AsyncGenerator<StoredEvent, void, undefined> {
  let wanted: number | undefined = leafId;
  while (wanted !== undefined) {
    const start: number = wanted;
    for await (const event of store.search({ endId: start, reverse: true, signal })) {
      if (wanted !== event.id) {
        if (wanted === undefined || event.id < wanted || event.id - wanted > nearIds) {
          break;
        }
        continue;
      }
      yield event;
      wanted = parentOf(event);
      if (wanted === undefined) {
        return;
      }
    }
    if (wanted === start) {
      // Fails with the reason, unless the event has come just now.
      const event = await store.get(start, { signal });
      yield event;
      wanted = parentOf(event);
    }
  }
}
