/** The time of deliveries: clock and timers, replaced together in tests. */
export interface DeliveryClock {
  /** Milliseconds since 1970. */
  now(): number;
  /**
   * Calls `onTime` once, after `delayMs` or a little later.
   *
   * @param options `keepsAlive`: whether the process stays for it.
   * @returns Cancels the call.
   */
  startTimer(delayMs: number, onTime: () => void, options: { readonly keepsAlive: boolean }): () => void;
}

/** Longest delay of `setTimeout`: 2^31 - 1 ms, some 24.8 days. */
const maxTimeoutMs = 2_147_483_647;

/** `Date.now` and `setTimeout`. */
export const systemDeliveryClock: DeliveryClock = {
  now: () => Date.now(),
  startTimer: (delayMs, onTime, { keepsAlive }) => {
    const timer = setTimeout(onTime, Math.min(delayMs, maxTimeoutMs));
    if (!keepsAlive) {
      timer.unref();
    }
    return () => clearTimeout(timer);
  },
};

/** Resolves after so many milliseconds, or when the signal is aborted; the process does not stay for it. */
export async function pause(clock: DeliveryClock, delayMs: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) {
    return;
  }
  const { promise, resolve } = Promise.withResolvers<void>();
  const cancelTimer = clock.startTimer(delayMs, resolve, { keepsAlive: false });
  const onAbort = (): void => resolve();
  signal.addEventListener('abort', onAbort, { once: true });
  await promise;
  cancelTimer();
  signal.removeEventListener('abort', onAbort);
}
