import type { Notice } from './notice.ts';
import type { NoticeDelivery, NoticeQueue } from './notice-queue.ts';
import { type BatchItem, toRequest } from './outgoing-request.ts';
import { ancestorsOf } from './path-ancestors.ts';
import type { RequestAttempts } from './request-attempts.ts';
import { TreeLocks } from './tree-locks.ts';

/** What both ways of delivery need. */
export interface DeliveryOptions {
  readonly queue: NoticeQueue;
  readonly attempts: RequestAttempts;
  /** Path and query of the receiver, percent-encoded. */
  readonly basePath: string;
  /** Looks at what has to be looked at; `undefined` where there is nothing to tell. */
  readonly resolve: (notice: Notice) => Promise<BatchItem | undefined>;
  /** Keeps how often a request has failed, and why the last time. */
  readonly onFailed: (notices: readonly Notice[], failedAttempts: number, reason: string) => void;
}

/**
 * A request for each notice: those of one path, and of what it lies in or holds, follow each other; others go at the same time.
 */
export class PlainDelivery implements NoticeDelivery {
  readonly #options: DeliveryOptions;
  readonly #order = new TreeLocks();
  readonly #left = new LeftPaths();

  constructor(options: DeliveryOptions) {
    this.#options = options;
  }

  add(notice: Notice): void {
    void this.#deliver(notice);
  }

  addTogether(_id: string, notices: readonly Notice[]): void {
    for (const notice of notices) {
      this.add(notice);
    }
  }

  hurry(): void {
    // Nothing waits here but for attempts.
  }

  async #deliver(notice: Notice): Promise<void> {
    const { queue } = this.#options;
    const release = await this.#order.acquire([notice.path]);
    try {
      const result = this.#left.bar(notice.path) ? ({ outcome: 'left' } as const) : await this.#attempt(notice);
      if ((await queue.settle([notice], result)) === 'left') {
        this.#left.add(notice.path);
      }
    } finally {
      release();
    }
  }

  async #attempt(notice: Notice): ReturnType<RequestAttempts['deliver']> {
    const { attempts, resolve, basePath, onFailed } = this.#options;
    return await attempts.deliver({
      prepare: async () => {
        const item = await resolve(notice);
        return item && toRequest(notice.id, basePath, item);
      },
      notices: 1,
      failedAttempts: notice.failedAttempts ?? 0,
      onFailed: (failedAttempts, reason) => onFailed([notice], failedAttempts, reason),
    });
  }
}

/** Paths of which a notice was left: what follows on them would overtake it. */
class LeftPaths {
  readonly #paths = new Set<string>();
  readonly #above = new Set<string>();

  add(path: string): void {
    this.#paths.add(path);
    for (const ancestor of ancestorsOf(path)) {
      this.#above.add(ancestor);
    }
  }

  bar(path: string): boolean {
    return this.#paths.has(path) || this.#above.has(path) || ancestorsOf(path).some((ancestor) => this.#paths.has(ancestor));
  }
}
