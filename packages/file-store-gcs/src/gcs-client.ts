import { setTimeout as delay } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { raceAbort, Slots } from '@oh/file-store-core';
import { encodeBatch, parseBatch } from './batch.ts';
import type { AuthHeaders, GcsEndpoint } from './gcs-endpoint.ts';
import { GcsFailure, toAnswerFailure, toConnectionFailure, toCredentialsFailure, toProtocolFailure } from './gcs-failure.ts';
import { readWhole } from './http-body.ts';
import { type HttpAnswer, HttpConnections, type HttpRequest } from './http-connections.ts';

/** Requests under way at once; each has a connection, and streams that are being read have theirs besides. */
const maxAtOnce = 64;

/** The first pause between two attempts is up to this long; each further one up to twice as long. */
const firstPauseMs = 100;

/** No pause is longer, whatever the server asks for. */
const maxPauseMs = 20_000;

/** Bytes of an error's text that are read. */
const maxErrorBytes = 64 * 1024;

/** One request to the service. */
export interface GcsRequest {
  readonly method: HttpRequest['method'];
  /** Below the endpoint, or a whole URL that the server gave. */
  readonly target: string | URL;
  /** Parameters; what is `undefined` is left out. */
  readonly query?: Readonly<Record<string, string | undefined>> | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: readonly Uint8Array[] | undefined;
  /** Statuses besides 2xx that are no failure. */
  readonly accepts?: readonly number[] | undefined;
}

/** A request about one object that can be sent together with others. */
export interface ObjectRequest {
  readonly method: 'DELETE';
  readonly target: string;
  readonly query: Readonly<Record<string, string>>;
}

/** An answer with its body read: the value of JSON, `undefined` for no body. */
export interface JsonAnswer {
  readonly status: number;
  readonly headers: HttpAnswer['headers'];
  readonly value: unknown;
}

/** Options of {@link GcsClient}. */
export interface GcsClientOptions {
  readonly endpoint: GcsEndpoint;
  /** Attempts at a request before it has failed, the first included. */
  readonly maxAttempts: number;
  /** The longest silence on a connection in milliseconds. */
  readonly timeoutMs: number;
}

/**
 * Sends requests: authorised, so many at once, with a limit to silence. All of them can be aborted in flight.
 *
 * The SDK's `File` and `Bucket` take no signal and share one agent that a failed download destroys, so that they are not used.
 */
export class GcsClient {
  readonly endpoint: GcsEndpoint;
  readonly timeoutMs: number;
  readonly maxAttempts: number;
  readonly #connections: HttpConnections;
  readonly #slots = new Slots(maxAtOnce);
  #hasSucceeded = false;

  constructor({ endpoint, maxAttempts, timeoutMs }: GcsClientOptions) {
    this.endpoint = endpoint;
    this.maxAttempts = maxAttempts;
    this.timeoutMs = timeoutMs;
    this.#connections = new HttpConnections(timeoutMs);
  }

  /** Whether any request has succeeded, so that the bucket is known to be there. */
  get hasSucceeded(): boolean {
    return this.#hasSucceeded;
  }

  /** One attempt at a request that is answered in JSON. @throws {GcsFailure} */
  async json(request: GcsRequest, signal: AbortSignal | undefined): Promise<JsonAnswer> {
    return await this.attempt(request, signal, async ({ status, headers, body }) => {
      const text = toText(await readWhole(body, { timeoutMs: this.timeoutMs, signal }));
      return { status, headers, value: headers['content-type']?.startsWith('application/json') === true ? parseJson(text) : undefined };
    });
  }

  /**
   * One attempt at several requests about objects, none of which has a body, in one. The service carries out each for itself.
   *
   * @returns For each, in their order, what it failed with, or `undefined`.
   * @throws {GcsFailure} When they failed together: any of them may have been carried out.
   */
  async batch(requests: readonly ObjectRequest[], signal: AbortSignal | undefined): Promise<readonly (GcsFailure | undefined)[]> {
    const calls = requests.map(({ method, target, query }) => ({ method, target: `${target}?${new URLSearchParams(query)}` }));
    const { contentType, body } = encodeBatch(calls);
    const request = { method: 'POST', target: '/batch/storage/v1', headers: { 'content-type': contentType }, body: [body] } as const;
    return await this.attempt(request, signal, async (answer) => {
      const text = toText(await readWhole(answer.body, { timeoutMs: this.timeoutMs, signal }));
      const answers = parseBatch(answer.headers['content-type'], text, calls.length);
      return answers.map((each) => (isSuccess(each.status) ? undefined : toAnswerFailure(each, each.body)));
    });
  }

