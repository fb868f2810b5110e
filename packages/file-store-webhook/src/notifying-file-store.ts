import { type AbortOptions, PortableFileStore } from '@oh/file-store-core';
import type { DeadLetter } from './dead-letter.ts';
import type { ReplayOptions, ReplayResult } from './replay-letters.ts';
import type { PendingNotices, WebHook } from './web-hook.ts';

/** A `FileStore` that tells a webhook of every change, whatever the form of its requests. Closing it leaves the store beneath open. */
export class NotifyingFileStore extends PortableFileStore {
  readonly #hook: WebHook;

  /** @param hook Tells of the changes, and is this store's alone. */
  constructor(hook: WebHook) {
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
   * Sends what waits now without waiting for more; resolves when all of it has been delivered or has become a dead letter.
   *
   * @throws The reason of the signal; what waits goes on waiting. A `FileStoreError` with the code `closed` when the store was closed before, or another one has taken its outbox over and delivers what is left.
   */
  async flush(options: AbortOptions = {}): Promise<void> {
    await this.#hook.flush(options);
  }

  /** The notices that could not be delivered, from the oldest on. */
  deadLetters(options: AbortOptions = {}): AsyncIterable<DeadLetter> {
    return this.#hook.deadLetters(options);
  }

  /**
   * Queues dead letters anew with their ids; those whose path holds something else by now are removed, since another notice tells of that. What
   * waits for its next attempt, as after an outage of the receiver, makes it at once.
   *
   * @throws The first error of a letter, or of a path that it tells of, that cannot be read: after all the others, which are queued. What the store throws.
   */
  async replay(options: ReplayOptions = {}): Promise<ReplayResult> {
    return await this.#hook.replay(options);
  }
}
