import { raceAbort } from '@oh/file-store-core';
import type { DeadLetters } from './dead-letter.ts';
import { type DeliveryClock, pause } from './delivery-clock.ts';
import { type Notice, noticeBytes, noticeMethod } from './notice.ts';
import type { QueueCapacity } from './queue-capacity.ts';
import type { DeliveryOutcome } from './request-attempts.ts';
import { type DropReason, publishWebHookEvent } from './webhook-channel.ts';

/** How a notice left the queue: as its request did, or because a later one says all that it says. */
export type NoticeOutcome = DeliveryOutcome | { readonly outcome: 'superseded' };

/** What is told to {@link WebHookOptions.onDrop}. */
export interface DroppedNotice {
  /** What would have been its `webhook-id`. */
  readonly id: string;
  readonly path: string;
  readonly method: 'POST' | 'DELETE';
  readonly reason: DropReason;
}

/** Takes notices in their order, and tells the queue what becomes of each. */
export interface NoticeDelivery {
  /** Takes a notice over; the order of the calls is the order of delivery. */
  add(notice: Notice): void;
  /** Takes over notices that were sent together before, by a store that is no more; comes before all calls of `add`. */
  addTogether(id: string, notices: readonly Notice[]): void;
  /** Waits for nothing more before it sends what it has. */
  hurry(): void;
}

/** What the queue needs. */
export interface NoticeQueueOptions {
  readonly capacity: QueueCapacity;
  readonly deadLetters: DeadLetters;
  readonly clock: DeliveryClock;
  readonly onDrop: ((dropped: DroppedNotice) => void) | undefined;
  /** Told of notices that need no longer be kept; they are delivered, superseded, or dead letters. */
  readonly onSettled: (notices: readonly Notice[]) => void;
  /** Whether what is left at the end is kept somewhere. */
  readonly keepsLeft: boolean;
  /** Aborted when nothing is waited for any more. */
  readonly stopped: AbortSignal;
}

/** The notices that are on their way. */
export class NoticeQueue {
  readonly #options: NoticeQueueOptions;
  /** What waits, each with what is called when it has gone, if somebody waits for that: with whether it need no longer be delivered. */
  readonly #pending = new Map<Notice, PromiseWithResolvers<boolean> | undefined>();
  /** The last notice of each path. */
  readonly #latest = new Map<string, Notice>();
  /** Bytes that were read to be told by a notice. */
  readonly #readBytes = new Map<Notice, number>();

  constructor(options: NoticeQueueOptions) {
    this.#options = options;
  }

  /** Takes in a notice, for which room has been taken. */
  enter(notice: Notice): void {
    this.#pending.set(notice, undefined);
    this.#latest.set(notice.path, notice);
  }

  /** Counts bytes that were read to be told by a notice, until it leaves the queue. */
  countRead(notice: Notice, bytes: number): void {
    this.#options.capacity.hold(0, bytes - (this.#readBytes.get(notice) ?? 0));
    this.#readBytes.set(notice, bytes);
  }

  /** Whether no later notice of its path is in the queue. */
  isLatest(notice: Notice): boolean {
    return this.#latest.get(notice.path) === notice;
  }

  /** Resolves when everything that is in the queue now has gone from it. @returns Whether nothing of it was left undelivered, and is no dead letter. */
  async settled(signal?: AbortSignal): Promise<boolean> {
    const leaving = Array.from(this.#pending, ([notice, known]) => {
      const left = known ?? Promise.withResolvers<boolean>();
      this.#pending.set(notice, left);
      return left.promise;
    });
    return (await raceAbort(Promise.all(leaving), signal)).every(Boolean);
  }

  /**
   * Lets notices go, together.
   *
   * @returns How: those that were to be dead letters are left when these cannot be kept.
   */
  async settle(notices: readonly Notice[], delivered: NoticeOutcome): Promise<NoticeOutcome['outcome']> {
    const result = delivered.outcome === 'dead' && !(await this.#bury(notices, delivered)) ? ({ outcome: 'left' } as const) : delivered;
    if (result.outcome === 'left') {
      for (const notice of this.#options.keepsLeft ? [] : notices) {
        this.drop(notice, 'closed');
      }
    } else {
      const { outcome } = result;
      this.#options.onSettled(notices);
      publishWebHookEvent(() => ({ event: 'settled', outcome, notices: notices.length }));
    }
    for (const notice of notices) {
      this.#options.capacity.give(1, noticeBytes(notice) + (this.#readBytes.get(notice) ?? 0));
      this.#readBytes.delete(notice);
      this.#pending.get(notice)?.resolve(result.outcome !== 'left');
      this.#pending.delete(notice);
      if (this.isLatest(notice)) {
        this.#latest.delete(notice.path);
      }
    }
    return result.outcome;
  }

  /** Reports a notice that is never delivered. */
  drop(notice: Notice, reason: DropReason): void {
    const { id, path } = notice;
    publishWebHookEvent(() => ({ event: 'dropped', id, path, reason }));
    const { onDrop } = this.#options;
    if (onDrop !== undefined) {
      // What it throws must not end a delivery.
      queueMicrotask(() => onDrop({ id, path, method: noticeMethod(notice), reason }));
    }
  }

  /** Makes dead letters of notices; tries again while they cannot be kept. @returns False when that has been stopped. */
  async #bury(notices: readonly Notice[], cause: Extract<DeliveryOutcome, { outcome: 'dead' }>): Promise<boolean> {
    const { deadLetters, clock, stopped } = this.#options;
    const { reason, failedAttempts } = cause;
    const diedAt = new Date(clock.now());
    while (!stopped.aborted) {
      try {
        for (const notice of notices) {
          await deadLetters.add(notice, { id: notice.id, path: notice.path, method: noticeMethod(notice), reason, failedAttempts, diedAt });
        }
        return true;
      } catch {
        // The notices are still in the outbox, and behind them those of the same paths wait.
        await pause(clock, buryAgainAfterMs, stopped);
      }
    }
    return false;
  }
}

/** Milliseconds until dead letters that could not be kept are tried again. */
const buryAgainAfterMs = 5_000;
