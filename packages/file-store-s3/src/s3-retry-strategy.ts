import { setTimeout as delay } from 'node:timers/promises';
import type { S3ClientConfig } from '@aws-sdk/client-s3';
import { earlierAttempts } from './earlier-attempts.ts';

type RetryStrategy = Exclude<NonNullable<S3ClientConfig['retryStrategy']>, { retry: unknown }>;
type RetryToken = Awaited<ReturnType<RetryStrategy['acquireInitialRetryToken']>>;
type RetryErrorInfo = Parameters<RetryStrategy['refreshRetryTokenForRetry']>[1];

const transientPauseMs = 50;

/** Longest pause before the second attempt in milliseconds; it doubles with each further one. */
const basePauseMs: Readonly<Partial<Record<RetryErrorInfo['errorType'], number>>> = { TRANSIENT: transientPauseMs, THROTTLING: 500 };

/** Longest pause in milliseconds, what a server asks for with Retry-After included. */
const maxPauseMs = 20_000;

/**
 * Retries what the SDK classifies as transient or throttled, with full jitter.
 *
 * The SDK's own strategy pays for retries from a budget that only successes refill. A lost condition is an answer too, but not
 * refunded: a few hundred lost races over a bad line would end all retries.
 */
export class S3RetryStrategy implements RetryStrategy {
  readonly #maxAttempts: number;

  constructor(maxAttempts: number) {
    this.#maxAttempts = maxAttempts;
  }

  async acquireInitialRetryToken(): Promise<RetryToken> {
    return toToken(earlierAttempts()?.count ?? 0);
  }

  async refreshRetryTokenForRetry(token: RetryToken, { error, errorType, retryAfterHint }: RetryErrorInfo): Promise<RetryToken> {
    const retries = token.getRetryCount() + 1;
    const base = basePauseMs[errorType];
    if (base === undefined || retries >= this.#maxAttempts) {
      throw new Error('no further attempt');
    }
    earlierAttempts()?.add(error);
    const jitter = Math.random() * base * 2 ** (retries - 1);
    const asked = retryAfterHint === undefined ? 0 : retryAfterHint.getTime() - Date.now();
    return toToken(retries, Math.min(Math.max(jitter, asked), maxPauseMs));
  }

  recordSuccess(): void {
    // Nothing is counted between requests.
  }
}

function toToken(retries: number, pauseMs = 0): RetryToken {
  return { getRetryCount: () => retries, getRetryDelay: () => pauseMs };
}

/** Pauses before the second attempt, which the SDK makes. @param retryAfter The header of the answer. */
export async function pauseBeforeRetry(retryAfter: string | string[] | undefined, signal: AbortSignal | undefined): Promise<void> {
  const asked = Number(retryAfter ?? 0) * 1000;
  const pauseMs = Math.max(Math.random() * transientPauseMs, Number.isNaN(asked) ? 0 : asked);
  await delay(Math.min(pauseMs, maxPauseMs), undefined, { signal }).catch(() => signal?.throwIfAborted());
}

/** Pauses before something is done anew that another caller was in the way of. */
export async function pauseBefore(attempt: number, signal: AbortSignal | undefined): Promise<void> {
  await delay(Math.random() * Math.min(20 * 2 ** attempt, 1000), undefined, { signal }).catch(() => signal?.throwIfAborted());
}
