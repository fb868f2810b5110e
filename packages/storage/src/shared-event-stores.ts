import type { EventStore } from '@oh/event-store';
import { type AbortOptions, FileStoreError } from '@oh/file-store-core';
import { EventStoreHandle } from './event-store-handle.ts';

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
  readonly #stores = new Map<string, WeakRef<EventStore>>();
  readonly #forgotten = new FinalizationRegistry<string>((id) => {
    if (this.#stores.get(id)?.deref() === undefined) {
      this.#stores.delete(id);
    }
  });
  #isClosed = false;

  constructor(options: SharedEventStoresOptions) {
    this.#options = options;
  }

  /** A handle of the store of a conversation. @throws {FileStoreError} `closed`; what `open` throws. */
  get(conversationId: string): EventStore {
    if (this.#isClosed) {
      throw new FileStoreError('closed', 'the storage is closed');
    }
    return new EventStoreHandle(this.#storeOf(conversationId), this.#options.beforeAppend);
  }

  /** Closes all stores that anybody holds; one that nobody holds has nothing under way. @throws The first failure, when all are closed. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const closing = Array.from(this.#stores.values(), (store) => store.deref()?.close());
    await Promise.allSettled(closing);
    await Promise.all(closing);
  }

  #storeOf(conversationId: string): EventStore {
    const shared = this.#stores.get(conversationId)?.deref();
    if (shared !== undefined) {
      return shared;
    }
    const store = this.#options.open(conversationId);
    this.#stores.set(conversationId, new WeakRef(store));
    this.#forgotten.register(store, conversationId);
    return store;
  }
}
