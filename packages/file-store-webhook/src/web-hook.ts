import { createHash, randomUUID } from 'node:crypto';
import type { AbortOptions, FileStore } from '@oh/file-store-core';
import { ChangeTeller } from './change-teller.ts';
import { CircuitBreaker } from './circuit-breaker.ts';
import { type DeadLetter, type DeadLetters, type KeptLetter, MemoryDeadLetters } from './dead-letter.ts';
import { type DeliveryClock, systemDeliveryClock } from './delivery-clock.ts';
import { HttpSender } from './http-sender.ts';
import { lookAtPath } from './look-at-path.ts';
import type { KnownChange, Notice } from './notice.ts';
import { type NoticeDelivery, NoticeQueue } from './notice-queue.ts';
import type { BatchItem } from './outgoing-request.ts';
import type { DeliveryOptions } from './plain-delivery.ts';
import { QueueCapacity } from './queue-capacity.ts';
import type { ContentsPolicy } from './recorded-contents.ts';
import { RequestAttempts } from './request-attempts.ts';
import { RetrySchedule } from './retry-schedule.ts';
import { WebHookDriver } from './web-hook-driver.ts';
import { parseAmount, parseBaseUrl, parseChoice, parseHeaders, type WebHookOptions } from './web-hook-options.ts';
import { publishWebHookEvent } from './webhook-channel.ts';
import { WebhookSigner } from './webhook-signature.ts';

/** Notices that wait to be delivered. */
export interface PendingNotices {
  readonly notices: number;
  /** Bytes of their contents. */
  readonly bytes: number;
}

/** Options of `replay`. */
export interface ReplayOptions extends AbortOptions {
  /** Only the letters with these ids. Default: all. */
  readonly ids?: readonly string[] | undefined;
}

/** What became of the letters that were replayed. */
export interface ReplayResult {
  /** Queued anew, with their ids. */
  readonly replayed: number;
  /** Removed, since the store holds something else by now, of which another notice tells. */
  readonly superseded: number;
}

/** What a way of delivery needs besides. */
export interface WebHookParts extends DeliveryOptions {
  readonly clock: DeliveryClock;
  readonly newId: () => string;
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
  readonly #sender: HttpSender;
  readonly #attempts: RequestAttempts;
  readonly #delivery: NoticeDelivery;
  readonly #teller: ChangeTeller;
  readonly #closeTimeoutMs: number;
  readonly #stopped = new AbortController();

  /** @throws {TypeError} and {@link RangeError} for options that are none. */
  constructor(store: FileStore, options: WebHookOptions, form: DeliveryForm) {
    this.#store = store;
    const clock = options.clock ?? systemDeliveryClock;
    const newId = options.newId ?? randomUUID;
    this.#clock = clock;
    this.#policy = parsePolicy(options);
    this.#closeTimeoutMs = parseAmount('closeTimeoutMs', options.closeTimeoutMs, 15_000, 0);
    this.#capacity = openCapacity(options);
    this.#deadLetters = new MemoryDeadLetters(parseAmount('maxDeadLetters', options.maxDeadLetters, 1_000, 0), (notice) =>
      this.#queue.drop(notice, 'dead-letters-full'),
    );
    this.#queue = new NoticeQueue({
      capacity: this.#capacity,
      deadLetters: this.#deadLetters,
      clock,
      onDrop: options.onDrop,
      onSettled: () => undefined,
      keepsLeft: false,
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
      maxInFlight: form.maxInFlight,
    });
    this.#delivery = form.open({
      queue: this.#queue,
      attempts: this.#attempts,
      basePath: url.pathname + url.search,
      resolve: (notice) => this.#resolve(notice),
      onFailed: () => undefined,
      clock,
      newId,
    });
    this.#teller = new ChangeTeller({ capacity: this.#capacity, queue: this.#queue, delivery: this.#delivery, journal: undefined, newId });
    this.driver = new WebHookDriver({ store, teller: this.#teller, policy: this.#policy, onClose: () => this.#close() });
  }

  /** What waits to be delivered. */
  pending(): PendingNotices {
    return { notices: this.#capacity.items, bytes: this.#capacity.bytes };
  }

  /** Sends what waits now without waiting for more, and resolves when all of it is delivered or a dead letter. */
  async flush({ signal }: AbortOptions): Promise<void> {
    signal?.throwIfAborted();
    this.#delivery.hurry();
    await this.#queue.settled(signal);
  }

  /** The dead letters, from the oldest on. */
  async *deadLetters({ signal }: AbortOptions): AsyncGenerator<DeadLetter, void, undefined> {
    for await (const { letter } of this.#deadLetters.list(signal)) {
      yield letter;
    }
  }

  /** Queues dead letters anew, if the store still holds what they tell. */
  async replay({ ids, signal }: ReplayOptions): Promise<ReplayResult> {
    this.#attempts.enable();
    let replayed = 0;
    let superseded = 0;
    for await (const kept of this.#deadLetters.list(signal)) {
      if (ids !== undefined && !ids.includes(kept.letter.id)) {
        continue;
      }
      const isQueued = await this.#teller.tellAgain(kept.notice, () => this.#isStillSo(kept, signal), signal);
      await this.#deadLetters.remove(kept.letter.id);
      replayed += isQueued ? 1 : 0;
      superseded += isQueued ? 0 : 1;
    }
    return { replayed, superseded };
  }

  async #isStillSo({ notice: { path, change } }: KeptLetter, signal: AbortSignal | undefined): Promise<boolean> {
    if (change.kind === 'changed') {
      return true;
    }
    const present = await lookAtPath(this.#store, path, { sendsContents: false, maxBytes: 0 }, signal);
    return fingerprintOf(present) === fingerprintOf(change);
  }

  async #resolve(notice: Notice): Promise<BatchItem | undefined> {
    const { path, change } = notice;
    if (change.kind !== 'changed') {
      return { path, change };
    }
    const present = await lookAtPath(this.#store, path, this.#policy, this.#stopped.signal);
    return present && { path, change: present };
  }

  /** Delivers what can be delivered soon; what is left is reported. */
  async #close(): Promise<void> {
    this.#delivery.hurry();
    this.#attempts.drain();
    const cancelTimer = this.#clock.startTimer(this.#closeTimeoutMs, () => this.#stop(), { keepsAlive: true });
    await this.#queue.settled();
    cancelTimer();
    this.#stop();
    await this.#sender.close();
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

function openSender(options: WebHookOptions, url: URL, connections: number, clock: DeliveryClock): HttpSender {
  const { signingSecret = [], network = 'any' } = options;
  return new HttpSender({
    origin: url.origin,
    headers: parseHeaders(options.headers),
    signer: new WebhookSigner(typeof signingSecret === 'string' ? [signingSecret] : signingSecret),
    network,
    connections,
    limits: options,
    clock,
  });
}

/** The same for two changes exactly when they leave the same at a path. */
function fingerprintOf(change: KnownChange | undefined): string | undefined {
  if (change?.kind === 'written') {
    return createHash('sha256').update(change.bytes).digest('hex');
  }
  return change?.kind === 'summarized' ? change.sha256 : change?.kind;
}