  /**
   * One attempt at a request.
   *
   * @param read Reads the body of the answer, or keeps it for later; the connection counts as busy until it returns.
   * @throws {GcsFailure}
   */
  async attempt<T>(request: GcsRequest, signal: AbortSignal | undefined, read: (answer: HttpAnswer) => Promise<T>): Promise<T> {
    return await this.#slots.run(signal, async () => {
      try {
        const answer = await this.#send(request, signal);
        if (!isSuccess(answer.status) && request.accepts?.includes(answer.status) !== true) {
          const limits = { timeoutMs: this.timeoutMs, signal, maxBytes: maxErrorBytes };
          throw toAnswerFailure(answer, toErrorText(answer, await readWhole(answer.body, limits)));
        }
        const result = await read(answer);
        this.#hasSucceeded = true;
        return result;
      } catch (error) {
        signal?.throwIfAborted();
        throw error instanceof GcsFailure ? error : toConnectionFailure(error);
      }
    });
  }

  /**
   * Attempts until one succeeds, fails for good, or was the last: with pauses that double, and are random so that racers part.
   *
   * @param attempt Is safe to repeat; gets the number of attempts before it.
   */
  async retry<T>(signal: AbortSignal | undefined, attempt: (before: number) => Promise<T>): Promise<T> {
    for (let before = 0; ; before += 1) {
      try {
        return await attempt(before);
      } catch (error) {
        if (!(error instanceof GcsFailure) || !error.isRetryable || before + 1 >= this.maxAttempts) {
          throw error;
        }
        const pauseMs = Math.random() * firstPauseMs * 2 ** before;
        const askedMs = Math.max(pauseMs, error.retryAfterMs ?? 0);
        await delay(Math.min(askedMs, maxPauseMs), undefined, { signal }).catch(() => signal?.throwIfAborted());
      }
    }
  }

  /** Closes all connections. */
  close(): void {
    this.#connections.close();
  }

  #url({ target, query = {} }: GcsRequest): URL {
    const url = new URL(typeof target === 'string' ? this.endpoint.url + target : target);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) {
        url.searchParams.set(name, value);
      }
    }
    return url;
  }

  /** Makes a request, once more with other credentials when the first are not accepted: the SDK renews by itself what says when it expires. */
  async #send(request: GcsRequest, signal: AbortSignal | undefined): Promise<HttpAnswer> {
    const { method, headers, body = [] } = request;
    const url = this.#url(request);
    const send = (authorization: AuthHeaders): Promise<HttpAnswer> =>
      this.#connections.send({ method, url, headers: { 'user-agent': 'oh-file-store-gcs', ...authorization, ...headers }, body }, signal);
    if (typeof request.target !== 'string') {
      return await send({});
    }
    const authorization = await this.#authorize(url, signal);
    const answer = await send(authorization);
    if (answer.status !== 401) {
      return answer;
    }
    const renewed = await this.#authorize(url, signal, authorization).catch((error: unknown) => {
      if (error instanceof GcsFailure && !error.isRetryable) {
        return authorization;
      }
      answer.body.destroy();
      throw error;
    });
    if (renewed['authorization'] === authorization['authorization']) {
      return answer;
    }
    answer.body.destroy();
    return await send(renewed);
  }

  async #authorize(url: URL, signal: AbortSignal | undefined, refused?: AuthHeaders): Promise<AuthHeaders> {
    try {
      return await raceAbort(this.endpoint.authorize(url, refused), signal);
    } catch (cause) {
      signal?.throwIfAborted();
      throw toCredentialsFailure(cause);
    }
  }
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

/** Who asks for contents as they are stored may get errors packed. */
function toErrorText({ headers }: HttpAnswer, bytes: Uint8Array): string {
  try {
    return toText(headers['content-encoding'] === 'gzip' ? gunzipSync(bytes, { maxOutputLength: maxErrorBytes }) : bytes);
  } catch {
    return '';
  }
}

function toText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
}

function parseJson(text: string): unknown {
  if (text.trim() === '') {
    return undefined;
  }
  try {
    return JSON.parse(text);
  } catch {
    throw toProtocolFailure('the answer is no JSON', true);
  }
}
