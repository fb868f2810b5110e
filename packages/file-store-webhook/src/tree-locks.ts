import { raceAbort } from '@oh/file-store-core';
import { ancestorsOf } from './path-ancestors.ts';

/** Somebody who holds some paths, or waits for them. */
class Holder {
  /** Made by the first who waits. */
  #released: PromiseWithResolvers<void> | undefined;

  released(): Promise<void> {
    this.#released ??= Promise.withResolvers();
    return this.#released.promise;
  }

  release(): void {
    this.#released?.resolve();
  }
}

interface Node {
  /** The last who came for this very path: it has waited for all before. */
  last: Holder | undefined;
  /** All who came for a path below. */
  readonly below: Set<Holder>;
}

/** Lets go of what was acquired; to be called once. */
export type Release = () => void;

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
   * @returns No promise where nobody has to be waited for.
   * @throws The reason of the signal, which ends the waiting.
   */
  acquire(paths: readonly string[], signal?: AbortSignal): Release | Promise<Release> {
    const holder = new Holder();
    const before = this.#enter(paths, holder);
    const release = (): void => {
      this.#leave(paths, holder);
      holder.release();
    };
    return before.size === 0 ? release : waitFor(before, release, signal);
  }

  #enter(paths: readonly string[], holder: Holder): ReadonlySet<Holder> {
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

  #leave(paths: readonly string[], holder: Holder): void {
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

async function waitFor(before: ReadonlySet<Holder>, release: Release, signal: AbortSignal | undefined): Promise<Release> {
  const turn = Promise.all(Array.from(before, (other) => other.released()));
  try {
    await raceAbort(turn, signal);
    return release;
  } catch (error) {
    // Those behind still wait for the ones before.
    void turn.then(release);
    throw error;
  }
}
