import { isError } from '@oh/file-store-core';
import { Agent, type Dispatcher, EnvHttpProxyAgent } from 'undici/index.js';
import type { Health } from './circuit-breaker.ts';
import type { DeliveryClock } from './delivery-clock.ts';
import { errorCodeOf } from './error-code.ts';
import { guardedConnector, type WebHookNetwork } from './guarded-connector.ts';
import type { OutgoingRequest } from './outgoing-request.ts';
import { parseRetryAfter } from './retry-after.ts';
import type { WebhookSigner } from './webhook-signature.ts';

/** How long an attempt may take, and what of the answer is read. */
export interface RequestLimits {
  /** Milliseconds to make a connection. Default: 3,000. */
  readonly connectTimeoutMs?: number | undefined;
  /** Milliseconds until the head of the answer is there. Default: 10,000. */
  readonly headersTimeoutMs?: number | undefined;
  /** Milliseconds between two pieces of its body. Default: 10,000. */
  readonly bodyTimeoutMs?: number | undefined;
  /** Milliseconds in all. Default: 15,000. */
  readonly requestTimeoutMs?: number | undefined;
  /** Bytes of the answer's body that are read; with more of them the connection is ended. What counts is the status. Default: 65,536. */
  readonly maxResponseBytes?: number | undefined;
}

/** The same with every limit decided. */
export type AttemptLimits = { readonly [Name in keyof RequestLimits]-?: number };

/** What an {@link HttpSender} needs. */
export interface HttpSenderOptions {
  /** Where all requests go, as `https://example.com`. */
  readonly origin: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly signer: WebhookSigner;
  readonly network: WebHookNetwork;
  readonly connections: number;
  readonly limits: AttemptLimits;
  readonly clock: DeliveryClock;
}

/** How an attempt ended. */
export interface AttemptResult {
  readonly outcome: 'accepted' | 'refused' | 'gone';
  /** What went wrong: `HTTP 503`, or the code of an error; never a URL, a header or contents. */
  readonly reason: string;
  readonly status: number | undefined;
  readonly health: Health | undefined;
  /** Whether the receiver has found fault with this very request, and would with the same one later. */
  readonly isFinal?: boolean | undefined;
}

/**
 * What is said of a request, not of its receiver, its address or its key: bad, too large, of the wrong kind. Services that keep dead letters do not
 * repeat such requests either.
 *
 * @see https://learn.microsoft.com/azure/event-grid/delivery-and-retry
 */
const finalStatuses: ReadonlySet<number> = new Set([400, 413, 414, 415, 422, 431]);

const responseHeaderLimit = 16_384;

/** Sends requests, each once; no redirect is followed. */
export class HttpSender {
  readonly #options: HttpSenderOptions;
  readonly #agent: Dispatcher;

  constructor(options: HttpSenderOptions) {
    const { origin, network, connections, limits } = options;
    const { connectTimeoutMs: connectTimeout, headersTimeoutMs: headersTimeout, bodyTimeoutMs: bodyTimeout } = limits;
    this.#options = options;
    const agentOptions = {
      connect: guardedConnector(network, connectTimeout),
      connectTimeout,
      connections,
      pipelining: 1,
      allowH2: false,
      headersTimeout,
      bodyTimeout,
      maxHeaderSize: responseHeaderLimit,
    };
    // A proxy looks names up itself: nobody here would see where a request goes.
    this.#agent = network === 'public' ? new Agent(agentOptions) : openProxyAgent(agentOptions, origin);
  }

  /** Makes one attempt. It fails by its result, never by an error; an abort is a failure too. */
  async send(request: OutgoingRequest, signal: AbortSignal): Promise<AttemptResult> {
    const { clock, limits } = this.#options;
    const timeout = new AbortController();
    const onAbort = (): void => timeout.abort();
    const cancelTimer = clock.startTimer(limits.requestTimeoutMs, onAbort, { keepsAlive: false });
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      signal.throwIfAborted();
      const answer = await this.#request(request, timeout.signal);
      // The receiver has said by the status what it did; whether the rest of its answer arrives changes nothing.
      await answer.body.dump({ limit: limits.maxResponseBytes, signal: timeout.signal }).catch(() => undefined);
      return toResult(answer, clock.now());
    } catch (error) {
      return {
        outcome: 'refused',
        reason: timeout.signal.aborted ? 'timeout' : reasonOf(error),
        status: undefined,
        health: { isUp: false },
      };
    } finally {
      cancelTimer();
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** Ends all connections. */
  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async #request({ id, method, path, body, contentType }: OutgoingRequest, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    const { origin, headers, signer, clock } = this.#options;
    const timestamp = Math.floor(clock.now() / 1000);
    const signature = signer.sign(id, timestamp, body);
    return await this.#agent.request({
      origin,
      path,
      method,
      signal,
      body: body.byteLength === 0 && method === 'DELETE' ? null : body,
      headers: {
        ...headers,
        ...(contentType === undefined ? {} : { 'content-type': contentType }),
        'webhook-id': id,
        'webhook-timestamp': String(timestamp),
        ...(signature === undefined ? {} : { 'webhook-signature': signature }),
      },
    });
  }
}

/** @throws {TypeError} Without the URL, which may have a password. */
function openProxyAgent(options: EnvHttpProxyAgent.Options, origin: string): EnvHttpProxyAgent {
  try {
    // `HTTP_PROXY` is for http alone, as elsewhere; undici would take it for both.
    return new EnvHttpProxyAgent(origin.startsWith('https:') ? { ...options, httpProxy: '' } : options);
  } catch {
    throw new TypeError('HTTP_PROXY or HTTPS_PROXY in the environment is not the URL of a proxy; correct it');
  }
}

/** Why there was no answer of the receiver. That a proxy makes no connection to it, undici tells by its message alone. */
function reasonOf(error: unknown): string {
  const [, status] = /^Proxy response \((\d{3})\)/.exec(isError(error) ? error.message : '') ?? [];
  return status === undefined ? errorCodeOf(error) : `HTTP ${status} of the proxy`;
}

function toResult({ statusCode: status, headers }: Dispatcher.ResponseData, now: number): AttemptResult {
  const reason = `HTTP ${status}`;
  if (status >= 200 && status < 300) {
    return { outcome: 'accepted', reason, status, health: { isUp: true } };
  }
  const header = headers['retry-after'];
  const retryAfterMs = parseRetryAfter(Array.isArray(header) ? header[0] : header, now);
  const isUp = status < 500 && status !== 429;
  const isFinal = finalStatuses.has(status) && retryAfterMs === undefined;
  return { outcome: status === 410 ? 'gone' : 'refused', reason, status, health: { isUp, retryAfterMs }, isFinal };
}
