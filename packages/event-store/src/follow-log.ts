import type { AbortOptions } from '@oh/file-store-core';
import { type EventLog, isUnreadable, type LogItem } from './event-log.ts';
import { type WakeUps, waitForChange } from './wake-ups.ts';

/** Shortest and longest time in milliseconds between two looks at a log that others append to; it grows while nothing comes. */
const minPollMs = 50;
const maxPollMs = 1000;

/** What {@link followLog} works with. */
export interface FollowOptions extends AbortOptions {
  readonly wakeUps: WakeUps;
  /** Waits for some milliseconds. */
  readonly delay: (ms: number, options: AbortOptions) => Promise<void>;
}

/** The items of a log from an id on, each once, and then those that come; without end. */
export async function* followLog(
  log: EventLog,
  fromId: number,
  options: FollowOptions,
): AsyncGenerator<readonly LogItem[], never, undefined> {
  const { wakeUps, delay, signal } = options;
  let nextId = fromId;
  let pollMs = minPollMs;
  for (;;) {
    signal?.throwIfAborted();
    const change = wakeUps.next;
    const before = nextId;
    if ((await log.readEnd({ signal })).nextId > nextId) {
      for await (const items of log.read({ startId: nextId, endId: Number.POSITIVE_INFINITY, reverse: false }, { signal })) {
        const last = items.at(-1);
        if (last !== undefined) {
          nextId = (isUnreadable(last) ? last.last_id : last.id) + 1;
          yield items;
        }
      }
    }
    if (nextId === before) {
      await waitForChange(change, pollMs, delay, { signal });
      pollMs = Math.min(2 * pollMs, maxPollMs);
    } else {
      pollMs = minPollMs;
    }
  }
}
