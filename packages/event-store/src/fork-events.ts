import type { AbortOptions } from '@oh/file-store-core';
import { type CopiedEvents, copyEvents } from './copy-events.ts';
import type { StoredEvent } from './event.ts';
import type { EventStore } from './event-store.ts';
import { pathToRoot } from './path-to-root.ts';

/** Options of {@link forkEvents}. */
export interface ForkEventsOptions extends AbortOptions {
  /** The last event that the fork has. */
  readonly atEventId: number;
}

/**
 * Makes a conversation begin with the events that lead to an event of another one: those from the root to it, numbered from 0.
 *
 * Repeated, it adds what is missing, and nothing once the fork was made, whatever the conversation has become since. `cause` and `parent_id` follow the
 * new ids; a `cause` that is not on the way is left out.
 *
 * @param target A conversation without events, or one that this fork was begun in.
 * @returns How many events the fork has.
 * @throws {FileStoreError} `not-found` when there is no such event; `corrupt` when one on the way cannot be read or is its own ancestor;
 *   `already-exists` when the conversation begins with other events; `version-mismatch` when somebody appends others meanwhile: what then comes behind his
 *   events may lack some.
 */
export async function forkEvents(source: EventStore, target: EventStore, options: ForkEventsOptions): Promise<number> {
  const { atEventId, signal } = options;
  const ids: number[] = [];
  for await (const { id } of pathToRoot(source, atEventId, { signal })) {
    ids.push(id);
  }
  const newIds = new Map(ids.reverse().map((id, i) => [id, i]));
  const copies = copyPath(source, newIds, `fork:${source.conversationId}:${atEventId}`, { signal });
  return await copyEvents(target, copies, (stored, _event, { operationId }) => stored.operation_id === operationId, { signal });
}

async function* copyPath(
  source: EventStore,
  newIds: ReadonlyMap<number, number>,
  name: string,
  { signal }: AbortOptions,
): AsyncGenerator<CopiedEvents, void, undefined> {
  for await (const event of source.search({ startId: Math.min(...newIds.keys()), endId: Math.max(...newIds.keys()), signal })) {
    if (newIds.has(event.id)) {
      yield { events: [renumber(event, newIds)], operationId: `${name}:${event.id}` };
    }
  }
}

/** An event of a path without what belongs to its place in the other log. */
function renumber(event: StoredEvent, newIds: ReadonlyMap<number, number>): Omit<StoredEvent, 'id'> {
  const { id: _id, operation_id: _operation, fencing_token: _token, parent_id: _parent, ...fields } = event;
  // The id of an event that the fork has not would be that of another one in it.
  return typeof fields['cause'] === 'number' ? { ...fields, cause: newIds.get(fields['cause']) } : fields;
}
