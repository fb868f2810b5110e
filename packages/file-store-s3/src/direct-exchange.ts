import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import { concatBytes } from '@oh/file-store-core';
import type { Dispatcher, Pool } from 'undici/index.js';
import { eagerBytes, quiet } from './s3-body.ts';

/** Longest error of unknown size that is read, in bytes. */
const maxErrorBytes = 64 * 1024;

/** An answer as it came. */
export interface DirectResponse {
  readonly statusCode: number;
  readonly headers: IncomingHttpHeaders;
  /** All of it for an error, and where its size is said and small; else a stream, {@link quiet}. */
  readonly body: Uint8Array | Readable;
}

/**
 * Makes a request. What is small is there when this resolves: a stream for each would take as long as the rest of the request.
 *
 * @throws {Error} What the connection broke with; the reason of the signal, which counts until this settles.
 */
export async function exchange(pool: Pool, request: Dispatcher.DispatchOptions, signal: AbortSignal | undefined): Promise<DirectResponse> {
  signal?.throwIfAborted();
  const receiver = new Receiver();
  const onAbort = (): void => receiver.abort(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    pool.dispatch(request, receiver);
    return await receiver.response;
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
}

/** Takes the parts of an answer. */
class Receiver implements Dispatcher.DispatchHandler {
  readonly #response = Promise.withResolvers<DirectResponse>();
  #controller: Dispatcher.DispatchController | undefined;
  #aborted: Error | undefined;
  #start: Omit<DirectResponse, 'body'> | undefined;
  /** Most bytes of what is kept until the end. */
  #maxBytes = 0;
  readonly #chunks: Uint8Array[] = [];
  #received = 0;
  #stream: Readable | undefined;

  get response(): Promise<DirectResponse> {
    return this.#response.promise;
  }

  abort(reason: unknown): void {
    this.#aborted = new Error('aborted', { cause: reason });
    this.#controller?.abort(this.#aborted);
    this.#response.reject(reason);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#aborted !== undefined) {
      controller.abort(this.#aborted);
    }
  }

  onResponseStart(controller: Dispatcher.DispatchController, statusCode: number, headers: IncomingHttpHeaders): void {
    if (statusCode < 200) {
      return;
    }
    this.#start = { statusCode, headers };
    const unsaid = statusCode < 300 ? Number.POSITIVE_INFINITY : maxErrorBytes;
    this.#maxBytes = Number(headers['content-length'] ?? unsaid);
    if (this.#maxBytes > eagerBytes) {
      this.#stream = quiet(toStream(controller));
      this.#response.resolve({ ...this.#start, body: this.#stream });
    }
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    if (this.#stream !== undefined) {
      if (!this.#stream.push(chunk)) {
        controller.pause();
      }
      return;
    }
    this.#received += chunk.byteLength;
    this.#chunks.push(chunk);
    if (this.#received > this.#maxBytes) {
      controller.abort(new Error('the answer is larger than an error is'));
    }
  }

  onResponseEnd(): void {
    if (this.#stream !== undefined) {
      this.#stream.push(null);
    } else if (this.#start !== undefined) {
      this.#response.resolve({ ...this.#start, body: concatBytes(this.#chunks) });
    }
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#stream?.destroy(error);
    this.#response.reject(error);
  }
}

/** Who reads slowly slows the server down; who does not read to the end breaks the connection. */
function toStream(controller: Dispatcher.DispatchController): Readable {
  return new Readable({
    read: () => controller.resume(),
    destroy(error, done) {
      if (!this.readableEnded) {
        controller.abort(error ?? new Error('nobody reads on'));
      }
      done(error);
    },
  });
}
