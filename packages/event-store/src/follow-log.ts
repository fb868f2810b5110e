import type { AbortOptions } from '@oh/file-store-core';
import { type EventLog, isUnreadable, type LogItem } from './event-log.ts';
import { UnsettledEvents } from './unsettled-events.ts';
import { type WakeUps, waitForChange } from './wake-ups.ts';

/** Shortest and longest time in milliseconds between two looks at a log that others append to; it grows while nothing comes. */
const minPollMs = 50;
const maxPollMs = 1000;

/** What {@link followLog} works with. */
export interface FollowOptions extends AbortOptions {
  readonly wakeUps: WakeUps;
  /** Has `wakeUps` told of changes by others; `undefined` while that cannot be. `onGone` is called when it has to be begun anew. */
  readonly watch: (onGone: () => void, options: AbortOptions) => Promise<Disposable | undefined>;
  /** Waits for some milliseconds. */
  readonly delay: (ms: number, options: AbortOptions) => Promise<void>;
}

/** The items of a log from an id on, each once, and then those that come; without end. */
export async function* followLog(
  log: EventLog,
  fromId: number,
  options: FollowOptions,
): AsyncGenerator<readonly LogItem[], never, undefined> {
  const watched: WatchedLog = { by: undefined, isGone: false };
  const unsettled = new UnsettledEvents(options);
  try {
    return yield* follow(log, fromId, options, watched, unsettled);
  } finally {
    unsettled[Symbol.dispose]();
    watched.by?.[Symbol.dispose]();
  }
}

/** What watches a log. */
interface WatchedLog {
  by: Disposable | undefined;
  /** Whether the place that is watched is the log's no more. */
  isGone: boolean;
}

/** @param watched Gets what watches the log. */
async function* follow(
  log: EventLog,
  fromId: number,
  { wakeUps, watch, delay, signal }: FollowOptions,
  watched: WatchedLog,
  unsettled: UnsettledEvents,
): AsyncGenerator<readonly LogItem[], never, undefined> {
  let nextId = fromId;
  let pollMs = minPollMs;
  for (;;) {
    signal?.throwIfAborted();
    const seen = wakeUps.count;
    if (watched.isGone) {
      watched.by?.[Symbol.dispose]();
      Object.assign(watched, { by: undefined, isGone: false });
    }
    const onGone = (): void => {
      watched.isGone = true;
    };
    watched.by ??= await watch(onGone, { signal });
    const before = nextId;
    let isHeld = false;
    const end = await log.readEnd({ signal });
    if (end.nextId > nextId) {
      for await (const items of log.read({ startId: nextId, endId: Number.POSITIVE_INFINITY, reverse: false }, { signal })) {
        // Appends that are grouped are whole or not there.
        const ready = log.isGrouped ? items : settledItems(items, nextId, (id) => unsettled.mayCome(id, end.nextId));
        const last = ready.at(-1);
        if (last !== undefined) {
          nextId = lastIdOf(last) + 1;
          yield ready;
        }
        if (ready.length < items.length) {
          isHeld = true;
          break;
        }
      }
    }
    if (nextId === before || isHeld) {
      await waitForChange(wakeUps, seen, pollMs, delay, { signal });
      pollMs = Math.min(2 * pollMs, maxPollMs);
    } else {
      pollMs = minPollMs;
    }
  }
}

/** The items before the first that is missing or unreadable and may come. @param nextId The id that comes next. */
function settledItems(items: readonly LogItem[], nextId: number, mayCome: (id: number) => boolean): readonly LogItem[] {
  let expected = nextId;
  const end = items.findIndex((item) => {
    const isThere = firstIdOf(item) <= expected && !isUnreadable(item);
    const isHeld = !isThere && mayCome(expected);
    expected = lastIdOf(item) + 1;
    return isHeld;
  });
  return end === -1 ? items : items.slice(0, end);
}

function firstIdOf(item: LogItem): number {
  return isUnreadable(item) ? item.first_id : item.id;
}

function lastIdOf(item: LogItem): number {
  return isUnreadable(item) ? item.last_id : item.id;
}
