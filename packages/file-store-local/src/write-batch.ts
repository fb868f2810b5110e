/** A write of a {@link WriteBatch}. */
export interface BatchMember {
  /**
   * Waits until every other write of the batch waits as well, or has ended, and then until what all of them have written is durable.
   *
   * @throws {Error} When it cannot be made durable: all that waited fail with the same error.
   */
  flush(): Promise<void>;
  /** Says that this write has ended. */
  leave(): void;
}

/** Writes that are made durable together: a flush begins when all of them have asked for it, so that it covers what each has written. */
export class WriteBatch {
  /** In the order of the writes. */
  readonly members: readonly BatchMember[];
  readonly #flush: () => Promise<void>;
  readonly #open = new Set<object>();
  readonly #waiting = new Set<object>();
  #next: PromiseWithResolvers<void> = Promise.withResolvers();

  /** @param size How many writes there are. @param flush Makes everything that is written when it is called durable. */
  constructor(size: number, flush: () => Promise<void>) {
    this.#flush = flush;
    this.members = Array.from({ length: size }, () => this.#join());
  }

  #join(): BatchMember {
    const key = {};
    this.#open.add(key);
    return {
      flush: async () => {
        this.#waiting.add(key);
        const { promise } = this.#next;
        this.#flushWhenAllWait();
        await promise;
      },
      leave: () => {
        this.#open.delete(key);
        this.#flushWhenAllWait();
      },
    };
  }

  #flushWhenAllWait(): void {
    if (this.#waiting.size > 0 && this.#waiting.size === this.#open.size) {
      const { resolve, reject } = this.#next;
      this.#next = Promise.withResolvers();
      this.#waiting.clear();
      this.#flush().then(resolve, reject);
    }
  }
}
