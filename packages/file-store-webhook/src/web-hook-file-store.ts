import type { FileStore } from '@oh/file-store-core';
import { NotifyingFileStore } from './notifying-file-store.ts';
import { PlainDelivery } from './plain-delivery.ts';
import { WebHook } from './web-hook.ts';
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
export class WebHookFileStore extends NotifyingFileStore {
  /**
   * @throws {TypeError} An option is none; the message tells no secret.
   * @throws {RangeError} A number is out of its range.
   */
  constructor(store: FileStore, options: WebHookFileStoreOptions) {
    const maxInFlight = parseAmount('maxInFlight', options.maxInFlight, 8, 1);
    super(new WebHook(store, options, { allowsQuery: false, maxInFlight, open: (parts) => new PlainDelivery(parts) }));
  }
}
