import type { DeliveryClock } from './delivery-clock.ts';

/** When a receiver counts as down. */
export interface CircuitBreakerOptions {
  /** Attempts that must fail in succession, by errors of the connection, time-outs, 429 or 5xx. Default: 5. */
  readonly failures?: number | undefined;
  /** Milliseconds until one attempt probes whether it is up again. Default: 60,000. */
  readonly probeAfterMs?: number | undefined;
}

/** What an attempt says of the receiver. */
export interface Health {
  readonly isUp: boolean;
  /** How long it asks to be left alone, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
}

/**
 * Keeps attempts from a receiver that is down: closed while it is up, open while it is down, half-open while one attempt probes it.
 *
 * @see https://martinfowler.com/bliki/CircuitBreaker.html
 */
export class CircuitBreaker {
  readonly #failuresToOpen: number;
  readonly #probeAfterMs: number;
  readonly #clock: DeliveryClock;
  readonly #onChange: (isOpen: boolean) => void;
  readonly #waiting = new Set<() => void>();
  #state: 'closed' | 'open' | 'half-open' | 'probing' = 'closed';
  #failures = 0;
  #cancelTimer: (() => void) | undefined;

  /** @throws {RangeError} */
  constructor(options: CircuitBreakerOptions, clock: DeliveryClock, onChange: (isOpen: boolean) => void) {
    this.#failuresToOpen = options.failures ?? 5;
    this.#probeAfterMs = options.probeAfterMs ?? 60_000;
    this.#clock = clock;
    this.#onChange = onChange;
    if (!Number.isSafeInteger(this.#failuresToOpen) || this.#failuresToOpen < 1) {
      throw new RangeError('circuitBreaker.failures is a whole number from 1');
    }
    if (!Number.isFinite(this.#probeAfterMs) || this.#probeAfterMs < 0) {
      throw new RangeError('circuitBreaker.probeAfterMs is milliseconds from 0');
    }
  }

  /** Whether {@link tryEnter} would let an attempt in now. Who makes none then calls {@link passOn}. */
  get mayEnter(): boolean {
    return this.#state === 'closed' || this.#state === 'half-open';
  }

  /** Whether an attempt may be made at once; where it may, it must be reported. */
  tryEnter(): boolean {
    if (this.#state === 'half-open') {
      this.#state = 'probing';
      return true;
    }
    return this.#state === 'closed';
  }

  /** Resolves when it is worth another {@link tryEnter}: at once, where it has become so since the last one. */
  async changed(): Promise<void> {
    if (!this.mayEnter) {
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  /** Lets the next one look, where nobody probes yet: for who was let in and has nothing to try. */
  passOn(): void {
    if (this.#state === 'half-open') {
      this.#wakeOne();
    }
  }

  /** Lets an attempt probe now whether the receiver is up again, where it counts as down. */
  probe(): void {
    if (this.#state === 'open') {
      this.#cancelTimer?.();
      this.#state = 'half-open';
      this.#wakeOne();
    }
  }

  /** Lets everybody look again. */
  wakeAll(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) {
      wake();
    }
  }

  /** Reports what an attempt has shown; `undefined` when it has shown nothing. */
  report(health: Health | undefined): void {
    if (health?.isUp === true) {
      this.#close();
      return;
    }
    if (health !== undefined) {
      this.#failures += 1;
    }
    const wasProbe = this.#state === 'probing';
    if (wasProbe || (this.#state === 'closed' && (this.#failures >= this.#failuresToOpen || health?.retryAfterMs !== undefined))) {
      this.#open(health?.retryAfterMs ?? this.#probeAfterMs, !wasProbe);
    }
  }

  /** Stops the timer. */
  end(): void {
    this.#cancelTimer?.();
  }

  #open(probeAfterMs: number, isNew: boolean): void {
    this.#state = 'open';
    this.#cancelTimer?.();
    this.#cancelTimer = this.#clock.startTimer(probeAfterMs, () => this.probe(), { keepsAlive: false });
    if (isNew) {
      this.#onChange(true);
    }
  }

  #wakeOne(): void {
    const [wake] = this.#waiting;
    if (wake !== undefined) {
      this.#waiting.delete(wake);
      wake();
    }
  }

  #close(): void {
    this.#failures = 0;
    if (this.#state === 'closed') {
      return;
    }
    this.#state = 'closed';
    this.#cancelTimer?.();
    this.#onChange(false);
    this.wakeAll();
  }
}
