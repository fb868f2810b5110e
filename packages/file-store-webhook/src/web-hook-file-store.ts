import { type AbortOptions, type FileStore, PortableFileStore } from '@oh/file-store-core';
import type { DeadLetter } from './dead-letter.ts';
import { PlainDelivery } from './plain-delivery.ts';
import { type PendingNotices, type ReplayOptions, type ReplayResult, WebHook } from './web-hook.ts';
import { parseAmount, type WebHookOptions } from './web-hook-options.ts';

/** Options of {@link WebHookFileStore}. */
export interface WebHookFileStoreOptions extends WebHookOptions {
  /** Requests under way at once, each for another path. Default: 8. */
  readonly maxInFlight?: number | undefined;
}

/**
 * A `FileStore` that tells a webhook of every change: `POST {baseUrl}{path}` with the contents after a write, `DELETE {baseUrl}{path}` after a delete.
 *
 * Copies and moves are told as what they leave behind. The notices of one path, and of what it lies in or holds, are delivered one after the other in
 * the order of the changes; a `DELETE` concerns everything below its path. Closing it leaves the store beneath open.
 */
export class WebHookFileStore extends PortableFileStore {
  readonly #hook: WebHook;

  /**
   * @throws {TypeError} An option is none; the message tells no secret.
   * @throws {RangeError} A number is out of its range.
   */
  constructor(store: FileStore, options: WebHookFileStoreOptions) {
    const maxInFlight = parseAmount('maxInFlight', options.maxInFlight, 8, 1);
    const hook = new WebHook(store, options, { allowsQuery: false, maxInFlight, open: (parts) => new PlainDelivery(parts) });
    super(hook.driver);
    this.#hook = hook;
  }

  /** Ends as `close` of every store does; changes that wait for room in the queue are not made, and fail with `closed`. */
  override close(): Promise<void> {
    this.#hook.startClosing();
    return super.close();
  }

  /** What waits to be delivered. */
  pending(): PendingNotices {
    return this.#hook.pending();
  }

  /**
   * Resolves when everything that waits now has been delivered or has become a dead letter.
   *
   * @throws The reason of the signal; what waits goes on waiting.
   */
  async flush(options: AbortOptions = {}): Promise<void> {
    await this.#hook.flush(options);
  }

  /** The notices that could not be delivered, from the oldest on. */
  deadLetters(options: AbortOptions = {}): AsyncIterable<DeadLetter> {
    return this.#hook.deadLetters(options);
  }

  /** Queues dead letters anew with their ids; those whose path holds something else by now are removed, since another notice tells of that. */
  async replay(options: ReplayOptions = {}): Promise<ReplayResult> {
    return await this.#hook.replay(options);
  }
}
