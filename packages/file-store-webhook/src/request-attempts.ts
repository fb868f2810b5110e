import { Slots } from '@oh/file-store-core';
import type { CircuitBreaker } from './circuit-breaker.ts';
import type { DeliveryClock } from './delivery-clock.ts';
import { errorCodeOf } from './error-code.ts';
import type { AttemptResult, HttpSender } from './http-sender.ts';
import type { OutgoingRequest } from './outgoing-request.ts';
import type { RetrySchedule } from './retry-schedule.ts';
import { publishWebHookEvent } from './webhook-channel.ts';

/** How the attempts for a request ended; `left`: none is made any more, though none has succeeded. */
export type DeliveryOutcome =
  | { readonly outcome: 'delivered' }
  | {
      readonly outcome: 'dead';
      readonly reason: string;
      readonly failedAttempts: number;
      /** Whether fault was found with the request itself the last time, so that another one with less in it may fare better. */
      readonly isRefused: boolean;
    }
  | { readonly outcome: 'left' };

/** A request, and what the attempts have to know of it. */
export interface Delivery {
  /** Makes the request, when it is about to be sent; called until it succeeds once. Its failure is a failed attempt. `undefined`: there is nothing to send. */
  readonly prepare: () => Promise<OutgoingRequest | undefined>;
  /** Whether what `prepare` throws is no better later: then it counts as a request that was found fault with. Default: never. */
  readonly isUnpreparable?: ((error: unknown) => boolean) | undefined;
  /** Notices in it. */
  readonly notices: number;
  /** Attempts that have failed before. */
  readonly failedAttempts: number;
  /** Failed attempts for larger requests that told the same besides. Default: 0. */
  readonly attemptsTogether?: number | undefined;
  /** Whether smaller requests than the one that was made can tell the same: if it is too large (413) it is given up at once then. Default: never. */
  readonly isDivisible?: (() => boolean) | undefined;
  /** Told when the quick attempts have failed, and after each further one, with what went wrong. */
  readonly onFailed: (failedAttempts: number, reason: string) => void;
}

/** What {@link RequestAttempts} needs. */
export interface RequestAttemptsOptions {
  readonly sender: HttpSender;
  readonly schedule: RetrySchedule;
  readonly breaker: CircuitBreaker;
  readonly clock: DeliveryClock;
  /** Awaited after each pause, and before a request is given up, since somebody else may send the same by now; whoever learns that calls `stop`. */
  readonly confirm: () => Promise<void>;
  /** Requests under way at once. */
  readonly maxInFlight: number;
}

/** Makes attempts for requests until they succeed, or end as dead letters. */
export class RequestAttempts {
  readonly #options: RequestAttemptsOptions;
  readonly #slots: Slots;
  readonly #stop = new AbortController();
  /** Who sleeps, and whether between quick attempts. */
  readonly #sleepers = new Map<() => void, boolean>();
  #isDraining = false;
  #isGone = false;

  constructor(options: RequestAttemptsOptions) {
    this.#options = options;
    this.#slots = new Slots(options.maxInFlight);
  }

  /** Sends a request, again and again as the schedule has it. */
  async deliver(delivery: Delivery): Promise<DeliveryOutcome> {
    const { schedule } = this.#options;
    let request: OutgoingRequest | undefined;
    const prepare = async (): Promise<OutgoingRequest | undefined> => {
      request ??= await delivery.prepare();
      return request;
    };
    let { failedAttempts } = delivery;
    while (!this.#stop.signal.aborted) {
      const result = await this.#attempt({ ...delivery, prepare }, failedAttempts + 1);
      if (result?.outcome === 'accepted') {
        return { outcome: 'delivered' };
      }
      if (result === undefined || this.#stop.signal.aborted) {
        break;
      }
      failedAttempts += 1;
      const pause = schedule.pauseAfter(failedAttempts, result.health?.retryAfterMs);
      const isRefused = result.isFinal === true && !this.#isGone;
      if (pause === undefined || this.#isGone || (isRefused && this.#isRefusedForGood(delivery, failedAttempts, result.status))) {
        await this.#options.confirm();
        return this.#stop.signal.aborted ? { outcome: 'left' } : { outcome: 'dead', reason: result.reason, failedAttempts, isRefused };
      }
      if (!pause.isQuick) {
        delivery.onFailed(failedAttempts, result.reason);
      }
      await this.#sleep(pause.delayMs, pause.isQuick);
      if (this.#isDraining && !pause.isQuick) {
        break;
      }
      await this.#options.confirm();
    }
    return { outcome: 'left' };
  }

