import { type LineHead, parseHead } from './event-line.ts';
import type { LogLine } from './split-lines.ts';

/** Finds the end of a log from its lines, in their order, without reading the events. */
export class EndScanner {
  #nextId: number;
  #fencingToken: number;
  /** Lines without an id since the last event; each may have been one. */
  #damaged = 0;

  /** @param nextId The end before the first line. */
  constructor(nextId: number, fencingToken: number) {
    this.#nextId = nextId;
    this.#fencingToken = fencingToken;
  }

  /** The id that comes next. */
  get nextId(): number {
    return this.#nextId + this.#damaged;
  }

  /** The highest fencing token that was met; 0 for none. */
  get fencingToken(): number {
    return this.#fencingToken;
  }

  /** @returns What the line begins with, when it is the next event. */
  add({ text, isTorn }: LogLine): LineHead | undefined {
    const head = text === undefined ? undefined : parseHead(text);
    if (head === undefined) {
      this.#damaged += isTorn ? 0 : 1;
      return undefined;
    }
    this.#fencingToken = Math.max(this.#fencingToken, head.fencingToken);
    if (head.id < this.#nextId) {
      return undefined;
    }
    this.#nextId = head.id + 1;
    this.#damaged = 0;
    return head;
  }
}
