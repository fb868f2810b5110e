import { type EventInput, FileEventStore, type StoredEvent } from '@oh/event-store';
import type { FileStore, StorageLayout } from '@oh/file-store-core';
import { repeat } from '../repeat.ts';
import type { Stage } from '../scenario.ts';

/** The conversation whose log it is. */
export const conversationId = 'c1';

/** Opens a log. All events are of one moment, so that nothing but what they say tells them apart. */
export function openEvents(
  files: FileStore,
  options: { readonly id?: string; readonly layout?: StorageLayout; readonly delay?: () => Promise<void> } = {},
): FileEventStore {
  const { id = conversationId, layout, delay } = options;
  return new FileEventStore({ files, conversationId: id, layout, delay, now: () => new Date(Date.UTC(2026, 0, 1)) });
}

/** Makes a log of so many events, each appended by itself. */
export async function growLog(files: FileStore, count: number): Promise<void> {
  const lines = Array.from({ length: count }, (_, n) => `${JSON.stringify({ id: n, source: 'before', n })}\n`);
  const directory = `conversations/${conversationId}`;
  if (files.capabilities.append) {
    await files.write(`${directory}/events.json`, lines.join(''));
    return;
  }
  for (const [n, line] of lines.entries()) {
    await files.write(`${directory}/events/${String(n).padStart(10, '0')}.jsonl`, line);
  }
}

/** What was appended, acknowledged and seen of one log in one run. */
export class LogRecord {
  /** What is in the log before. */
  readonly #before: number;
  /** The names of appends that may be in the log, with how many events they are of. */
  readonly #tried = new Map<string, number>();
  readonly #acknowledged = new Map<number, string>();
  readonly #seen: { readonly by: string; readonly events: readonly StoredEvent[]; readonly least: number }[] = [];

  constructor(before = 0) {
    this.#before = before;
  }

  /** Appends some events as one step under a name of their own; repeats it while its outcome is unknown. */
  async append(store: FileEventStore, name: string, count = 1): Promise<void> {
    this.#tried.set(name, count);
    const events = Array.from({ length: count }, (_, i): EventInput => ({ source: name, n: i }));
    this.#acknowledge(name, await repeat(() => store.appendAll(events, { operationId: name })));
  }

  /** The same, but never repeated: the outcome may stay unknown. */
  async appendOnce(store: FileEventStore, name: string): Promise<void> {
    this.#tried.set(name, 1);
    this.#acknowledge(name, [await store.append({ source: name, n: 0 })]);
  }

  /** Reads the whole log, which has to hold what was acknowledged before. */
  async read({ name }: Stage, store: FileEventStore, reverse = false): Promise<void> {
    const least = Math.max(this.#before, ...[...this.#acknowledged.keys()].map((id) => id + 1));
    const stream = store.search({ reverse });
    const events = await Array.fromAsync(stream);
    this.#refuseUnreadable(stream.unreadable, name);
    this.#seen.push({ by: name, events: reverse ? events.reverse() : events, least });
  }

  /** Follows the log until nobody else goes on, and a few looks longer. */
  async follow({ files, name, delay, isAlone }: Stage): Promise<void> {
    const events: StoredEvent[] = [];
    const end = new AbortController();
    let looks = 0;
    const pause = async (): Promise<void> => {
      looks += isAlone() ? 1 : 0;
      if (looks > 2) {
        end.abort();
      }
      await delay();
    };
    const store = openEvents(files, { delay: pause });
    const stream = store.tail(0, { signal: end.signal });
    try {
      for await (const event of stream) {
        events.push(event);
      }
    } catch (error) {
      if (!end.signal.aborted) {
        throw error;
      }
    }
    this.#refuseUnreadable(stream.unreadable, name);
    this.#seen.push({ by: name, events, least: Number.POSITIVE_INFINITY });
  }

  /** Compares the log with all of it. */
  async check(files: FileStore): Promise<void> {
    const stream = openEvents(files).search();
    const log = await Array.fromAsync(stream);
    this.#refuseUnreadable(stream.unreadable, 'the end');
    this.#checkLog(log);
    for (const { by, events, least } of this.#seen) {
      const isPrefix = events.every((event, i) => log[i] !== undefined && formatEvent(event) === formatEvent(log[i]));
      if (!isPrefix || events.length < Math.min(least, log.length)) {
        throw new Error(`${by} saw ${format(events)}, of at least ${least}; the log is ${format(log)}`);
      }
    }
    // Whoever comes next goes on where the log ends.
    const [stored] = await openEvents(files).appendAll([{ source: 'after' }]);
    if (stored?.id !== log.length) {
      throw new Error(`the next event got the id ${stored?.id} in a log of ${log.length}`);
    }
  }

  #checkLog(log: readonly StoredEvent[]): void {
    const met = new Map<string, number>();
    for (const [i, { id, source = '', n }] of log.entries()) {
      const next = met.get(source) ?? 0;
      if (id !== i || n !== next) {
        throw new Error(`the event ${id} of ${source} is out of place: ${format(log)}`);
      }
      met.set(source, next + 1);
    }
    for (const [source, count] of met) {
      const most = source === 'before' ? this.#before : (this.#tried.get(source) ?? 0);
      if (count > most) {
        throw new Error(`there are ${count} events of ${source}, not ${most}: ${format(log)}`);
      }
    }
    if ((met.get('before') ?? 0) < this.#before) {
      throw new Error(`events from before are lost: ${format(log)}`);
    }
    for (const [id, name] of this.#acknowledged) {
      if (log[id]?.source !== name) {
        throw new Error(`the event ${id} was acknowledged to ${name}, and is one of ${log[id]?.source}: ${format(log)}`);
      }
    }
  }

  #acknowledge(name: string, stored: readonly StoredEvent[]): void {
    for (const { id } of stored) {
      this.#acknowledged.set(id, name);
    }
  }

  #refuseUnreadable(unreadable: readonly unknown[], by: string): void {
    if (unreadable.length > 0) {
      throw new Error(`${by} met what cannot be read: ${JSON.stringify(unreadable)}`);
    }
  }
}

function formatEvent({ id, source, n }: StoredEvent): string {
  return `${id}:${source}/${n}`;
}

function format(events: readonly StoredEvent[]): string {
  return events.length === 0 ? 'empty' : events.map(formatEvent).join(' ');
}
