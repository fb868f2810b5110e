import { raceAbort } from '@oh/file-store-core';
import { ancestorsOf } from './path-ancestors.ts';

/** Somebody who holds some paths, or waits for them. */
interface Holder {
  readonly released: Promise<void>;
}

interface Node {
  /** The last who came for this very path: it has waited for all before. */
  last: Holder | undefined;
  /** All who came for a path below. */
  readonly below: Set<Holder>;
}

/**
 * Mutual exclusion over paths: a path excludes itself, what it lies in and what lies in it.
 *
 * Those who exclude each other follow each other in order of arrival; arrival is the call, not a later turn of the event loop.
 */
export class TreeLocks {
  readonly #nodes = new Map<string, Node>();

  /**
   * Waits until nobody else holds what these paths exclude.
   *
   * @returns Lets go; to be called once.
   * @throws The reason of the signal, which ends the waiting.
   */
  async acquire(paths: readonly string[], signal?: AbortSignal): Promise<() => void> {
    const { promise: released, resolve } = Promise.withResolvers<void>();
    const holder: Holder = { released };
    const before = this.#enter(new Set(paths), holder);
    const release = (): void => {
      this.#leave(new Set(paths), holder);
      resolve();
    };
    if (before.size > 0) {
      const turn = Promise.all(Array.from(before, (other) => other.released));
      try {
        await raceAbort(turn, signal);
      } catch (error) {
        // Those behind still wait for the ones before.
        void turn.then(release);
        throw error;
      }
    }
    return release;
  }

  #enter(paths: ReadonlySet<string>, holder: Holder): ReadonlySet<Holder> {
    const before = new Set<Holder>();
    for (const path of paths) {
      for (const each of [...ancestorsOf(path), path]) {
        const last = this.#nodes.get(each)?.last;
        if (last !== undefined) {
          before.add(last);
        }
      }
      for (const other of this.#nodes.get(path)?.below ?? []) {
        before.add(other);
      }
    }
    for (const path of paths) {
      this.#nodeOf(path).last = holder;
      for (const ancestor of ancestorsOf(path)) {
        this.#nodeOf(ancestor).below.add(holder);
      }
    }
    return before;
  }

  #leave(paths: ReadonlySet<string>, holder: Holder): void {
    for (const path of paths) {
      const own = this.#nodeOf(path);
      if (own.last === holder) {
        own.last = undefined;
      }
      this.#removeEmpty(path, own);
      for (const ancestor of ancestorsOf(path)) {
        const node = this.#nodeOf(ancestor);
        node.below.delete(holder);
        this.#removeEmpty(ancestor, node);
      }
    }
  }

  #nodeOf(path: string): Node {
    let node = this.#nodes.get(path);
    if (node === undefined) {
      node = { last: undefined, below: new Set() };
      this.#nodes.set(path, node);
    }
    return node;
  }

  #removeEmpty(path: string, node: Node): void {
    if (node.last === undefined && node.below.size === 0) {
      this.#nodes.delete(path);
    }
  }
}
