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
}

/** Where dead letters are kept. */
export interface DeadLetters {
  /** Keeps a letter; kept already, it is no other. */
  add(kept: KeptLetter): Promise<void>;
  /** From the oldest on. */
  list(signal: AbortSignal | undefined): AsyncIterable<KeptLetter>;
  remove(id: string): Promise<void>;
}

/** Keeps so many letters in memory, the newest. */
export class MemoryDeadLetters implements DeadLetters {
  readonly #kept = new Map<string, KeptLetter>();
  readonly #maxLetters: number;
  readonly #onDrop: (notice: Notice) => void;

  constructor(maxLetters: number, onDrop: (notice: Notice) => void) {
    this.#maxLetters = maxLetters;
    this.#onDrop = onDrop;
  }

  async add(kept: KeptLetter): Promise<void> {
    this.#kept.set(kept.notice.id, kept);
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

  async remove(id: string): Promise<void> {
    this.#kept.delete(id);
  }
}
