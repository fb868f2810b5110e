import { withLinkedSignal } from './abort.ts';
import type { AbortOptions } from './file-store.ts';

/** Options of {@link forEachConcurrently}. */
export interface ConcurrencyOptions extends AbortOptions {
  /** Most visits at a time, from 1. */
  readonly maxInFlight: number;
}

/**
 * Visits every item, a bounded number at a time, begun in order; a source is asked for the next one only when somebody is free.
 *
 * The first failure, of a visit or of the source, aborts the signal of the visits and, once they have ended, is thrown; no other visit begins.
 *
 * @param items The items, or what gives them: it is called with the signal of the visits.
 * @throws {RangeError} For a `maxInFlight` that is no whole number from 1.
 * @throws What `visit` or the source throws; `signal.reason` after an abort, also one that came while the last visit was under way.
 */
export async function forEachConcurrently<T>(
  items: Items<T> | ((signal: AbortSignal) => Items<T>),
  options: ConcurrencyOptions,
  visit: (item: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  if (!(Number.isSafeInteger(options.maxInFlight) && options.maxInFlight >= 1)) {
    throw new RangeError('maxInFlight is a whole number from 1');
  }
  await withLinkedSignal(options.signal, async (signal, fail) => {
    // One iterator for all workers: whoever is free takes the next item.
    const queue = iterate(typeof items === 'function' ? items(signal) : items);
    const work = async (): Promise<void> => {
      for (let next = await queue.next(); next.done !== true; next = await queue.next()) {
        signal.throwIfAborted();
        await visit(next.value, signal);
        signal.throwIfAborted();
      }
    };
    await Promise.all(Array.from({ length: options.maxInFlight }, () => work().catch(fail)));
    await Promise.resolve(queue.return?.(undefined)).catch(fail);
    signal.throwIfAborted();
  });
}

type Items<T> = Iterable<T> | AsyncIterable<T>;

function iterate<T>(items: Items<T>): Iterator<T, unknown, undefined> | AsyncGenerator<T, void, undefined> {
  return Symbol.iterator in items ? items[Symbol.iterator]() : inOrder(items);
}

/** Answers requests one after the other, as other asynchronous iterators need not. */
async function* inOrder<T>(items: AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
  yield* items;
}
