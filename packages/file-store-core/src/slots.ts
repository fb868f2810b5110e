import { setImmediate as nextTurn } from 'node:timers/promises';

/** Longest time in milliseconds that operations which never wait may keep everything else in this process from its turn. */
const maxTurnMs = 5;

/** Lets only so many things be under way at once; the others wait, in order of arrival. */
export class Slots {
  readonly #waiting = new Set<() => void>();
  #free: number;
  #turnBegan = 0;
  #nextTurn: Promise<void> | undefined;

  /** @throws {RangeError} For a `count` that is no whole number from 1, with which everybody would wait for ever. */
  constructor(count: number) {
    if (!(Number.isSafeInteger(count) && count >= 1)) {
      throw new RangeError('so many at once is a whole number from 1');
    }
    this.#free = count;
  }

  /** Runs `action` when a slot is free; an abort ends the waiting, not the action. */
  async run<T>(signal: AbortSignal | undefined, action: () => Promise<T>): Promise<T> {
    if (this.#free > 0) {
      this.#free -= 1;
    } else {
      await this.#takeTurn(signal);
    }
    try {
      return await action();
    } finally {
      if (performance.now() - this.#turnBegan > maxTurnMs) {
        this.#nextTurn ??= this.#endTurn();
        await this.#nextTurn;
      }
      this.#leave();
    }
  }

  /** All who have ended go on together: one by one, the first would have the next turn for itself. */
  async #endTurn(): Promise<void> {
    await nextTurn();
    this.#turnBegan = performance.now();
    this.#nextTurn = undefined;
  }

  async #takeTurn(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onAbort = (): void => {
      this.#waiting.delete(resolve);
      reject(signal?.reason);
    };
    this.#waiting.add(resolve);
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      await promise;
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /** The slot goes from hand to hand: nobody who comes later gets it in between. */
  #leave(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#free += 1;
    } else {
      this.#waiting.delete(next);
      next();
    }
  }
}
