import type { DeliveryClock } from './delivery-clock.ts';
import { type Notice, noticeBytes } from './notice.ts';
import type { NoticeDelivery } from './notice-queue.ts';
import { OpenBatch } from './open-batch.ts';
import { type BatchItem, type OutgoingRequest, toBatchRequest } from './outgoing-request.ts';
import type { DeliveryOptions } from './plain-delivery.ts';
import { type BatchPart, RefusedBatches, wholeBatch } from './refused-batches.ts';
import type { DeliveryOutcome } from './request-attempts.ts';
import { UnreadablePath } from './unreadable-path.ts';

/** What {@link BatchedDelivery} needs besides. */
export interface BatchedDeliveryOptions extends DeliveryOptions {
  readonly clock: DeliveryClock;
  /** Milliseconds that a batch waits, from its first notice on. */
  readonly timeoutMs: number;
  /** Bytes of contents with which a batch waits no longer. */
  readonly sizeLimitBytes: number;
  readonly newId: () => string;
  /** Keeps what a batch consists of, before it is sent for the first time. */
  readonly onComposed: (id: string, notices: readonly Notice[]) => Promise<void>;
}

interface WaitingBatch {
  readonly batch: OpenBatch;
  isDue: boolean;
  readonly cancelTimer: () => void;
}

/** A request for many notices; one at a time, each sent until it is accepted or given up, or refused and sent in parts. */
export class BatchedDelivery implements NoticeDelivery {
  readonly #options: BatchedDeliveryOptions;
  readonly #waiting: WaitingBatch[] = [];
  /** What goes before all that waits. */
  readonly #taken: Taken[] = [];
  readonly #refused = new RefusedBatches();
  #isSending = false;
  #isLeft = false;

  constructor(options: BatchedDeliveryOptions) {
    this.#options = options;
  }

  add(notice: Notice): void {
    const { queue, sizeLimitBytes } = this.#options;
    const open = this.#openBatch();
    const superseded = open.batch.add(notice);
    if (superseded !== undefined) {
      void queue.settle([superseded], { outcome: 'superseded' });
    }
    if (open.batch.bytes >= sizeLimitBytes) {
      open.isDue = true;
      this.#send();
    }
  }

  addTogether(id: string, notices: readonly Notice[]): void {
    this.#taken.push({ id, notices, part: wholeBatch() });
    this.#send();
  }

  hurry(): void {
    for (const waiting of this.#waiting) {
      waiting.isDue = true;
    }
    this.#send();
  }

