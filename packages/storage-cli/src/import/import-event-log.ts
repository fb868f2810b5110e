import { type EventStore, FileEventStore } from '@oh/event-store';
import type { ImportParts } from './import-parts.ts';
import { readTarget } from './read-target.ts';

/** The conversation that events belong to. */
export interface EventOwner {
  readonly conversationId: string;
  readonly userId: string | undefined;
}

/**
 * Makes the log of a conversation at the target begin with the events of the source, and counts them.
 *
 * @param count Counts the events of the source without importing them.
 * @param copy Imports what is not there yet. @returns How many events the source has.
 */
export async function importEventLog(
  { conversationId, userId }: EventOwner,
  { to, toLayout, hidden, dryRun, report, signal }: ImportParts,
  count: (target: EventStore) => Promise<number>,
  copy: (target: EventStore) => Promise<number>,
): Promise<void> {
  const target = new FileEventStore({ files: to, conversationId, layout: toLayout, userId, secrets: hidden });
  try {
    const there = ((await readTarget(() => target.latestId({ signal }))) ?? -1) + 1;
    const events = await (dryRun ? count(target) : copy(target));
    report.add('events', 'present', Math.min(there, events));
    report.add('events', 'new', Math.max(0, events - there));
  } finally {
    await target.close();
  }
}
