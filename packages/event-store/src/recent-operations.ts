/** How many of the last events an `operationId` is looked for in. */
export const operationWindow = 1000;

/** The ids of the events of operations of which one is among the last {@link operationWindow} events. */
export class RecentOperations {
  readonly #ids = new Map<string, number[]>();

  /** How many operations are known. */
  get size(): number {
    return this.#ids.size;
  }

  /** Notes an event; ids come in rising order, and again is no matter. */
  add(operationId: string, id: number): void {
    const ids = this.#ids.get(operationId);
    if (ids === undefined) {
      this.#ids.set(operationId, [id]);
    } else if ((ids.at(-1) ?? -1) < id) {
      ids.push(id);
    }
    this.#forget(id + 1 - operationWindow);
  }

  /** The events of an operation, if its last one is among the last {@link operationWindow} before `nextId`. */
  find(operationId: string, nextId: number): readonly number[] {
    this.#forget(nextId - operationWindow);
    return this.#ids.get(operationId) ?? [];
  }

  #forget(beforeId: number): void {
    for (const [operationId, ids] of this.#ids) {
      if ((ids.at(-1) ?? 0) >= beforeId) {
        return;
      }
      this.#ids.delete(operationId);
    }
  }
}
