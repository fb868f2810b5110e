import { validateHeaderName, validateHeaderValue } from 'node:http';
import { isIP } from 'node:net';
import type { FileStore } from '@oh/file-store-core';
import type { CircuitBreakerOptions } from './circuit-breaker.ts';
import type { DeliveryClock } from './delivery-clock.ts';
import type { WebHookNetwork } from './guarded-connector.ts';
import type { AttemptLimits, RequestLimits } from './http-sender.ts';
import type { DroppedNotice } from './notice-queue.ts';
import { isPublicAddress } from './public-address.ts';
import type { RetryOptions } from './retry-schedule.ts';

/** Options of both webhook stores. */
export interface WebHookOptions extends RetryOptions, RequestLimits {
  /** Where the receiver is: `http:` or `https:`, without user, password and fragment. Keys belong in `headers`. */
  readonly baseUrl: string;
  /** Sent with every request. Default: `X-Session-API-Key` with what `SESSION_API_KEY` is in the environment when the store is made, if it is. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Signs every request as Standard Webhooks says: `whsec_` and Base64; several while one replaces another. Default: no signature. */
  readonly signingSecret?: string | readonly string[] | undefined;
  /**
   * `public` refuses receivers at addresses that are not of the public internet, however they are written or looked up, and uses no proxy.
   * Default: `any`, through the proxy that `HTTP_PROXY` or `HTTPS_PROXY` names, but for hosts of `NO_PROXY`.
   */
  readonly network?: WebHookNetwork | undefined;
  /** `summary` sends path, size and SHA-256 instead of contents. Default: `full`. */
  readonly contents?: 'full' | 'summary' | undefined;
  /**
   * Where notices are kept until they are delivered, so that none is lost with the process: a store with conditions, or a part of one, that belongs
   * to this store alone. The next store that opens it delivers what is left, and keeps this one from making further changes. It stays open when this
   * store is closed. Default: notices are in memory.
   */
  readonly outbox?: FileStore | undefined;
  /** Contents with more bytes are sent as a summary. Default: 16 MiB. */
  readonly maxContentBytes?: number | undefined;
  /** Notices that wait to be delivered at most. Default: 10,000. */
  readonly maxPending?: number | undefined;
  /** Bytes of their contents at most. Default: 64 MiB. */
  readonly maxPendingBytes?: number | undefined;
  /** Whether changes of the store wait while the queue is full, or are made without a notice, which `onDrop` is told. Default: `wait`. */
  readonly whenFull?: 'wait' | 'drop' | undefined;
  /** Told of each notice that will never be delivered, in a microtask of its own. */
  readonly onDrop?: ((dropped: DroppedNotice) => void) | undefined;
  /** Dead letters that are kept without an outbox, the newest, with `maxPendingBytes` of contents at most; older ones are dropped. Default: 1,000. */
  readonly maxDeadLetters?: number | undefined;
  /** When the receiver counts as down, and is left alone. */
  readonly circuitBreaker?: CircuitBreakerOptions | undefined;
  /** Milliseconds that `close` waits for deliveries. Default: 15,000. */
  readonly closeTimeoutMs?: number | undefined;
  /** Default: the system's. */
  readonly clock?: DeliveryClock | undefined;
  /** A new id for a notice: unique, without a `.`. Default: a random UUID. */
  readonly newId?: (() => string) | undefined;
  /** Numbers from 0 to less than 1, for the jitter. Default: `Math.random`. */
  readonly random?: (() => number) | undefined;
}

/** Headers that the requests have of themselves. */
const reservedHeader = /^(webhook-.*|content-(length|type)|transfer-encoding|connection|expect|host|upgrade|keep-alive)$/i;

/** The receiver's URL. @throws {TypeError} It is none, or one that is refused; the message does not tell it, since it may hold a secret. */
export function parseBaseUrl(baseUrl: string, network: WebHookNetwork, allowsQuery: boolean): URL {
  if (!URL.canParse(baseUrl)) {
    throw new TypeError('baseUrl is no URL');
  }
  const url = new URL(baseUrl);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new TypeError('baseUrl is a URL with http: or https:');
  }
  if (url.username !== '' || url.password !== '') {
    throw new TypeError('baseUrl has no user and no password: put what the receiver wants to know into headers');
  }
  if (url.hash !== '' || (url.search !== '' && !allowsQuery)) {
    throw new TypeError(allowsQuery ? 'baseUrl has no fragment' : 'baseUrl has no query and no fragment: paths are added at its end');
  }
  const literal = url.hostname.replace(/^\[(.*)\]$/, '$1');
  if (network === 'public' && isIP(literal) !== 0 && !isPublicAddress(literal)) {
    throw new TypeError('baseUrl names an address that is not public');
  }
  return url;
}

/** The headers of every request. @throws {TypeError} A name or a value is none, or has its own option; the message tells no value. */
export function parseHeaders(headers: Readonly<Record<string, string>> = sessionHeaders()): Readonly<Record<string, string>> {
  for (const [name, value] of Object.entries(headers)) {
    try {
      validateHeaderName(name);
      validateHeaderValue(name, value);
    } catch {
      // What Node says may be handed on by people who log errors; what was given may be a secret.
      throw new TypeError(`the header ${JSON.stringify(name)} has a name or a value that no header has`);
    }
    if (reservedHeader.test(name)) {
      throw new TypeError(`the header ${JSON.stringify(name)} belongs to the request itself`);
    }
  }
  return { ...headers };
}

/** @throws {TypeError} `value` is none of `choices`. */
export function parseChoice<T extends string>(name: string, value: T | undefined, choices: readonly [T, ...T[]]): T {
  const chosen = value ?? choices[0];
  if (!choices.includes(chosen)) {
    throw new TypeError(`${name} is one of ${choices.map((choice) => JSON.stringify(choice)).join(', ')}`);
  }
  return chosen;
}

/** @throws {RangeError} `value` is no number from `least` on. */
export function parseAmount(name: string, value: number | undefined, byDefault: number, least: number): number {
  const amount = value ?? byDefault;
  if (!(typeof amount === 'number' && amount >= least)) {
    throw new RangeError(`${name} is a number from ${least}`);
  }
  return amount;
}

/** The limits of an attempt. @throws {RangeError} One is no whole number that a timer can take. */
export function parseLimits(limits: RequestLimits): AttemptLimits {
  return {
    connectTimeoutMs: parseWhole('connectTimeoutMs', limits.connectTimeoutMs, 3_000, 1),
    headersTimeoutMs: parseWhole('headersTimeoutMs', limits.headersTimeoutMs, 10_000, 1),
    bodyTimeoutMs: parseWhole('bodyTimeoutMs', limits.bodyTimeoutMs, 10_000, 1),
    requestTimeoutMs: parseWhole('requestTimeoutMs', limits.requestTimeoutMs, 15_000, 1),
    maxResponseBytes: parseWhole('maxResponseBytes', limits.maxResponseBytes, 65_536, 0),
  };
}

/** The longest that a timer can take, in milliseconds. */
const maxWhole = 2 ** 31 - 1;

function parseWhole(name: string, value: number | undefined, byDefault: number, least: number): number {
  const whole = value ?? byDefault;
  if (!(Number.isInteger(whole) && whole >= least && whole <= maxWhole)) {
    throw new RangeError(`${name} is a whole number from ${least} to ${maxWhole}`);
  }
  return whole;
}

function sessionHeaders(): Readonly<Record<string, string>> {
  const key = process.env['SESSION_API_KEY'];
  return key === undefined || key === '' ? {} : { 'X-Session-API-Key': key };
}
