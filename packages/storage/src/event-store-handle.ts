import type { AppendEventOptions, EventInput, EventSearchOptions, EventStore, EventStream, StoredEvent } from '@oh/event-store';
import { type AbortOptions, FileStoreError } from '@oh/file-store-core';

/** Does what is to be done before an append, then the append. */
export type RunAppend = <T>(options: AbortOptions, append: () => Promise<T>) => Promise<T>;

/** One caller's way into a store of events that others use too: closing it closes it for this caller alone. */
export class EventStoreHandle implements EventStore {
  readonly #store: EventStore;
  readonly #runAppend: RunAppend;
  readonly #closing = new AbortController();
  readonly #appends = new Set<Promise<unknown>>();

  /**
   * @param store What it leads into.
   * @param runAppend Does each append, and what has to be done before it.
   */
  constructor(store: EventStore, runAppend: RunAppend) {
    this.#store = store;
    this.#runAppend = runAppend;
  }

  get conversationId(): string {
    return this.#store.conversationId;
  }

  async append(event: EventInput, options: AppendEventOptions = {}): Promise<StoredEvent> {
    return await this.#appending(options, () => this.#store.append(event, options));
  }

  async appendAll(events: readonly EventInput[], options: AppendEventOptions = {}): Promise<readonly StoredEvent[]> {
    return await this.#appending(options, () => this.#store.appendAll(events, options));
  }

  async get(id: number, options: AbortOptions = {}): Promise<StoredEvent> {
    return await this.#store.get(id, this.#untilClosed(options));
  }

  search(options: EventSearchOptions = {}): EventStream {
    return this.#store.search({ ...options, ...this.#untilClosed(options) });
  }

  async latest(options: AbortOptions = {}): Promise<StoredEvent | null> {
    return await this.#store.latest(this.#untilClosed(options));
  }

  async latestId(options: AbortOptions = {}): Promise<number | null> {
    return await this.#store.latestId(this.#untilClosed(options));
  }

  tail(fromId: number, options: AbortOptions = {}): EventStream {
    return this.#store.tail(fromId, this.#untilClosed(options));
  }

  async close(): Promise<void> {
    this.#closing.abort(new FileStoreError('closed', 'the event store is closed'));
    await Promise.allSettled(this.#appends);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #appending<T>(options: AbortOptions, append: () => Promise<T>): Promise<T> {
    this.#closing.signal.throwIfAborted();
    const appended = this.#runAppend({ signal: options.signal }, append);
    this.#appends.add(appended);
    try {
      return await appended;
    } finally {
      this.#appends.delete(appended);
    }
  }

  #untilClosed({ signal }: AbortOptions): AbortOptions {
    return { signal: signal === undefined ? this.#closing.signal : AbortSignal.any([signal, this.#closing.signal]) };
  }
}
