import type { AbortOptions } from '@oh/file-store-core';

/** Options of {@link forEachConcurrently}. */
export interface ConcurrencyOptions extends AbortOptions {
  /** Most visits at a time, from 1. */
  readonly maxInFlight: number;
}

/**
 * Visits every item of a sequence, a bounded number at a time, begun in order; of the sequence no more is read than is begun.
 *
 * The first failure, of a visit or of the sequence, aborts the signal of the other visits and, once they have ended, is thrown.
 *
 * @param begin Makes the sequence; its signal is that of the visits.
 * @throws `signal.reason` after an abort.
 */
export async function forEachConcurrently<T>(
  begin: (signal: AbortSignal) => AsyncGenerator<T, void, undefined>,
  options: ConcurrencyOptions,
  visit: (item: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const failure = new AbortController();
  const signal = options.signal === undefined ? failure.signal : AbortSignal.any([options.signal, failure.signal]);
  const items = begin(signal);
  const work = async (): Promise<void> => {
    // Whoever is free takes the next item.
    for (let next = await items.next(); next.done !== true; next = await items.next()) {
      signal.throwIfAborted();
      await visit(next.value, signal);
      signal.throwIfAborted();
    }
  };
  const workers = Array.from({ length: options.maxInFlight }, work);
  await Promise.all(workers.map((worker) => worker.catch((error: unknown) => failure.abort(error))));
  await items.return();
  signal.throwIfAborted();
}
