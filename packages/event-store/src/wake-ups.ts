import { type AbortOptions, raceAbort } from '@oh/file-store-core';

/** Wakes those who wait for the next change of a log in this process. */
export class WakeUps {
  readonly #waiting = new Set<() => void>();
  #count = 0;

  /** How many changes there were; to be asked before the log is looked at, so that none is missed. */
  get count(): number {
    return this.#count;
  }

  /** How many wait. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Says that something has changed. */
  wake(): void {
    this.#count += 1;
    for (const notify of this.#waiting) {
      notify();
    }
  }

  /** Has `notify` called at each change, until the result is disposed of. */
  listen(notify: () => void): Disposable {
    this.#waiting.add(notify);
    return { [Symbol.dispose]: () => void this.#waiting.delete(notify) };
  }
}

/**
 * Waits for a change, or until it is time to look for one.
 *
 * @param seen The {@link WakeUps.count} before the log was looked at.
 * @param delay Waits for some milliseconds; it ends early when its signal is aborted.
 */
export async function waitForChange(
  wakeUps: WakeUps,
  seen: number,
  pollMs: number,
  delay: (ms: number, options: AbortOptions) => Promise<void>,
  { signal }: AbortOptions,
): Promise<void> {
  if (wakeUps.count !== seen) {
    return;
  }
  const timer = new AbortController();
  // Not a race of promises: one that never settles would keep everything that ever raced with it.
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const listening = wakeUps.listen(resolve);
  delay(pollMs, { signal: timer.signal }).then(resolve, reject);
  try {
    await raceAbort(promise, signal);
  } finally {
    listening[Symbol.dispose]();
    timer.abort();
  }
}
