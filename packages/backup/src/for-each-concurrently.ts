import type { AbortOptions } from '@oh/file-store-core';

/** Options of {@link forEachConcurrently}. */
export interface ConcurrencyOptions extends AbortOptions {
  /** Most visits at a time, from 1. */
  readonly maxInFlight: number;
}

/**
 * Visits every item, a bounded number at a time, begun in order; a source is asked for the next one only when somebody is free.
 *
 * The first failure aborts the signal of the other visits and, once they have ended, is thrown.
 *
 * @throws What `visit` or the source throws; `signal.reason` after an abort.
 */
export async function forEachConcurrently<T>(
  items: Iterable<T> | AsyncIterable<T>,
  options: ConcurrencyOptions,
  visit: (item: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const failure = new AbortController();
  const signal = options.signal === undefined ? failure.signal : AbortSignal.any([options.signal, failure.signal]);
  // One generator for all workers: it answers requests in order, and ends for all.
  const queue = iterate(items);
  const work = async (): Promise<void> => {
    for (let next = await queue.next(); next.done !== true; next = await queue.next()) {
      signal.throwIfAborted();
      await visit(next.value, signal);
    }
  };
  await Promise.all(Array.from({ length: options.maxInFlight }, () => work().catch((error: unknown) => failure.abort(error))));
  await queue.return(undefined);
  signal.throwIfAborted();
}

async function* iterate<T>(items: Iterable<T> | AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
  yield* items;
}
