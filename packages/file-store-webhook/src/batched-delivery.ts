import type { DeliveryClock } from './delivery-clock.ts';
import { type Notice, noticeBytes } from './notice.ts';
import type { NoticeDelivery } from './notice-queue.ts';
import { OpenBatch } from './open-batch.ts';
import { type BatchItem, type OutgoingRequest, toBatchRequest } from './outgoing-request.ts';
import type { DeliveryOptions } from './plain-delivery.ts';

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

/** A request for many notices; one at a time, each sent until it is accepted or given up. */
export class BatchedDelivery implements NoticeDelivery {
  readonly #options: BatchedDeliveryOptions;
  readonly #waiting: WaitingBatch[] = [];
  /** What goes before all that waits. */
  readonly #taken: Taken[] = [];
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
    this.#taken.push({ id, notices });
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
    return waiting && { id: undefined, notices: waiting.batch.notices };
  }

  async #deliver({ id, notices }: Taken): Promise<void> {
    const { queue, attempts, onFailed, newId } = this.#options;
    if (this.#isLeft) {
      await queue.settle(notices, { outcome: 'left' });
      return;
    }
    let sent = notices;
    // Composed again after that has failed, it keeps its id: what was kept of the batch then may be there all the same.
    let batchId = id;
    const result = await attempts.deliver({
      prepare: async () => {
        batchId ??= newId();
        const composed = await this.#compose(batchId, { notices, wasComposed: id !== undefined });
        sent = composed.sent;
        return composed.request;
      },
      notices: notices.length,
      failedAttempts: notices.reduce((most, { failedAttempts = 0 }) => Math.max(most, failedAttempts), 0),
      onFailed: (failedAttempts) => onFailed(sent, failedAttempts),
    });
    if (sent.length < notices.length) {
      this.#taken.unshift({ id: undefined, notices: notices.slice(sent.length) });
    }
    this.#isLeft = (await queue.settle(sent, result)) === 'left';
  }

  /** Looks at what has to be looked at; what makes the batch larger than a batch is goes into the next one. */
  async #compose(id: string, { notices, wasComposed }: Composition): Promise<Composed> {
    const { resolve, basePath, onComposed, sizeLimitBytes } = this.#options;
    const items: BatchItem[] = [];
    let bytes = 0;
    let count = 0;
    while (count < notices.length && (bytes < sizeLimitBytes || wasComposed)) {
      const group = notices.slice(count, count + resolvedAtOnce);
      for (const item of await Promise.all(group.map(resolve))) {
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
    if (!wasComposed && items.length > 0) {
      await onComposed(id, sent);
    }
    return { sent, request: items.length === 0 ? undefined : toBatchRequest(id, basePath, items) };
  }
}

/** A batch that waits no longer; with an id, it was composed before. */
interface Taken {
  readonly id: string | undefined;
  readonly notices: readonly Notice[];
}

interface Composition {
  readonly notices: readonly Notice[];
  /** Whether a store that is no more has composed it, and may have sent it. */
  readonly wasComposed: boolean;
}

interface Composed {
  readonly sent: readonly Notice[];
  readonly request: OutgoingRequest | undefined;
}

/** Paths that are looked at, at once. */
const resolvedAtOnce = 8;
