/** What a queue holds at most, and what happens to what has no room. */
export interface QueueLimits {
  readonly maxItems: number;
  readonly maxBytes: number;
  /** `wait`: whoever comes waits for room; `drop`: there is none for him. */
  readonly whenFull: 'wait' | 'drop';
}

interface Waiting {
  readonly items: number;
  readonly bytes: number;
  readonly onRoom: () => void;
  readonly onEnd: (error: unknown) => void;
}

/** Counts what is in a queue. Whoever wants in waits in order of arrival. */
export class QueueCapacity {
  readonly #limits: QueueLimits;
  readonly #waiting = new Set<Waiting>();
  #items = 0;
  #bytes = 0;
  #ended: { readonly error: unknown } | undefined;

  constructor(limits: QueueLimits) {
    this.#limits = limits;
  }

  /** Bytes in the queue at most. */
  get maxBytes(): number {
    return this.#limits.maxBytes;
  }

  /** Items in the queue. */
  get items(): number {
    return this.#items;
  }

  /** Bytes in the queue. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Takes room. What is larger than the whole queue gets in when nothing else is there.
   *
   * @returns Whether there is room: false only where it is not waited for; a promise only where it is.
   * @throws The reason of the signal, which ends the waiting.
   */
  take(items: number, bytes: number, signal?: AbortSignal): boolean | Promise<true> {
    if (this.#waiting.size === 0 && this.#hasRoom(items, bytes)) {
      this.hold(items, bytes);
      return true;
    }
    if (this.#limits.whenFull === 'drop') {
      return false;
    }
    return this.#wait(items, bytes, signal);
  }

  /** From now on nobody waits: those who do fail with this error, and those who would. */
  end(error: unknown): void {
    this.#ended ??= { error };
    for (const { onEnd } of this.#waiting) {
      onEnd(error);
    }
    this.#waiting.clear();
  }

  /** Takes room although there may be none: for what cannot be kept waiting. */
  hold(items: number, bytes: number): void {
    this.#items += items;
    this.#bytes += bytes;
  }

  /** Gives room back. */
  give(items: number, bytes: number): void {
    this.#items -= items;
    this.#bytes -= bytes;
    for (const waiting of this.#waiting) {
      if (!this.#hasRoom(waiting.items, waiting.bytes)) {
        return;
      }
      this.#waiting.delete(waiting);
      this.hold(waiting.items, waiting.bytes);
      waiting.onRoom();
    }
  }

  async #wait(items: number, bytes: number, signal: AbortSignal | undefined): Promise<true> {
    signal?.throwIfAborted();
    if (this.#ended !== undefined) {
      throw this.#ended.error;
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiting: Waiting = { items, bytes, onRoom: resolve, onEnd: reject };
    const onAbort = (): void => {
      if (this.#waiting.delete(waiting)) {
        reject(signal?.reason);
        this.give(0, 0);
      }
    };
    this.#waiting.add(waiting);
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      await promise;
      return true;
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  #hasRoom(items: number, bytes: number): boolean {
    const { maxItems, maxBytes } = this.#limits;
    return this.#items === 0 || (this.#items + items <= maxItems && this.#bytes + bytes <= maxBytes);
  }
}
