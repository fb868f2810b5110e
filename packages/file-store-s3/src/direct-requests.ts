import type { IncomingHttpHeaders } from 'node:http';
import { crc32 } from 'node:zlib';
import type { S3Client } from '@aws-sdk/client-s3';
import type { Dispatcher, Pool } from 'undici/index.js';
import { checksumOf, crc32Header } from './checksum-comparison.ts';
import { type DirectResponse, exchange } from './direct-exchange.ts';
import { type DirectTarget, learnTarget } from './direct-target.ts';
import { earlierAttempts } from './earlier-attempts.ts';
import type { ContentsAnswer, ObjectAnswer } from './object-answer.ts';
import type { SendOptions } from './object-requests.ts';
import { proxyVariable } from './proxy-variable.ts';
import { RequestSigner } from './request-signer.ts';
import { toDate } from './s3-info.ts';
import { metadataPrefix } from './s3-metadata.ts';
import { pauseBeforeRetry } from './s3-retry-strategy.ts';

/** A request for one object. */
export interface DirectRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT';
  readonly key: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | undefined;
}

/** Times in milliseconds. */
export interface DirectTimeouts {
  readonly connect: number;
  /** Until the answer begins. */
  readonly answer: number;
  /** Silence in the middle of one. */
  readonly silence: number;
}

/** What came of a request: `unable` when it is one for the SDK, `undecided` when it was made, and has to be made again. */
export type DirectOutcome = ContentsAnswer | 'unable' | 'undecided';

/** Answers that say what is the case, as an error: nothing changes when the request is made again. */
const decidingStatuses: ReadonlySet<number> = new Set([404, 409, 412, 416]);

/** The name of an error that says nothing but its status. */
const unsaid = 'Unknown';

/**
 * Makes the plain requests for objects without the layers of the SDK, which take most of the time of a small one: signed, over HTTP/1.1, with the
 * credentials, the endpoint, the clock and the checksums of the SDK; each of them once. Whatever does not go as it should is left to the SDK.
 */
export class DirectRequests {
  readonly #client: S3Client;
  readonly #timeouts: DirectTimeouts;
  readonly #target: () => DirectTarget | undefined;
  readonly #signer = new RequestSigner();
  #pool: Promise<Pool> | undefined;
  /** Whether objects here have checksums that only the SDK can compare. */
  #hasUnknownChecksums = false;

  constructor(client: S3Client, timeouts: DirectTimeouts) {
    this.#client = client;
    this.#timeouts = timeouts;
    this.#target = learnTarget(client);
  }

  /** @throws {Error} What the server has decided, as the errors of the SDK are. */
  async send(request: DirectRequest, { abortSignal }: SendOptions): Promise<DirectOutcome> {
    const target = this.#target();
    if (target === undefined || this.#isForTheSdk(target, request)) {
      return 'unable';
    }
    // Where credentials cannot be had nothing was sent, and the SDK says why.
    const signed = await this.#sign(target, request).catch(() => undefined);
    if (signed === undefined) {
      return 'unable';
    }
    let answer: DirectResponse;
    try {
      answer = await this.#exchange(target, signed, abortSignal);
    } catch (error) {
      abortSignal?.throwIfAborted();
      earlierAttempts()?.add(error);
      await pauseBeforeRetry(undefined, abortSignal);
      return 'undecided';
    }
    const { statusCode } = answer;
    if (statusCode === 200 || statusCode === 206) {
      return this.#accept(request, answer);
    }
    const error = readError(request, answer);
    if (decidingStatuses.has(statusCode) && (error.name !== unsaid || request.method === 'HEAD')) {
      throw error;
    }
    earlierAttempts()?.add(error);
    if (statusCode >= 500 || statusCode === 429) {
      await pauseBeforeRetry(answer.headers['retry-after'], abortSignal);
    }
    return 'undecided';
  }

  /** The pool knows of no proxy. */
  #isForTheSdk({ origin }: DirectTarget, { method }: DirectRequest): boolean {
    return proxyVariable(origin) !== undefined || (method === 'GET' && this.#hasUnknownChecksums);
  }

  async close(): Promise<void> {
    const pool = await this.#pool?.catch(() => undefined);
    await pool?.destroy();
  }

  async #sign(target: DirectTarget, { method, key, headers, body }: DirectRequest): Promise<Dispatcher.DispatchOptions> {
    const path = `${target.basePath}/${key.split('/').map(encodeSegment).join('/')}`;
    const credentials = await this.#client.config.credentials();
    const all = { ...headers, ...(body === undefined ? {} : await this.#checksum(body)) };
    const now = new Date(Date.now() + this.#client.config.systemClockOffset);
    const signed = this.#signer.sign({ method, host: target.host, path, headers: all, body }, target, credentials, now);
    return { method, path, headers: signed, body: body ?? null };
  }

  async #exchange(target: DirectTarget, signed: Dispatcher.DispatchOptions, abortSignal: AbortSignal | undefined): Promise<DirectResponse> {
    this.#pool ??= this.#connect(target);
    return await exchange(await this.#pool, signed, abortSignal);
  }

  async #connect({ origin }: DirectTarget): Promise<Pool> {
    const { connect, answer, silence } = this.#timeouts;
    // Loading it takes half as long as loading the SDK: not before there is a second request.
    const undici = await import('undici/index.js');
    return new undici.Pool(origin, {
      pipelining: 1,
      allowH2: false,
      connect: { timeout: connect },
      headersTimeout: answer,
      bodyTimeout: silence,
    });
  }

  async #checksum(body: Uint8Array): Promise<Record<string, string>> {
    const isWanted = (await this.#client.config.requestChecksumCalculation()) === 'WHEN_SUPPORTED';
    return isWanted ? { 'x-amz-checksum-crc32': crc32Header(crc32(body)) } : {};
  }

  #accept({ method }: DirectRequest, { headers, body }: DirectResponse): DirectOutcome {
    const checksum = method === 'GET' ? checksumOf(headers) : undefined;
    if (checksum === 'unknown') {
      this.#hasUnknownChecksums = true;
      drop(body);
      return 'unable';
    }
    return { ...toAnswer(headers), body, checksum };
  }
}

function drop(body: DirectResponse['body']): void {
  if (!(body instanceof Uint8Array)) {
    body.destroy();
  }
}

function toAnswer(headers: IncomingHttpHeaders): ObjectAnswer {
  const metadata = Object.entries(headers).filter(([name]) => name.startsWith(metadataPrefix));
  return {
    ETag: headers.etag,
    LastModified: toDate(headers['last-modified']),
    ContentType: headers['content-type'],
    Metadata: Object.fromEntries(metadata.map(([name, value]) => [name.slice(metadataPrefix.length), String(value)])),
    length: headers['content-length'] === undefined ? undefined : Number(headers['content-length']),
    contentRange: headers['content-range'],
    answeredAt: toDate(headers.date) ?? new Date(),
  };
}

/** The error in an answer, as the SDK's are. */
function readError({ method }: DirectRequest, { statusCode, headers, body }: DirectResponse): Error {
  drop(body);
  let name = method === 'HEAD' && statusCode === 404 ? 'NotFound' : unsaid;
  if (body instanceof Uint8Array) {
    name = /<Code>(\w+)<\/Code>/.exec(new TextDecoder().decode(body))?.[1] ?? name;
  }
  const $metadata = { httpStatusCode: statusCode, requestId: headers['x-amz-request-id'] };
  return Object.assign(new Error(name), { name, $metadata });
}

/** As SDK and signature want it: RFC 3986, unlike `encodeURIComponent`. */
function encodeSegment(segment: string): string {
  return encodeURIComponent(segment).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}
