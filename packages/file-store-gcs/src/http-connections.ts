import { Agent as HttpAgent, type IncomingHttpHeaders, type IncomingMessage, type RequestOptions, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { isError } from '@oh/file-store-core';

/** One HTTP request. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent as they are, one after the other. */
  readonly body: readonly Uint8Array[];
}

/** An answer whose body is still to be read, or destroyed. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: IncomingMessage;
}

/** Nothing came or went on a connection for too long. */
export class SilenceError extends Error {
  override readonly name = 'SilenceError';

  constructor(timeoutMs: number) {
    super(`nothing was heard for ${timeoutMs} ms`);
  }
}

/**
 * Connections that are kept between requests, and can all be closed.
 *
 * They go through the proxy that the environment names (`HTTPS_PROXY`, `NO_PROXY`) where Node can do that: from 22.21 and 24.5 on.
 */
export class HttpConnections {
  readonly #timeoutMs: number;
  readonly #http: HttpAgent;
  readonly #https: HttpsAgent;

  /** @param timeoutMs The longest silence, while connecting too. @throws {TypeError} For a URL of a proxy that is none. */
  constructor(timeoutMs: number) {
    const options = { keepAlive: true, proxyEnv: process.env };
    this.#timeoutMs = timeoutMs;
    try {
      this.#http = new HttpAgent(options);
      this.#https = new HttpsAgent(options);
    } catch {
      // Its message has the URL, which may have a password.
      throw new TypeError('HTTP_PROXY or HTTPS_PROXY in the environment is not the URL of a proxy; correct it');
    }
  }

  /** Sends a request and waits for the head of its answer, whatever its status. An abort ends the request in flight. */
  async send({ method, url, headers, body }: HttpRequest, signal: AbortSignal | undefined): Promise<HttpAnswer> {
    signal?.throwIfAborted();
    const length = body.reduce((sum, piece) => sum + piece.byteLength, 0);
    const options = {
      method,
      headers: method === 'GET' ? headers : { ...headers, 'content-length': length },
      timeout: this.#timeoutMs,
    };
    const request = this.#request(url, options);
    const onAbort = (): void => void request.destroy(toError(signal?.reason));
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      const response = await new Promise<IncomingMessage>((resolve, reject) => {
        request.on('response', resolve);
        // Stays: a server that answers before it has read everything may reset the connection afterwards.
        request.on('error', reject);
        request.on('timeout', () => void request.destroy(new SilenceError(this.#timeoutMs)));
        for (const piece of body) {
          request.write(piece);
        }
        request.end();
      });
      // From here on silence is also that of a slow reader; who waits for the body watches the time.
      request.removeAllListeners('timeout');
      return { status: response.statusCode ?? 0, headers: response.headers, body: response };
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /** Closes all connections, those in use included. */
  close(): void {
    this.#http.destroy();
    this.#https.destroy();
  }

  #request(url: URL, options: RequestOptions): ReturnType<typeof requestHttp> {
    return url.protocol === 'http:'
      ? requestHttp(url, { ...options, agent: this.#http })
      : requestHttps(url, { ...options, agent: this.#https });
  }
}

function toError(reason: unknown): Error {
  return isError(reason) ? reason : new Error('the request was aborted', { cause: reason });
}
