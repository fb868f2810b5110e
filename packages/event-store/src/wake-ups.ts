import { type AbortOptions, raceAbort } from '@oh/file-store-core';

/** Wakes those who wait for the next change of a log in this process. */
export class WakeUps {
  #next = Promise.withResolvers<void>();

  /** The promise of the next change; to be taken before the log is looked at, so that none is missed. */
  get next(): Promise<void> {
    return this.#next.promise;
  }

  /** Says that something has changed. */
  wake(): void {
    const { resolve } = this.#next;
    this.#next = Promise.withResolvers<void>();
    resolve();
  }
}

/**
 * Waits for a change, or until it is time to look for one.
 *
 * @param delay Waits for some milliseconds; it ends early when its signal is aborted.
 */
export async function waitForChange(
  change: Promise<void>,
  pollMs: number,
  delay: (ms: number, options: AbortOptions) => Promise<void>,
  { signal }: AbortOptions,
): Promise<void> {
  const timer = new AbortController();
  const waiting = delay(pollMs, { signal: timer.signal }).catch((error: unknown) => {
    if (!timer.signal.aborted) {
      throw error;
    }
  });
  try {
    await raceAbort(Promise.race([change, waiting]), signal);
  } finally {
    timer.abort();
  }
}
