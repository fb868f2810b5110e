import type { EventStore, StoredEvent } from '@oh/event-store';
import { FileStoreError } from '@oh/file-store-core';
import type { ImportParts } from './import-parts.ts';

/** A gap that is longer is no gap but a wrong id. */
const maxGap = 10_000;

/**
 * The events of a conversation as a bundle without gaps: events refer to each other by their ids, so that what is missing or cannot be
 * read is stood for by an event that says so.
 *
 * @throws {FileStoreError} `corrupt` for a gap of more than 10,000 events.
 */
export async function* eventBundle(source: EventStore, { report, signal }: ImportParts): AsyncGenerator<Uint8Array, void, undefined> {
  const events = source.search({ signal });
  let nextId = 0;
  let timestamp: string | undefined;
  for await (const event of events) {
    yield* standIns(nextId, event.id, timestamp, source.conversationId);
    yield toLine(event);
    nextId = event.id + 1;
    timestamp = event.timestamp ?? timestamp;
  }
  const end = ((await source.latestId({ signal })) ?? -1) + 1;
  yield* standIns(nextId, end, timestamp, source.conversationId);
  for (const { first_id, last_id, error } of events.unreadable) {
    report.damaged('events', error, last_id - first_id + 1);
  }
}

function* standIns(from: number, to: number, timestamp = '1970-01-01T00:00:00', conversationId: string): Generator<Uint8Array> {
  if (to - from > maxGap) {
    const message = `the events ${from} to ${to - 1} of the conversation ${JSON.stringify(conversationId)} are missing`;
    throw new FileStoreError('corrupt', message);
  }
  for (let id = from; id < to; id += 1) {
    const content = 'This event could not be read when the conversation was imported.';
    // What OpenHands has for "nothing was observed".
    yield toLine({ id, timestamp, source: 'environment', message: content, observation: 'null', content, extras: {} });
  }
}

function toLine(event: StoredEvent): Uint8Array {
  return Buffer.from(`${JSON.stringify(event)}\n`);
}
