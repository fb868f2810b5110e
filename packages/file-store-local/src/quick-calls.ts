/** A call that took longer, in milliseconds, has waited for a disk. */
const quickMs = 0.5;

/** How long calls go to the thread pool after one that was slow, in milliseconds. */
const poolMs = 50;

/**
 * Chooses the thread for calls that a disk may have to answer: the calling thread while they are answered from memory, which takes a fraction of what
 * handing them to the pool costs this thread; and the pool for a while after one that took long.
 */
export class QuickCalls {
  readonly #now: () => number;
  #poolUntil = Number.NEGATIVE_INFINITY;

  /** @param now A clock in milliseconds. Default: the monotonic one. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** @param call On the calling thread. @param inPool The same in the thread pool. */
  async run<T>(call: () => T, inPool: () => Promise<T>): Promise<T> {
    const began = this.#now();
    if (began < this.#poolUntil) {
      return await inPool();
    }
    try {
      return call();
    } finally {
      const ended = this.#now();
      if (ended - began > quickMs) {
        this.#poolUntil = ended + poolMs;
      }
    }
  }
}
