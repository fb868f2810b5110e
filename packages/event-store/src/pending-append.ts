import type { StoredEvent } from './event.ts';
import type { AppendEventOptions } from './event-store.ts';

/** An event that waits to be appended. */
export interface DraftEvent {
  /** What is stored, without the fields of the store. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** The fields as the format of the log spells them. */
  readonly body: string;
  /** Its `parent_id`, when that is an event. */
  readonly parentId: number | undefined;
}

/** An append that waits, or is under way. */
export class PendingAppend {
  readonly drafts: readonly DraftEvent[];
  readonly options: AppendEventOptions;
  readonly settled: Promise<readonly StoredEvent[]>;
  readonly #resolve: (events: readonly StoredEvent[]) => void;
  readonly #reject: (error: unknown) => void;
  readonly #onAbort: () => void;
  #isSettled = false;

  /** @param onAbort Called when its caller has given it up. */
  constructor(drafts: readonly DraftEvent[], options: AppendEventOptions, onAbort: () => void) {
    const { promise, resolve, reject } = Promise.withResolvers<readonly StoredEvent[]>();
    this.drafts = drafts;
    this.options = options;
    this.settled = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#onAbort = onAbort;
    options.signal?.addEventListener('abort', this.#abort, { once: true });
  }

  /** Whether somebody still waits for it. */
  get isWanted(): boolean {
    return !this.#isSettled;
  }

  /** Bytes it adds, about. */
  get size(): number {
    return this.drafts.reduce((sum, { body }) => sum + body.length, 0);
  }

  resolve(events: readonly StoredEvent[]): void {
    this.#settle();
    this.#resolve(events);
  }

  reject(error: unknown): void {
    this.#settle();
    this.#reject(error);
  }

  readonly #abort = (): void => {
    this.reject(this.options.signal?.reason);
    this.#onAbort();
  };

  #settle(): void {
    this.#isSettled = true;
    this.options.signal?.removeEventListener('abort', this.#abort);
  }
}