  /** From now on nothing waits for longer than the quick attempts do. */
  drain(): void {
    this.#isDraining = true;
    this.#wake((isQuick) => !isQuick);
  }

  /** From now on no attempt is made; those under way are aborted. */
  stop(): void {
    this.#stop.abort();
    this.#wake(() => true);
    this.#options.breaker.end();
  }

  /** Takes up deliveries again, after the receiver was gone; what waits for its next attempt makes it now, also where the receiver counts as down. */
  resume(): void {
    this.#isGone = false;
    this.#options.breaker.probe();
    this.#wake((isQuick) => !isQuick);
  }

  /** Whether what was found fault with has had its quick attempts, those together with other notices included. */
  #isRefusedForGood({ attemptsTogether = 0, isDivisible }: Delivery, failedAttempts: number, status: number | undefined): boolean {
    const isTooLarge = status === contentTooLarge && isDivisible?.() === true;
    return isTooLarge || this.#options.schedule.pauseAfter(failedAttempts + attemptsTogether)?.isQuick !== true;
  }

  /** @returns `undefined` when none is made any more. */
  async #attempt(delivery: Delivery, attempt: number): Promise<AttemptResult | undefined> {
    const { breaker, confirm } = this.#options;
    for (;;) {
      const result = await this.#slots.run(undefined, () => this.#attemptNow(delivery, attempt));
      if (result !== undefined || this.#isDraining || this.#stop.signal.aborted) {
        return result;
      }
      await breaker.changed();
      await confirm();
    }
  }

  /**
   * A request is prepared when it is about to be sent, and not while the receiver is down: what is read for it takes memory.
   *
   * @returns `undefined` when none is made now.
   */
  async #attemptNow(delivery: Delivery, attempt: number): Promise<AttemptResult | undefined> {
    const { breaker } = this.#options;
    if (this.#isGone) {
      return goneResult;
    }
    if (this.#stop.signal.aborted || !breaker.mayEnter) {
      return undefined;
    }
    let request: OutgoingRequest | undefined;
    try {
      request = await delivery.prepare();
    } catch (error) {
      breaker.passOn();
      return {
        outcome: 'refused',
        reason: errorCodeOf(error),
        status: undefined,
        health: undefined,
        isFinal: delivery.isUnpreparable?.(error),
      };
    }
    if (request === undefined) {
      breaker.passOn();
      return nothingToSend;
    }
    if (this.#isGone) {
      return goneResult;
    }
    return !this.#stop.signal.aborted && breaker.tryEnter() ? await this.#send(request, delivery.notices, attempt) : undefined;
  }

  async #send(request: OutgoingRequest, notices: number, attempt: number): Promise<AttemptResult> {
    const { sender, breaker } = this.#options;
    const started = performance.now();
    const result = await sender.send(request, this.#stop.signal);
    breaker.report(result.health);
    if (result.outcome === 'gone') {
      this.#isGone = true;
      this.#wake(() => true);
    }
    publishWebHookEvent(() => ({
      event: 'attempt',
      id: request.id,
      attempt,
      notices,
      bytes: request.body.byteLength,
      durationMs: performance.now() - started,
      status: result.status,
      outcome: result.outcome,
    }));
    return result;
  }

  async #sleep(delayMs: number, isQuick: boolean): Promise<void> {
    if (this.#isDraining && !isQuick) {
      return;
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    // Quick attempts are over soon, so that a program which ends makes them yet; nobody waits for hours.
    const cancelTimer = this.#options.clock.startTimer(delayMs, resolve, { keepsAlive: isQuick });
    const onWake = (): void => {
      cancelTimer();
      resolve();
    };
    this.#sleepers.set(onWake, isQuick);
    await promise;
    this.#sleepers.delete(onWake);
  }

  #wake(which: (isQuick: boolean) => boolean): void {
    for (const [wake, isQuick] of this.#sleepers) {
      if (which(isQuick)) {
        wake();
      }
    }
    this.#options.breaker.wakeAll();
  }
}

/** @see https://www.rfc-editor.org/rfc/rfc9110#status.413 */
const contentTooLarge = 413;

const nothingToSend: AttemptResult = { outcome: 'accepted', reason: '', status: undefined, health: undefined };

/** What everything meets after the receiver has said that it is gone. */
const goneResult: AttemptResult = { outcome: 'gone', reason: 'HTTP 410', status: 410, health: undefined };
