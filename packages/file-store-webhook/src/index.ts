/**
 * File stores that tell a webhook of every change, in the protocol of OpenHands: in order, signed, retried; with an outbox never lost.
 *
 * Paths are percent-encoded in URLs and as they are in batches. Contents above `maxContentBytes` are told by size and hash.
 *
 * @packageDocumentation
 */
export { BatchedWebHookFileStore, type BatchedWebHookFileStoreOptions } from './batched-web-hook-file-store.ts';
export type { CircuitBreakerOptions } from './circuit-breaker.ts';
export type { DeadLetter } from './dead-letter.ts';
export type { DeliveryClock } from './delivery-clock.ts';
export type { WebHookNetwork } from './guarded-connector.ts';
export type { RequestLimits } from './http-sender.ts';
export type { DroppedNotice } from './notice-queue.ts';
export { summaryMediaType } from './outgoing-request.ts';
export { isPublicAddress } from './public-address.ts';
export { type OutboxContents, type PendingNotice, readOutbox } from './read-outbox.ts';
export type { ReplayOptions, ReplayResult } from './replay-letters.ts';
export { type RetryOptions, standardRetryDelaysMs } from './retry-schedule.ts';
export type { PendingNotices } from './web-hook.ts';
export { WebHookFileStore, type WebHookFileStoreOptions } from './web-hook-file-store.ts';
export type { WebHookOptions } from './web-hook-options.ts';
export { type DropReason, type WebHookEvent, webHookChannelName } from './webhook-channel.ts';
