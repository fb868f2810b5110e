import type { FileStore } from '@oh/file-store-core';
import { BatchedDelivery } from './batched-delivery.ts';
import { NotifyingFileStore } from './notifying-file-store.ts';
import { WebHook, type WebHookParts } from './web-hook.ts';
import { parseAmount, type WebHookOptions } from './web-hook-options.ts';

/** Options of {@link BatchedWebHookFileStore}. */
export interface BatchedWebHookFileStoreOptions extends WebHookOptions {
  /** Seconds that a batch waits for more, from its first notice on. Default: 5. */
  readonly batchTimeoutSeconds?: number | undefined;
  /** Bytes of contents with which a batch waits no longer. Default: 1,048,576. */
  readonly batchSizeLimitBytes?: number | undefined;
}

/**
 * A `FileStore` that tells a webhook of every change, in batches: `POST {baseUrl}` with a JSON array of `{ method, path, content?, encoding? }`.
 *
 * A batch is sent when its time is over, when it is large enough, on `flush` and on `close`; one at a time, each until it is accepted or given up, so
 * that all notices arrive in the order of the changes. In a batch the last write of a path wins, but never past a delete that concerns it; a
 * `DELETE` concerns everything below its path. Closing it leaves the store beneath open.
 */
export class BatchedWebHookFileStore extends NotifyingFileStore {
  /**
   * @throws {TypeError} An option is none; the message tells no secret.
   * @throws {RangeError} A number is out of its range.
   */
  constructor(store: FileStore, options: BatchedWebHookFileStoreOptions) {
    const timeoutMs = parseAmount('batchTimeoutSeconds', options.batchTimeoutSeconds, 5, 0) * 1000;
    const sizeLimitBytes = parseAmount('batchSizeLimitBytes', options.batchSizeLimitBytes, 1_048_576, 1);
    const open = (parts: WebHookParts): BatchedDelivery => new BatchedDelivery({ ...parts, timeoutMs, sizeLimitBytes });
    super(new WebHook(store, options, { allowsQuery: true, maxInFlight: 1, open }));
  }
}
