import type { StoredEvent } from './event.ts';
import { isUnreadable, type LogItem } from './event-log.ts';
import type { EventStream, UnreadableEvents } from './event-store.ts';

/** An {@link EventStream} over what a log yields. */
export class LazyEventStream implements EventStream {
  readonly #batches: AsyncIterable<readonly LogItem[]>;
  readonly #matches: (event: StoredEvent) => boolean;
  readonly #limit: number;
  readonly #unreadable: UnreadableEvents[] = [];
  #isTaken = false;

  /** @param limit At most so many events. */
  constructor(batches: AsyncIterable<readonly LogItem[]>, matches: (event: StoredEvent) => boolean, limit: number) {
    this.#batches = batches;
    this.#matches = matches;
    this.#limit = limit;
  }

  get unreadable(): readonly UnreadableEvents[] {
    return this.#unreadable;
  }

  [Symbol.asyncIterator](): AsyncGenerator<StoredEvent, void, undefined> {
    if (this.#isTaken) {
      throw new TypeError('a stream of events is iterated once; ask for another one');
    }
    this.#isTaken = true;
    return this.#events();
  }

  async *#events(): AsyncGenerator<StoredEvent, void, undefined> {
    let left = this.#limit;
    for await (const items of this.#batches) {
      for (const item of items) {
        if (isUnreadable(item)) {
          this.#unreadable.push(item);
        } else if (this.#matches(item)) {
          yield item;
          left -= 1;
          if (left === 0) {
            return;
          }
        }
      }
    }
  }
}
