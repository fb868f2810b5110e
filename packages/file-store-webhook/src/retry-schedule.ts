/** When a failed request is tried again. */
export interface RetryOptions {
  /** Attempts in quick succession, the first one included. Default: 3, as OpenHands makes them. */
  readonly attempts?: number | undefined;
  /** Milliseconds between them. Default: 1,000. */
  readonly attemptDelayMs?: number | undefined;
  /**
   * Milliseconds before each further attempt, each drawn from 80 % to 120 % of its value; after the last one the notice is a dead letter. It is one
   * before them where the receiver finds fault with the request itself (400, 413, 414, 415, 422, 431, without `Retry-After`), or a file of a batch cannot be read.
   * Default: those of the Standard Webhooks specification, 75 hours and 35 minutes in all.
   */
  readonly retryDelaysMs?: readonly number[] | undefined;
}

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

/** The delays that the specification recommends. @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
export const standardRetryDelaysMs: readonly number[] = [
  5 * second,
  5 * minute,
  30 * minute,
  2 * hour,
  5 * hour,
  10 * hour,
  14 * hour,
  20 * hour,
  24 * hour,
];

/** How far a delay is drawn from its value. */
const jitter = 0.2;

/** A pause before another attempt. */
export interface RetryPause {
  readonly delayMs: number;
  /** Whether it is one between the quick attempts. */
  readonly isQuick: boolean;
}

/** The pauses between the attempts of one request. */
export class RetrySchedule {
  readonly #attempts: number;
  readonly #attemptDelayMs: number;
  readonly #retryDelaysMs: readonly number[];
  readonly #random: () => number;

  /** @throws {RangeError} */
  constructor(options: RetryOptions, random: () => number) {
    this.#attempts = options.attempts ?? 3;
    this.#attemptDelayMs = options.attemptDelayMs ?? second;
    this.#retryDelaysMs = options.retryDelaysMs ?? standardRetryDelaysMs;
    this.#random = random;
    if (!Number.isSafeInteger(this.#attempts) || this.#attempts < 1) {
      throw new RangeError('attempts is a whole number from 1');
    }
    if (![this.#attemptDelayMs, ...this.#retryDelaysMs].every((delay) => Number.isFinite(delay) && delay >= 0)) {
      throw new RangeError('attemptDelayMs and retryDelaysMs are milliseconds from 0');
    }
  }

  /** The pause after so many failed attempts; `undefined` after the last one. A pause is never shorter than the receiver asks for. */
  pauseAfter(failedAttempts: number, retryAfterMs = 0): RetryPause | undefined {
    const isQuick = failedAttempts < this.#attempts;
    const delay = isQuick ? this.#attemptDelayMs : this.#retryDelaysMs[failedAttempts - this.#attempts];
    if (delay === undefined) {
      return undefined;
    }
    const drawn = isQuick ? delay : delay * (1 - jitter + 2 * jitter * this.#random());
    return { delayMs: Math.max(drawn, retryAfterMs), isQuick: isQuick && retryAfterMs <= drawn };
  }
}
