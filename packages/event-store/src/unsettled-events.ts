import type { FollowOptions } from './follow-log.ts';

/** How long in milliseconds an event that is missing or half written is waited for. */
const settleMs = 2000;

/** Among how many events at the end of a log one may be on its way: as many as others can overtake it by. */
const unsettledEvents = 64;

/** The end of a log in which every event is a file. OpenHands writes them in place and out of order, so that one that cannot be had may be on its way. */
export class UnsettledEvents implements Disposable {
  readonly #options: Pick<FollowOptions, 'delay' | 'wakeUps'>;
  readonly #ended = new AbortController();
  /** Below it nothing is on its way. */
  #settledId = 0;
  #isWaiting = false;

  constructor(options: Pick<FollowOptions, 'delay' | 'wakeUps'>) {
    this.#options = options;
  }

  /** Whether an event that cannot be had is to be waited for. @param nextId The end of the log. */
  mayCome(id: number, nextId: number): boolean {
    if (id < Math.max(this.#settledId, nextId - unsettledEvents)) {
      return false;
    }
    if (!this.#isWaiting) {
      this.#isWaiting = true;
      const settle = (): void => {
        this.#isWaiting = false;
        this.#settledId = nextId;
        this.#options.wakeUps.wake();
      };
      // An abort ends the waiting, and nobody waits for it.
      this.#options.delay(settleMs, { signal: this.#ended.signal }).then(settle, () => undefined);
    }
    return true;
  }

  [Symbol.dispose](): void {
    this.#ended.abort();
  }
}
