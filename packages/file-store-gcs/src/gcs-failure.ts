import { isError } from '@oh/file-store-core';
import { type HttpAnswer, SilenceError } from './http-connections.ts';

/** Where an attempt at a request failed, and what is known of its effect. */
export interface GcsFailureDetails {
  /** The status of the answer, if one came. */
  readonly status?: number | undefined;
  /**
   * The machine-readable reason in the answer: `rateLimitExceeded`, `NoSuchBucket`; without one `silence`, `credentials`, `protocol` or the
   * system's error.
   */
  readonly reason?: string | undefined;
  /** Whether the same request may succeed later. */
  readonly isRetryable: boolean;
  /** Whether the server may have carried the request out all the same. */
  readonly mayHaveHappened: boolean;
  /** How long the server asks to wait, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

/** One attempt at a request failed. Stays inside this package: callers get what `toGcsError` makes of it. */
export class GcsFailure extends Error {
  override readonly name = 'GcsFailure';
  readonly status: number | undefined;
  readonly reason: string | undefined;
  readonly isRetryable: boolean;
  readonly mayHaveHappened: boolean;
  readonly retryAfterMs: number | undefined;

  constructor(message: string, details: GcsFailureDetails) {
    super(message, { cause: details.cause });
    this.status = details.status;
    this.reason = details.reason;
    this.isRetryable = details.isRetryable;
    this.mayHaveHappened = details.mayHaveHappened;
    this.retryAfterMs = details.retryAfterMs;
  }
}

/** The same failure, other details. */
export function withDetails(failure: GcsFailure, details: Partial<GcsFailureDetails>): GcsFailure {
  const { message, status, reason, isRetryable, mayHaveHappened, retryAfterMs, cause } = failure;
  return new GcsFailure(message, { status, reason, isRetryable, mayHaveHappened, retryAfterMs, cause, ...details });
}

/** What Google says may be tried again. @see https://cloud.google.com/storage/docs/retry-strategy */
const retryableStatuses: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);

/** Reasons of a 403 that is a 429. */
const rateLimitReasons: ReadonlySet<string> = new Set(['rateLimitExceeded', 'userRateLimitExceeded']);

/** Errors of a connection after which trying again changes nothing. */
const lastingErrnos: ReadonlySet<string> = new Set(['ENOTFOUND', 'EPROTO']);

/** Errors of a connection before anything was sent. */
const unsentErrnos: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

/** Errors of a network. */
const networkErrnos: ReadonlySet<string> = new Set([...unsentErrnos, 'ECONNRESET', 'EPIPE', 'ETIMEDOUT']);

/** What a server answered instead of doing what it was asked. */
export function toAnswerFailure({ status, headers }: Pick<HttpAnswer, 'status' | 'headers'>, body: string): GcsFailure {
  const { reason, message } = parseErrorBody(body);
  const isRateLimit = status === 429 || (status === 403 && rateLimitReasons.has(reason ?? ''));
  const isDamaged = status === 400 && /crc32c|md5|checksum/i.test(message);
  return new GcsFailure(message === '' ? `HTTP status ${status}` : message, {
    status: isRateLimit ? 429 : status,
    reason: isDamaged ? 'damaged' : reason,
    isRetryable: isRateLimit || isDamaged || retryableStatuses.has(status),
    mayHaveHappened: status === 408 || status >= 500,
    retryAfterMs: parseRetryAfter(headers['retry-after']),
  });
}

/** What a connection, or making one, failed with. */
export function toConnectionFailure(cause: unknown): GcsFailure {
  const errno = errnoOf(cause);
  const isTls = errno?.startsWith('ERR_TLS') === true || /CERT|SELF_SIGNED|VERIFY/.test(errno ?? '');
  return new GcsFailure(isError(cause) ? cause.message : String(cause), {
    reason: cause instanceof SilenceError ? 'silence' : errno,
    isRetryable: !isTls && !lastingErrnos.has(errno ?? ''),
    mayHaveHappened: !isTls && !unsentErrnos.has(errno ?? ''),
    cause,
  });
}

/** What asking for credentials failed with, before anything was asked of the service. That nobody could be reached for them says nothing of them. */
export function toCredentialsFailure(cause: unknown): GcsFailure {
  const errno = networkErrnoOf(cause);
  return new GcsFailure(isError(cause) ? cause.message : String(cause), {
    reason: errno ?? 'credentials',
    isRetryable: errno !== undefined && !lastingErrnos.has(errno),
    mayHaveHappened: false,
    cause,
  });
}

/**
 * An answer that Google Cloud Storage would not give: somebody else may answer at the endpoint.
 *
 * @param mayHaveHappened Whether the request may have been carried out all the same.
 */
export function toProtocolFailure(message: string, mayHaveHappened = false): GcsFailure {
  return new GcsFailure(message, { reason: 'protocol', isRetryable: false, mayHaveHappened });
}

function networkErrnoOf(error: unknown): string | undefined {
  const seen = new Set<unknown>();
  for (let cause = error; isError(cause) && !seen.has(cause); cause = cause.cause) {
    const errno = errnoOf(cause);
    if (errno !== undefined && networkErrnos.has(errno)) {
      return errno;
    }
    seen.add(cause);
  }
  return undefined;
}

function errnoOf(error: unknown): string | undefined {
  if (error instanceof AggregateError && error.errors.length > 0) {
    return errnoOf(error.errors[0]);
  }
  return isError(error) && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** Both spellings of an error: that of the JSON API and that of the XML API. */
function parseErrorBody(body: string): { readonly reason?: string | undefined; readonly message: string } {
  if (body.startsWith('<')) {
    return { reason: /<Code>([^<]*)<\/Code>/.exec(body)?.[1] ?? 'protocol', message: /<Message>([^<]*)<\/Message>/.exec(body)?.[1] ?? '' };
  }
  try {
    const { error } = JSON.parse(body) as { error?: { message?: string; errors?: readonly { reason?: string }[] } };
    return { reason: error === undefined ? 'protocol' : error.errors?.[0]?.reason, message: error?.message ?? '' };
  } catch {
    // No JSON: a proxy or an emulator answered in words of its own.
    return { reason: 'protocol', message: body.trim().slice(0, 200) };
  }
}

/** Seconds or a date. @see https://www.rfc-editor.org/rfc/rfc9110#field.retry-after */
function parseRetryAfter(header: string | undefined): number | undefined {
  if (header === undefined) {
    return undefined;
  }
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}
