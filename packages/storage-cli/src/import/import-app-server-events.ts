import type { AgentServerEvent, EventInput, EventStore } from '@oh/event-store';
import { FileStoreError } from '@oh/file-store-core';
import { listEvents, maxReads, nameOf, readEvent, readTimes, rootParent, type TimedEvent } from './app-server-events.ts';
import type { EventDirectory } from './find-event-directories.ts';
import type { ImportParts } from './import-parts.ts';

/**
 * Brings the events of a conversation of OpenHands 1.x, a file each, into a log, in the order of {@link readTimes}.
 *
 * Those that are there are left. Others come at the end: the server may store an event later than one that happened after it.
 *
 * @returns How many of the events can be read. @throws {FileStoreError} `already-exists` when some are to come, and the log has others than the source.
 */
export async function importAppServerEvents(
  target: EventStore,
  directories: readonly EventDirectory[],
  parts: ImportParts,
): Promise<number> {
  const files = await listEvents(directories, parts);
  if (files.size === 0) {
    const message = `the conversation ${JSON.stringify(target.conversationId)} has no events in the folder; its record alone is imported`;
    parts.report.damaged('events', new FileStoreError('corrupt', message));
  }
  const there = await readNames(target, parts);
  const present = [...there.keys()].filter((name) => files.has(name)).length;
  const added = await readTimes(
    [...files].filter(([name]) => !there.has(name)),
    parts,
  );
  if (added.length > 0 && present < there.size) {
    throw new FileStoreError('already-exists', 'its log at the target has events that the source has not; it stays as it is');
  }
  reportMissingParents(added, there, parts);
  return present + (parts.dryRun ? added.length : await append(target, added, there, parts));
}

/** The numbers of the events at the target, by their ids of OpenHands without dashes. */
async function readNames(target: EventStore, { signal }: ImportParts): Promise<Map<string, number>> {
  const names = new Map<string, number>();
  const events = target.search({ signal });
  for await (const { id, event_id } of events) {
    names.set(nameOf(event_id) ?? `#${id}`, id);
  }
  const [unreadable] = events.unreadable;
  if (unreadable !== undefined) {
    throw new FileStoreError('already-exists', `what is at the target stays as it is: ${unreadable.error.message}`, {
      cause: unreadable.error,
    });
  }
  return names;
}

/** An event whose parent is missing stands after the one before it in time; its `parent_event_id` says which parent that was. */
function reportMissingParents(added: readonly TimedEvent[], there: ReadonlyMap<string, number>, { report }: ImportParts): void {
  const names = new Set([rootParent, ...there.keys(), ...added.map(({ name }) => name)]);
  for (const { path, parent } of added) {
    if (parent !== undefined && !names.has(parent)) {
      const message = `the event before the one in ${JSON.stringify(path)}, its parent, is missing`;
      report.damaged('events', new FileStoreError('corrupt', message, { path }));
    }
  }
}

/** They are read again, since all of them may be more than fits into memory. @param numbers Of those that are there; gets the new ones. */
async function append(target: EventStore, added: readonly TimedEvent[], numbers: Map<string, number>, parts: ImportParts): Promise<number> {
  const { signal } = parts;
  let count = 0;
  for (let i = 0; i < added.length; i += maxReads) {
    const read = await Promise.all(added.slice(i, i + maxReads).map(({ name, path }) => readEvent(name, path, parts)));
    const expectedNextId = numbers.size;
    const inputs = read.flatMap((event) => (event === undefined ? [] : [toInput(event, numbers)]));
    if (inputs.length > 0) {
      await target.appendAll(inputs, { expectedNextId, signal });
    }
    count += inputs.length;
  }
  return count;
}

/** @param numbers Of those before it; gets its own. */
function toInput(event: AgentServerEvent, numbers: Map<string, number>): EventInput {
  const { id, parent_id, operation_id: _operation, fencing_token: _token, source, timestamp, ...fields } = event;
  const own: Record<string, unknown> = { event_id: id };
  if (typeof parent_id === 'string') {
    const parent = parent_id === rootParent ? rootParent : numbers.get(nameOf(parent_id) ?? '');
    own[parent === undefined ? 'parent_event_id' : 'parent_id'] = parent ?? parent_id;
  }
  numbers.set(nameOf(id) ?? id, numbers.size);
  return { ...fields, timestamp: String(timestamp), ...(typeof source === 'string' ? { source } : {}), ...own };
}
