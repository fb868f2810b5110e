import type { DeliveryClock } from '../src/index.ts';

interface Timer {
  readonly at: number;
  readonly delayMs: number;
  readonly onTime: () => void;
}

/** A clock that stands still until it is moved. */
export class ManualClock implements DeliveryClock {
  #now = Date.UTC(2026, 0, 1);
  readonly #timers = new Set<Timer>();
  readonly #waiting = new Set<() => void>();

  now(): number {
    return this.#now;
  }

  startTimer(delayMs: number, onTime: () => void): () => void {
    const timer = { at: this.#now + delayMs, delayMs, onTime };
    this.#timers.add(timer);
    for (const wake of this.#waiting) {
      wake();
    }
    return () => this.#timers.delete(timer);
  }

  /** Delays of the timers that run, as they were asked for. */
  get delays(): readonly number[] {
    return Array.from(this.#timers, ({ delayMs }) => delayMs);
  }

  /** Resolves when a timer with a delay that `match` accepts runs, with the delay. */
  async timer(match: (delayMs: number) => boolean): Promise<number> {
    for (;;) {
      const found = this.delays.find(match);
      if (found !== undefined) {
        return found;
      }
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.add(resolve);
      await promise;
      this.#waiting.delete(resolve);
    }
  }

  /** Moves on; timers that are due fire in order. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const [next] = [...this.#timers].filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at);
      if (next === undefined) {
        break;
      }
      this.#timers.delete(next);
      this.#now = next.at;
      next.onTime();
    }
    this.#now = end;
  }
}
