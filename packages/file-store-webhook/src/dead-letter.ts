import type { Notice } from './notice.ts';

/** A notice that could not be delivered, and why. */
export interface DeadLetter {
  /** Its `webhook-id`, or the one that it would have had. */
  readonly id: string;
  readonly path: string;
  readonly method: 'POST' | 'DELETE';
  /** What went wrong the last time: `HTTP 500`, or the code of an error. */
  readonly reason: string;
  /** Attempts that were made, all of which failed. */
  readonly failedAttempts: number;
  /** When it was given up. */
  readonly diedAt: Date;
}

/** A dead letter with its contents. */
export interface KeptLetter {
  readonly notice: Notice;
  readonly letter: DeadLetter;
  /** Its place among all letters. */
  readonly place: number;
}

/** Where dead letters are kept. */
export interface DeadLetters {
  /** Keeps a letter; kept already, it is no other. */
  add(notice: Notice, letter: DeadLetter): Promise<void>;
  /** In the order of the changes. */
  list(signal: AbortSignal | undefined): AsyncIterable<KeptLetter>;
  remove(kept: KeptLetter): Promise<void>;
}

/** Keeps so many letters in memory, the newest. */
export class MemoryDeadLetters implements DeadLetters {
  readonly #kept = new Map<string, KeptLetter>();
  readonly #maxLetters: number;
  #next = 0;
  readonly #onDrop: (notice: Notice) => void;

  constructor(maxLetters: number, onDrop: (notice: Notice) => void) {
    this.#maxLetters = maxLetters;
    this.#onDrop = onDrop;
  }

  async add(notice: Notice, letter: DeadLetter): Promise<void> {
    this.#kept.set(notice.id, { notice, letter, place: this.#next });
    this.#next += 1;
    const [oldest] = this.#kept.values();
    if (this.#kept.size > this.#maxLetters && oldest !== undefined) {
      this.#kept.delete(oldest.notice.id);
      this.#onDrop(oldest.notice);
    }
  }

  async *list(signal: AbortSignal | undefined): AsyncGenerator<KeptLetter, void, undefined> {
    for (const kept of [...this.#kept.values()]) {
      signal?.throwIfAborted();
      yield kept;
    }
  }

  async remove({ notice }: KeptLetter): Promise<void> {
    this.#kept.delete(notice.id);
  }
}
