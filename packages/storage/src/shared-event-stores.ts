import type { EventStore } from '@oh/event-store';
import { type AbortOptions, FileStoreError } from '@oh/file-store-core';
import { EventStoreHandle } from './event-store-handle.ts';
import { WeakValues } from './weak-values.ts';

/** What {@link SharedEventStores} needs. */
export interface SharedEventStoresOptions {
  /** Makes the store of a conversation. */
  readonly open: (conversationId: string) => EventStore;
  /** What has to be done before an event is appended. */
  readonly beforeAppend: (options: AbortOptions) => Promise<void>;
}

/** One store of events for each conversation, for as long as somebody holds a handle of it: its appends share writes, and its tails hear of them. */
export class SharedEventStores {
  readonly #options: SharedEventStoresOptions;
  readonly #stores = new WeakValues<EventStore>();
  readonly #appends = new Set<Promise<unknown>>();
  #isClosed = false;

  constructor(options: SharedEventStoresOptions) {
    this.#options = options;
  }

  /** A handle of the store of a conversation. @throws {FileStoreError} `closed`; what `open` throws. */
  get(conversationId: string): EventStore {
    this.#checkOpen();
    const store = this.#stores.getOrMake(conversationId, () => this.#options.open(conversationId));
    return new EventStoreHandle(store, (options, append) => this.#append(options, append));
  }

  /**
   * Ends the appends that have begun, and closes all stores that anybody holds; one that nobody holds has nothing under way.
   *
   * @throws The first failure, when all are closed.
   */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.allSettled(this.#appends);
    const closing = this.#stores.all().map((store) => store.close());
    await Promise.allSettled(closing);
    await Promise.all(closing);
  }

  #checkOpen(): void {
    if (this.#isClosed) {
      throw new FileStoreError('closed', 'the storage is closed');
    }
  }

  async #append<T>(options: AbortOptions, append: () => Promise<T>): Promise<T> {
    this.#checkOpen();
    const appended = this.#options.beforeAppend(options).then(append);
    this.#appends.add(appended);
    try {
      return await appended;
    } finally {
      this.#appends.delete(appended);
    }
  }
}
