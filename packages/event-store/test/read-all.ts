import type { StoredEvent } from '../src/event.ts';
import type { EventStream } from '../src/event-store.ts';

/** All events of a stream. */
export async function readAll(stream: EventStream): Promise<StoredEvent[]> {
  const events: StoredEvent[] = [];
  for await (const event of stream) {
    events.push(event);
  }
  return events;
}

/** Their ids. */
export async function readIds(stream: EventStream): Promise<number[]> {
  return (await readAll(stream)).map(({ id }) => id);
}

/** The first ones; the loop over the stream is then left. */
export async function readFirst(stream: EventStream, count: number): Promise<StoredEvent[]> {
  const events: StoredEvent[] = [];
  for await (const event of stream) {
    events.push(event);
    if (events.length === count) {
      break;
    }
  }
  return events;
}
