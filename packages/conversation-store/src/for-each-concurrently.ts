import type { AbortOptions } from '@oh/file-store-core';

/** Options of {@link forEachConcurrently}. */
export interface ConcurrencyOptions extends AbortOptions {
  /** Most visits at a time, from 1. */
  readonly maxInFlight: number;
}

/**
 * Visits every item, a bounded number at a time, begun in order.
 *
 * The first failure aborts the signal of the other visits and, once they have ended, is thrown.
 *
 * @throws What `visit` throws; `signal.reason` after an abort.
 */
export async function forEachConcurrently<T>(
  items: readonly T[],
  options: ConcurrencyOptions,
  visit: (item: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const failure = new AbortController();
  const signal = options.signal === undefined ? failure.signal : AbortSignal.any([options.signal, failure.signal]);
  // One iterator for all workers: whoever is free takes the next item.
  const queue = items.values();
  const work = async (): Promise<void> => {
    for (const item of queue) {
      signal.throwIfAborted();
      await visit(item, signal);
    }
  };
  const workers = Array.from({ length: Math.min(options.maxInFlight, items.length) }, work);
  await Promise.all(workers.map((worker) => worker.catch((error: unknown) => failure.abort(error))));
  signal.throwIfAborted();
}
