import { type AbortOptions, FileStoreError, hasErrorCode } from '@oh/file-store-core';
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

/** Whether an event that is there is one of the source. */
type IsSame = (stored: StoredEvent, copied: EventInput, copy: CopiedEvents) => boolean;

/**
 * Makes a log begin with the events of a source. What of them is there already is left, so that it can be repeated after a failure, and several may make the
 * same copy at the same time.
 *
 * @returns How many events the source has.
 * @throws {FileStoreError} `already-exists` when the log begins with other events; `version-mismatch` when somebody appends others meanwhile.
 */
export async function copyEvents(
  target: EventStore,
  source: AsyncIterable<CopiedEvents>,
  isSame: IsSame,
  { signal }: AbortOptions,
): Promise<number> {
  const failure = new AbortController();
  const appends = new AppendsInFlight(target, isSame, signal === undefined ? failure.signal : AbortSignal.any([signal, failure.signal]));
  let present = await readPresent(target, 0, { signal });
  let count = 0;
  try {
    for await (const copy of source) {
      if (appends.isOvertaken) {
        // Whoever makes the same copy is ahead: what he has made is read in its order rather than looked for piece by piece.
        await appends.settle();
        await present.events.return?.();
        present = await readPresent(target, count, { signal });
      }
      const isThere = copy.events.slice(0, Math.max(0, present.nextId - count));
      for (const [i, event] of isThere.entries()) {
        const { value } = await present.events.next();
        if (value?.id !== count + i || !isSame(value, event, copy)) {
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
    await present.events.return?.();
  }
}

/** The events of a log from an id on, and the id that came next when it was asked for. */
async function readPresent(target: EventStore, startId: number, { signal }: AbortOptions) {
  const nextId = ((await target.latestId({ signal })) ?? -1) + 1;
  return { nextId, events: target.search({ startId, signal })[Symbol.asyncIterator]() };
}

/** Appends in their order, some at a time. */
class AppendsInFlight {
  readonly #target: EventStore;
  readonly #isSame: IsSame;
  readonly #signal: AbortSignal;
  readonly #inFlight = new Set<Promise<unknown>>();
  #isOvertaken = false;

  constructor(target: EventStore, isSame: IsSame, signal: AbortSignal) {
    this.#target = target;
    this.#isSame = isSame;
    this.#signal = signal;
  }

  /** Whether somebody else has made what one of them was about to make. */
  get isOvertaken(): boolean {
    return this.#isOvertaken;
  }

  /** @param there How many of the events are there. @param firstId The id of the first of them. */
  async add(copy: CopiedEvents, there: number, firstId: number): Promise<void> {
    const appending = this.#append(copy, there, firstId);
    this.#inFlight.add(appending);
    appending.then(() => this.#inFlight.delete(appending)).catch(() => undefined);
    if (this.#inFlight.size >= maxInFlight) {
      await Promise.race(this.#inFlight);
    }
  }

  async #append(copy: CopiedEvents, there: number, firstId: number): Promise<void> {
    const { events, operationId, fencingToken } = copy;
    // What is there of it was made under its name: then all of it is named again.
    const begin = operationId === undefined ? there : 0;
    const options = { operationId, fencingToken, expectedNextId: firstId + there, signal: this.#signal };
    try {
      const made = await this.#target.appendAll(events.slice(begin), options);
      if (made.some(({ id }, i) => id !== firstId + begin + i)) {
        throw new FileStoreError('version-mismatch', `somebody else has appended between the events from ${firstId} on`);
      }
    } catch (error) {
      if (!(hasErrorCode(error, 'version-mismatch') && (await this.#isThere(copy, firstId)))) {
        throw error;
      }
      this.#isOvertaken = true;
    }
  }

  /** Whether somebody else has made the same copy. */
  async #isThere(copy: CopiedEvents, startId: number): Promise<boolean> {
    const { length } = copy.events;
    let same = 0;
    for await (const stored of this.#target.search({ startId, endId: startId + length - 1, signal: this.#signal })) {
      const event = copy.events[stored.id - startId];
      same += event !== undefined && this.#isSame(stored, event, copy) ? 1 : 0;
    }
    return same === length;
  }

  /** Waits for all of them. @throws The first failure, when all have ended. */
  async settle(): Promise<void> {
    const failed = (await Promise.allSettled(this.#inFlight)).find((result) => result.status === 'rejected');
    this.#isOvertaken = false;
    if (failed !== undefined) {
      throw failed.reason;
    }
  }
}
