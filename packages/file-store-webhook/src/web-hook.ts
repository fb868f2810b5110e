import { randomUUID } from 'node:crypto';
import { type AbortOptions, type FileStore, FileStoreError } from '@oh/file-store-core';
import { ChangeTeller } from './change-teller.ts';
import { checkedIds } from './checked-ids.ts';
import { CircuitBreaker } from './circuit-breaker.ts';
import { type DeadLetter, type DeadLetters, type KeptLetter, MemoryDeadLetters } from './dead-letter.ts';
import { type DeliveryClock, systemDeliveryClock } from './delivery-clock.ts';
import type { HttpSender } from './http-sender.ts';
import { lookAtPath } from './look-at-path.ts';
import { type Notice, noticeBytes } from './notice.ts';
import { type NoticeDelivery, NoticeQueue } from './notice-queue.ts';
import { openSender } from './open-sender.ts';
import { Outbox, type Recovered } from './outbox.ts';
import { OutboxDeadLetters } from './outbox-dead-letters.ts';
import type { BatchItem } from './outgoing-request.ts';
import type { DeliveryOptions } from './plain-delivery.ts';
import { QueueCapacity } from './queue-capacity.ts';
import { describePath, fingerprintOf } from './reconcile.ts';
import type { ContentsPolicy } from './recorded-contents.ts';
import { type ReplayOptions, type ReplayResult, replayLetters } from './replay-letters.ts';
import { RequestAttempts } from './request-attempts.ts';
import { RetrySchedule } from './retry-schedule.ts';
import { throwUnreadable } from './unreadable-path.ts';
import { WebHookDriver } from './web-hook-driver.ts';
import { parseAmount, parseBaseUrl, parseChoice, type WebHookOptions } from './web-hook-options.ts';
import { publishWebHookEvent } from './webhook-channel.ts';

/** Notices that wait to be delivered. */
export interface PendingNotices {
  readonly notices: number;
  /** Bytes of their contents. */
  readonly bytes: number;
}

/** What a way of delivery needs besides. */
export interface WebHookParts extends DeliveryOptions {
  readonly clock: DeliveryClock;
  readonly newId: () => string;
  /** Keeps which notices are about to be sent together. */
  readonly onComposed: (id: string, notices: readonly Notice[]) => Promise<void>;
}

/** How a webhook store delivers. */
export interface DeliveryForm {
  /** Whether `baseUrl` may have a query. */
  readonly allowsQuery: boolean;
  /** Requests under way at once. */
  readonly maxInFlight: number;
  readonly open: (parts: WebHookParts) => NoticeDelivery;
}

/** What both webhook stores are made of. */
export class WebHook {
  readonly driver: WebHookDriver;
  readonly #store: FileStore;
  readonly #clock: DeliveryClock;
  readonly #policy: ContentsPolicy;
  readonly #capacity: QueueCapacity;
  readonly #queue: NoticeQueue;
  readonly #deadLetters: DeadLetters;
  readonly #outbox: Outbox | undefined;
  readonly #sender: HttpSender;
  readonly #attempts: RequestAttempts;
  readonly #delivery: NoticeDelivery;
  readonly #teller: ChangeTeller;
  readonly #closeTimeoutMs: number;
  readonly #stopped = new AbortController();
  #cancelClosing: (() => void) | undefined;

