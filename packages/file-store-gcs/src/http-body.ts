import type { IncomingMessage } from 'node:http';
import { concatBytes } from '@oh/file-store-core';
import { SilenceError } from './http-connections.ts';

/** How long and how much may be read. */
export interface BodyLimits {
  /** The longest wait for the next bytes in milliseconds. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  /** After so many bytes the rest is not read. Default: no limit. */
  readonly maxBytes?: number | undefined;
}

/** The body of an answer in chunks, watched for silence; the connection is given up when the reader stops early. */
export class HttpBody {
  readonly #body: IncomingMessage;
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #timeoutMs: number;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = (): void => void this.#body.destroy(new Error('the reader was aborted'));

  constructor(body: IncomingMessage, { timeoutMs, signal }: BodyLimits) {
    this.#body = body;
    this.#chunks = body.iterator({ destroyOnReturn: true });
    this.#timeoutMs = timeoutMs;
    this.#signal = signal;
    signal?.addEventListener('abort', this.#onAbort, { once: true });
    if (signal?.aborted === true) {
      this.#onAbort();
    }
  }

  /** The next bytes; `undefined` at the end. */
  async next(): Promise<Uint8Array | undefined> {
    const timer = setTimeout(() => void this.#body.destroy(new SilenceError(this.#timeoutMs)), this.#timeoutMs);
    try {
      const result = await this.#chunks.next();
      if (result.done !== true) {
        return result.value;
      }
      this.#forgetSignal();
      return undefined;
    } catch (error) {
      this.#forgetSignal();
      this.#signal?.throwIfAborted();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Gives the connection up; a read under way ends. */
  close(): void {
    this.#forgetSignal();
    this.#body.destroy();
  }

  #forgetSignal(): void {
    this.#signal?.removeEventListener('abort', this.#onAbort);
  }
}

/** All bytes of a body. */
export async function readWhole(message: IncomingMessage, limits: BodyLimits): Promise<Uint8Array> {
  const { maxBytes = Number.POSITIVE_INFINITY } = limits;
  const body = new HttpBody(message, limits);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const chunk = await body.next();
    if (chunk === undefined) {
      return concatBytes(chunks);
    }
    chunks.push(chunk);
    size += chunk.byteLength;
    if (size > maxBytes) {
      body.close();
      return concatBytes(chunks);
    }
  }
}