  /** The last batch, while it has room; or a new one. */
  #openBatch(): WaitingBatch {
    const last = this.#waiting.at(-1);
    if (last !== undefined && last.batch.bytes < this.#options.sizeLimitBytes) {
      return last;
    }
    const { clock, timeoutMs } = this.#options;
    const onTime = (): void => {
      waiting.isDue = true;
      this.#send();
    };
    const waiting: WaitingBatch = {
      batch: new OpenBatch(),
      isDue: false,
      cancelTimer: clock.startTimer(timeoutMs, onTime, { keepsAlive: true }),
    };
    this.#waiting.push(waiting);
    return waiting;
  }

  #send(): void {
    if (!this.#isSending) {
      this.#isSending = true;
      void this.#sendAll();
    }
  }

  async #sendAll(): Promise<void> {
    for (let next = this.#takeNext(); next !== undefined; next = this.#takeNext()) {
      await this.#deliver(next);
    }
    this.#isSending = false;
  }

  #takeNext(): Taken | undefined {
    const taken = this.#taken.shift();
    if (taken !== undefined || this.#waiting[0]?.isDue !== true) {
      return taken;
    }
    const waiting = this.#waiting.shift();
    waiting?.cancelTimer();
    return waiting && { id: undefined, notices: waiting.batch.notices, part: wholeBatch() };
  }

  async #deliver(taken: Taken): Promise<void> {
    const { notices, part } = taken;
    const { queue } = this.#options;
    if (this.#isLeft) {
      await queue.settle(notices, { outcome: 'left' });
      return;
    }
    const failedBefore = notices.reduce((most, { failedAttempts = 0 }) => Math.max(most, failedAttempts), 0);
    const { sent, isRequest, result } = await this.#attempt(taken, failedBefore);
    if (sent.length < notices.length) {
      this.#taken.unshift({ id: undefined, notices: notices.slice(sent.length), part });
    }
    if (result.outcome === 'delivered' && isRequest) {
      this.#refused.onAccepted();
    }
    if (result.outcome !== 'dead') {
      this.#isLeft = (await queue.settle(sent, result)) === 'left';
      return;
    }
    if (result.isRefused && this.#refused.mayDivide(part, sent.length)) {
      this.#divide(sent, { ...part, attempts: part.attempts + result.failedAttempts - failedBefore });
      return;
    }
    if (isRequest && result.isRefused && sent.length === 1) {
      this.#refused.onRefusedAlone(part);
    }
    this.#isLeft = (await queue.settle(sent, { ...result, failedAttempts: result.failedAttempts + part.attempts })) === 'left';
  }

  /** Puts the two halves of a batch, in their order, before everything that waits. */
  #divide(notices: readonly Notice[], part: BatchPart): void {
    const middle = Math.ceil(notices.length / 2);
    this.#taken.unshift(...[notices.slice(0, middle), notices.slice(middle)].map((half) => ({ id: undefined, notices: half, part })));
  }

  async #attempt({ id, notices, part }: Taken, failedAttempts: number): Promise<Attempted> {
    const { attempts, onFailed, newId } = this.#options;
    let sent = notices;
    let isRequest = false;
    // Composed again after that has failed, it keeps its id: what was kept of the batch then may be there all the same.
    let batchId = id;
    const result = await attempts.deliver({
      prepare: async () => {
        batchId ??= newId();
        const composed = await this.#compose(batchId, { notices, wasComposed: id !== undefined, isPart: part.attempts > 0 });
        sent = composed.sent;
        isRequest = composed.request !== undefined;
        return composed.request;
      },
      isUnpreparable: (error) => error instanceof UnreadablePath,
      notices: notices.length,
      failedAttempts,
      attemptsTogether: part.attempts,
      isDivisible: () => this.#refused.mayDivide(part, sent.length),
      onFailed: (failed, reason) => onFailed(sent, failed, reason),
    });
    return { sent, isRequest, result };
  }

  /** Looks at what has to be looked at; what makes the batch larger than a batch is goes into the next one. */
  async #compose(id: string, { notices, wasComposed, isPart }: Composition): Promise<Composed> {
    const { resolve, basePath, onComposed, sizeLimitBytes } = this.#options;
    const items: BatchItem[] = [];
    let bytes = 0;
    let count = 0;
    while (count < notices.length && (bytes < sizeLimitBytes || wasComposed)) {
      const looks = notices.slice(count, count + resolvedAtOnce).map(resolve);
      // One that is still under way would keep what it saw in the outbox, behind what the next request says.
      await Promise.allSettled(looks);
      for (const item of await Promise.all(looks)) {
        count += 1;
        if (item !== undefined) {
          items.push(item);
          bytes += noticeBytes(item);
        }
        if (bytes >= sizeLimitBytes && !wasComposed) {
          break;
        }
      }
    }
    const sent = notices.slice(0, count);
    if (!wasComposed && (items.length > 0 || isPart)) {
      await onComposed(id, sent);
    }
    return { sent, request: items.length === 0 ? undefined : toBatchRequest(id, basePath, items) };
  }
}

/** A batch that waits no longer; with an id, it was composed before. */
interface Taken {
  readonly id: string | undefined;
  readonly notices: readonly Notice[];
  readonly part: BatchPart;
}

/** How the attempts for a batch ended. */
interface Attempted {
  /** The notices that were in it: the first ones. */
  readonly sent: readonly Notice[];
  /** Whether there was anything to send. */
  readonly isRequest: boolean;
  readonly result: DeliveryOutcome;
}

interface Composition {
  readonly notices: readonly Notice[];
  /** Whether a store that is no more has composed it, and may have sent it. */
  readonly wasComposed: boolean;
  /** Whether it is part of a batch, whose place it takes in what is kept. */
  readonly isPart: boolean;
}

interface Composed {
  readonly sent: readonly Notice[];
  readonly request: OutgoingRequest | undefined;
}

/** Paths that are looked at, at once. */
const resolvedAtOnce = 8;
