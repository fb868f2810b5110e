import { type AbortOptions, FileStoreError } from '@oh/file-store-core';
import type { EventInput, StoredEvent } from './event.ts';
import type { EventStore } from './event-store.ts';

/** Appends that are under way at a time; they share commits. */
const maxInFlight = 64;

/** Events that are appended together. */
export interface CopiedEvents {
  readonly events: readonly EventInput[];
  readonly operationId?: string | undefined;
  readonly fencingToken?: number | undefined;
}

/**
 * Makes a log begin with the events of a source. What of them is there already is left, so that it can be repeated after a failure.
 *
 * @param isSame Whether the event that is there is the one of the source.
 * @returns How many events the source has.
 * @throws {FileStoreError} `already-exists` when the log begins with other events; `version-mismatch` when somebody else appends meanwhile.
 */
export async function copyEvents(
  target: EventStore,
  source: AsyncIterable<CopiedEvents>,
  isSame: (stored: StoredEvent, copied: EventInput, copy: CopiedEvents) => boolean,
  { signal }: AbortOptions,
): Promise<number> {
  const failure = new AbortController();
  const appends = new AppendsInFlight(target, signal === undefined ? failure.signal : AbortSignal.any([signal, failure.signal]));
  const there = ((await target.latestId({ signal })) ?? -1) + 1;
  const stored = target.search({ signal })[Symbol.asyncIterator]();
  let count = 0;
  try {
    for await (const copy of source) {
      const isThere = copy.events.slice(0, Math.max(0, there - count));
      for (const [i, event] of isThere.entries()) {
        const { value } = await stored.next();
        if (value === undefined || value.id !== count + i || !isSame(value, event, copy)) {
          throw new FileStoreError('already-exists', `the event ${count + i} of the log that is copied to is another one`);
        }
      }
      if (isThere.length < copy.events.length) {
        await appends.add(copy, isThere.length, count);
      }
      count += copy.events.length;
    }
    await appends.settle();
    return count;
  } catch (error) {
    // Nothing is under way any more when the caller hears of it, so that it can be repeated at once.
    failure.abort(error);
    await appends.settle().catch(() => undefined);
    throw error;
  } finally {
    await stored.return?.();
  }
}

/** Appends in their order, some at a time. */
class AppendsInFlight {
  readonly #target: EventStore;
  readonly #signal: AbortSignal;
  readonly #inFlight = new Set<Promise<unknown>>();

  constructor(target: EventStore, signal: AbortSignal) {
    this.#target = target;
    this.#signal = signal;
  }

  /** @param there How many of the events are there. @param firstId The id of the first of them. */
  async add({ events, operationId, fencingToken }: CopiedEvents, there: number, firstId: number): Promise<void> {
    // What is there of it was made under its name: then all of it is named again.
    const rest = operationId === undefined ? events.slice(there) : events;
    const options = { operationId, fencingToken, expectedNextId: firstId + there, signal: this.#signal };
    const appending = this.#target.appendAll(rest, options);
    this.#inFlight.add(appending);
    appending.then(() => this.#inFlight.delete(appending)).catch(() => undefined);
    if (this.#inFlight.size >= maxInFlight) {
      await Promise.race(this.#inFlight);
    }
  }

  /** Waits for all of them. @throws The first failure, when all have ended. */
  async settle(): Promise<void> {
    const failed = (await Promise.allSettled(this.#inFlight)).find((result) => result.status === 'rejected');
    if (failed !== undefined) {
      throw failed.reason;
    }
  }
}
