/** The time of a lease: two clocks and timers, replaced together in tests. */
export interface LeaseClock {
  /** Milliseconds since 1970 by this machine's wall clock, which may jump. */
  wallMs(): number;
  /** Milliseconds since any instant, never going back: durations are measured with it. */
  monotonicMs(): number;
  /**
   * Calls `onTime` once, after `delayMs` or a little later.
   *
   * @param options `keepsAlive`: whether the process stays for it.
   * @returns Cancels the call.
   */
  startTimer(delayMs: number, onTime: () => void, options: { readonly keepsAlive: boolean }): () => void;
}

/** `Date.now`, `performance.now` and `setTimeout`. */
export const systemLeaseClock: LeaseClock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  startTimer: (delayMs, onTime, { keepsAlive }) => {
    const timer = setTimeout(onTime, delayMs);
    if (!keepsAlive) {
      timer.unref();
    }
    return () => clearTimeout(timer);
  },
};