  /** @throws {TypeError} and {@link RangeError} for options that are none. */
  constructor(store: FileStore, options: WebHookOptions, form: DeliveryForm) {
    this.#store = store;
    const clock = options.clock ?? systemDeliveryClock;
    const newId = options.newId === undefined ? randomUUID : checkedIds(options.newId);
    this.#clock = clock;
    this.#policy = parsePolicy(options);
    this.#closeTimeoutMs = parseAmount('closeTimeoutMs', options.closeTimeoutMs, 15_000, 0);
    this.#capacity = openCapacity(options);
    this.#outbox =
      options.outbox &&
      new Outbox({
        store: options.outbox,
        files: store,
        clock,
        newId,
        onRecovered: (recovered) => this.#recover(recovered),
        onTakenOver: () => this.#stop(),
      });
    this.#deadLetters = this.#openDeadLetters(options);
    this.#queue = new NoticeQueue({
      capacity: this.#capacity,
      deadLetters: this.#deadLetters,
      clock,
      onDrop: options.onDrop,
      onSettled: (notices) => this.#outbox?.settle(notices),
      keepsLeft: this.#outbox !== undefined,
      stopped: this.#stopped.signal,
    });
    const network = parseChoice('network', options.network, ['any', 'public']);
    const url = parseBaseUrl(options.baseUrl, network, form.allowsQuery);
    this.#sender = openSender(options, url, form.maxInFlight, clock);
    this.#attempts = new RequestAttempts({
      sender: this.#sender,
      schedule: new RetrySchedule(options, options.random ?? Math.random),
      breaker: new CircuitBreaker(options.circuitBreaker ?? {}, clock, (isOpen) =>
        publishWebHookEvent(() => ({ event: 'circuit', isOpen })),
      ),
      clock,
      confirm: async () => await this.#outbox?.confirm(),
      maxInFlight: form.maxInFlight,
    });
    this.#delivery = form.open({
      queue: this.#queue,
      attempts: this.#attempts,
      basePath: url.pathname + url.search,
      resolve: (notice) => this.#resolve(notice),
      onFailed: (notices, failedAttempts, reason) => this.#outbox?.countFailures(notices, failedAttempts, reason),
      onComposed: async (id, notices) => await this.#outbox?.keepBatch(id, notices),
      clock,
      newId,
    });
    this.#teller = new ChangeTeller({
      capacity: this.#capacity,
      queue: this.#queue,
      delivery: this.#delivery,
      journal: this.#outbox,
      newId,
    });
    this.driver = new WebHookDriver({ store, teller: this.#teller, policy: this.#policy, onClose: () => this.#close() });
    this.#outbox?.open();
  }

  /** What waits to be delivered. */
  pending(): PendingNotices {
    return { notices: this.#capacity.items, bytes: this.#capacity.bytes };
  }

  /** Sends what waits now without waiting for more, and resolves when all of it is delivered or a dead letter. @throws {FileStoreError} `closed` when it is neither. */
  async flush({ signal }: AbortOptions): Promise<void> {
    signal?.throwIfAborted();
    await this.#outbox?.ready(signal);
    this.#delivery.hurry();
    if (this.#stopped.signal.aborted || !(await this.#queue.settled(signal))) {
      throw new FileStoreError('closed', 'not everything was delivered: the store was closed, or another one has taken its outbox over');
    }
  }

  /** The dead letters, from the oldest on. */
  async *deadLetters({ signal }: AbortOptions): AsyncGenerator<DeadLetter, void, undefined> {
    for await (const { letter } of this.#deadLetters.list(signal)) {
      yield letter;
    }
  }

  /** Queues dead letters anew, if the store still holds what they tell, and makes the next attempts for what waits. @throws As {@link replayLetters}. */
  async replay(options: ReplayOptions): Promise<ReplayResult> {
    const { signal } = options;
    this.#attempts.resume();
    await this.#outbox?.ready(signal);
    const parts = {
      letters: this.#deadLetters,
      // What is queued from here on has such a place.
      nextPlace: this.#outbox?.nextPlace ?? 0,
      tellAgain: (kept: KeptLetter) => this.#teller.tellAgain(kept, () => this.#isStillSo(kept, signal), signal),
    };
    return await replayLetters(parts, options);
  }

  async #isStillSo({ notice: { path, change } }: KeptLetter, signal: AbortSignal | undefined): Promise<boolean> {
    if (change.kind === 'changed') {
      return true;
    }
    return (await describePath(this.#store, path, signal)) === fingerprintOf(change);
  }

  async #resolve(notice: Notice): Promise<BatchItem | undefined> {
    const { path, change } = notice;
    if (change.kind !== 'changed') {
      return { path, change };
    }
    const present = await lookAtPath(this.#store, path, this.#policy, this.#stopped.signal).catch(throwUnreadable);
    if (!this.#queue.isLatest(notice)) {
      // What was seen may come after what the next notice of the path tells, and that one tells all that this one would.
      return undefined;
    }
    if (present !== undefined) {
      this.#queue.countRead(notice, noticeBytes({ change: present }));
    }
    await this.#outbox?.keepLooked(notice, present);
    return present && { path, change: present };
  }

  /** Comes before `close` of the driver, which waits for the changes that are being made: from now on nothing waits for long. */
  startClosing(): void {
    const onTime = (): void => {
      this.#stop();
      this.#outbox?.giveUp();
    };
    this.#cancelClosing ??= this.#clock.startTimer(this.#closeTimeoutMs, onTime, { keepsAlive: true });
    this.#capacity.end(new FileStoreError('closed', 'the store is closed'));
    this.#attempts.drain();
  }

  /** Delivers what can be delivered soon; what is left is in the outbox, or reported. */
  async #close(): Promise<void> {
    try {
      // An outbox that cannot be opened keeps what it has for the next store.
      await this.#outbox?.ready(this.#stopped.signal).catch(() => undefined);
      this.#delivery.hurry();
      await this.#queue.settled();
    } finally {
      this.#cancelClosing?.();
      this.#stop();
      await this.#sender.close();
    }
    await this.#outbox?.close();
  }

  #openDeadLetters({ outbox, maxDeadLetters }: WebHookOptions): DeadLetters {
    const kept = this.#outbox;
    return outbox !== undefined && kept !== undefined
      ? new OutboxDeadLetters(outbox, (id) => kept.placeOf(id))
      : new MemoryDeadLetters(parseAmount('maxDeadLetters', maxDeadLetters, 1_000, 0), this.#capacity.maxBytes, (notice) =>
          this.#queue.drop(notice, 'dead-letters-full'),
        );
  }

  /** Queues what another store has left; there may be more of it than the queue would take. */
  #recover({ batches, notices }: Recovered): void {
    for (const notice of [...batches.flatMap((batch) => batch.notices), ...notices]) {
      this.#capacity.hold(1, noticeBytes(notice));
      this.#queue.enter(notice);
    }
    for (const batch of batches) {
      this.#delivery.addTogether(batch.id, batch.notices);
    }
    for (const notice of notices) {
      this.#delivery.add(notice);
    }
  }

  #stop(): void {
    this.#stopped.abort();
    this.#attempts.stop();
  }
}

function parsePolicy({ contents, maxContentBytes }: WebHookOptions): ContentsPolicy {
  return {
    sendsContents: parseChoice('contents', contents, ['full', 'summary']) === 'full',
    maxBytes: parseAmount('maxContentBytes', maxContentBytes, 16 * 1024 * 1024, 0),
  };
}

function openCapacity({ maxPending, maxPendingBytes, whenFull }: WebHookOptions): QueueCapacity {
  return new QueueCapacity({
    maxItems: parseAmount('maxPending', maxPending, 10_000, 1),
    maxBytes: parseAmount('maxPendingBytes', maxPendingBytes, 64 * 1024 * 1024, 1),
    whenFull: parseChoice('whenFull', whenFull, ['wait', 'drop']),
  });
}
