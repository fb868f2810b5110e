/** Mutual exclusion by key within this process: holders of the same key follow each other in order of arrival. */
export class PathLocks {
  readonly #tails = new Map<string, Promise<void>>();

  /** Runs `action` while nobody else holds `key`. */
  async run<T>(key: string, action: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(key);
    const { promise: tail, resolve: release } = Promise.withResolvers<void>();
    this.#tails.set(key, tail);
    try {
      await before;
      return await action();
    } finally {
      release();
      if (this.#tails.get(key) === tail) {
        this.#tails.delete(key);
      }
    }
  }
}

/** The locks that all stores of this process share: two of them may have the same files. */
export const pathLocks: PathLocks = new PathLocks();
