/** Bytes of a file up to which the calls that read, write, rename or remove it may be quick. */
export const maxQuickBytes: number = 64 * 1024;

/** A call that took longer, in milliseconds, has waited: for a disk, or for the processor. */
const slowMs = 0.5;

/** Slow calls in a row after which it is the disk. */
const slowInARow = 4;

/** Quick calls that make up for a slow one: on a busy machine there are hundreds between two, on a cold disk none. */
const quickForASlow = 16;

/** How long calls then go to the thread pool, in milliseconds. */
const poolMs = 50;

/**
 * Chooses the thread for calls that a disk may have to answer: the calling thread while they are answered from memory, which takes a fraction of what
 * handing them to the pool costs this thread; the pool while they are not. After a time in the pool one call tells whether that is over.
 */
export class QuickCalls {
  readonly #now: () => number;
  #slowness = 0;
  #poolUntil = Number.NEGATIVE_INFINITY;

  /** @param now A clock in milliseconds. Default: the monotonic one. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Whether the next call is to be made on the calling thread. */
  get isHere(): boolean {
    return this.#now() >= this.#poolUntil;
  }

  /** Makes a call on the calling thread. */
  make<T>(call: () => T): T {
    const began = this.#now();
    try {
      return call();
    } finally {
      this.#count(began, this.#now());
    }
  }

  /** Makes a call where it is to be made. @param call On the calling thread. @param inPool The same in the thread pool. */
  async run<T>(call: () => T, inPool: () => Promise<T>): Promise<T> {
    return this.isHere ? this.make(call) : await inPool();
  }

  #count(began: number, ended: number): void {
    if (ended - began <= slowMs) {
      this.#slowness = Math.max(0, this.#slowness - 1);
      return;
    }
    const enough = slowInARow * quickForASlow;
    this.#slowness = Math.min(enough, this.#slowness + quickForASlow);
    if (this.#slowness === enough) {
      this.#poolUntil = ended + poolMs;
    }
  }
}
