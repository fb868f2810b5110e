import { raceAbort } from '@oh/file-store-core';

/** Mutual exclusion by key within this process: holders of the same key follow each other in order of arrival. */
export class PathLocks {
  readonly #tails = new Map<string, Promise<void>>();

  /** Runs `action` while nobody else holds `key`; an abort ends the waiting, not the action. */
  async run<T>(key: string, signal: AbortSignal | undefined, action: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(key);
    const { promise: tail, resolve: release } = Promise.withResolvers<void>();
    this.#tails.set(key, tail);
    const leave = (): void => {
      release();
      if (this.#tails.get(key) === tail) {
        this.#tails.delete(key);
      }
    };
    try {
      signal?.throwIfAborted();
      if (before !== undefined) {
        await raceAbort(before, signal);
      }
    } catch (error) {
      // Those behind still wait for the one before.
      void Promise.resolve(before).then(leave);
      throw error;
    }
    try {
      return await action();
    } finally {
      leave();
    }
  }
}

/** The locks that all stores of this process share: two of them may have the same files. */
export const pathLocks: PathLocks = new PathLocks();
