import { type AbortOptions, FileStoreError } from '@oh/file-store-core';
import type { AgentServerEvent, AgentServerFolder } from './agent-server-folder.ts';
import { type CopiedEvents, copyEvents } from './copy-events.ts';
import type { EventInput } from './event.ts';
import type { EventStore } from './event-store.ts';
import { rootParent } from './path-to-root.ts';

/** Options of {@link importAgentServerEvents}. */
export interface ImportAgentServerEventsOptions extends AbortOptions {
  /** Told of each file that holds no event, which is then passed over. Default: the import fails there. */
  readonly onUnreadable?: ((error: FileStoreError) => void) | undefined;
}

/**
 * Makes a log begin with the events of a conversation of OpenHands' agent server.
 *
 * Each keeps all its fields; its `id` becomes `event_id`, and `parent_id` the number of its parent here. Repeated, it adds what has come since: the
 * agent server may go on writing meanwhile.
 *
 * @returns How many events there are.
 * @throws {FileStoreError} `corrupt` for a file that holds no event, and for an event whose parent is none before it, as in a cycle; `already-exists`
 *   when the log begins with other events; `version-mismatch` when somebody appends others meanwhile.
 */
export async function importAgentServerEvents(
  target: EventStore,
  folder: AgentServerFolder,
  { onUnreadable, signal }: ImportAgentServerEventsOptions = {},
): Promise<number> {
  return await copyEvents(
    target,
    toCopies(folder.readEvents({ onUnreadable, signal })),
    (stored, { event_id }: EventInput) => stored['event_id'] === event_id,
    { signal },
  );
}

async function* toCopies(events: AsyncIterable<{ readonly event: AgentServerEvent }>): AsyncGenerator<CopiedEvents, void, undefined> {
  const newIds = new Map<string, number>();
  let nextId = 0;
  for await (const { event } of events) {
    const { id, parent_id, operation_id: _operation, fencing_token: _token, ...fields } = event;
    const parent = toParent(event, newIds);
    newIds.set(id, nextId);
    nextId += 1;
    const own = { event_id: id, ...(parent === undefined ? {} : { parent_id: parent }) };
    yield { events: [{ ...fields, timestamp: toText(fields['timestamp']), source: toText(fields['source']), ...own }] };
  }
}

function toParent({ id, parent_id }: AgentServerEvent, newIds: ReadonlyMap<string, number>): EventInput['parent_id'] {
  if (parent_id === undefined || parent_id === null || parent_id === rootParent) {
    return parent_id ?? undefined;
  }
  const parent = newIds.get(parent_id);
  if (parent === undefined) {
    throw new FileStoreError('corrupt', `the parent of the event ${JSON.stringify(id)} is no event before it`);
  }
  return parent;
}

function toText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
