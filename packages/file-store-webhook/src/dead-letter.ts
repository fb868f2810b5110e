import { type Notice, noticeBytes } from './notice.ts';

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

/** Keeps so many letters in memory, with so many bytes of contents: the newest; one that is larger alone. */
export class MemoryDeadLetters implements DeadLetters {
  readonly #kept = new Map<string, KeptLetter>();
  readonly #maxLetters: number;
  readonly #maxBytes: number;
  #bytes = 0;
  #next = 0;
  readonly #onDrop: (notice: Notice) => void;

  constructor(maxLetters: number, maxBytes: number, onDrop: (notice: Notice) => void) {
    this.#maxLetters = maxLetters;
    this.#maxBytes = maxBytes;
    this.#onDrop = onDrop;
  }

  async add(notice: Notice, letter: DeadLetter): Promise<void> {
    this.#delete(notice.id);
    this.#kept.set(notice.id, { notice, letter, place: this.#next });
    this.#bytes += noticeBytes(notice);
    this.#next += 1;
    for (const oldest of this.#kept.values()) {
      if (this.#kept.size <= this.#maxLetters && (this.#bytes <= this.#maxBytes || this.#kept.size === 1)) {
        return;
      }
      this.#delete(oldest.notice.id);
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
    this.#delete(notice.id);
  }

  #delete(id: string): void {
    const kept = this.#kept.get(id);
    if (kept !== undefined) {
      this.#kept.delete(id);
      this.#bytes -= noticeBytes(kept.notice);
    }
  }
}
