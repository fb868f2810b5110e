import { FileStoreError } from '@oh/file-store-core';
import type { Crc32c } from './crc32c.ts';
import { GcsFailure, toConnectionFailure, toProtocolFailure } from './gcs-failure.ts';
import type { HttpBody } from './http-body.ts';

/** What an {@link ObjectBody} is made of. */
export interface ObjectBodyParts {
  readonly first: HttpBody;
  /** First byte of the object that `first` brings. */
  readonly start: number;
  /** The byte after the last one. */
  readonly end: number;
  /** Given when the body is the whole object, and its checksum known. */
  readonly checksum: { readonly expected: string; readonly actual: Crc32c } | undefined;
  /** How often in a row a connection may break without having brought a byte. */
  readonly maxAttempts: number;
  /** The bytes of the same generation from `offset` to `end`. */
  readonly reopen: (offset: number) => Promise<HttpBody>;
  readonly toError: (error: unknown) => unknown;
  readonly signal: AbortSignal | undefined;
}

/** Contents in chunks, of one generation to the end: a connection that breaks is made anew, and the checksum compared at the end. */
export class ObjectBody implements AsyncIterableIterator<Uint8Array> {
  readonly #parts: ObjectBodyParts;
  #body: HttpBody;
  #position: number;
  #failures = 0;
  #isEnded = false;

  constructor(parts: ObjectBodyParts) {
    this.#parts = parts;
    this.#body = parts.first;
    this.#position = parts.start;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    try {
      while (!this.#isEnded && this.#position < this.#parts.end) {
        const chunk = await this.#read();
        if (chunk !== undefined) {
          return { done: false, value: chunk };
        }
      }
      return await this.#finish();
    } catch (error) {
      await this.return();
      this.#parts.signal?.throwIfAborted();
      throw this.#parts.toError(error);
    }
  }

  async return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#isEnded = true;
    this.#body.close();
    return { done: true, value: undefined };
  }

  /** @returns `undefined` when the connection broke and was made anew. */
  async #read(): Promise<Uint8Array | undefined> {
    try {
      const chunk = await this.#body.next();
      if (chunk === undefined) {
        throw new Error('the contents ended too early');
      }
      this.#failures = 0;
      this.#position += chunk.byteLength;
      this.#parts.checksum?.actual.update(chunk);
      return chunk;
    } catch (error) {
      this.#body.close();
      this.#parts.signal?.throwIfAborted();
      this.#failures += 1;
      if (this.#isEnded || this.#failures >= this.#parts.maxAttempts) {
        throw toConnectionFailure(error);
      }
      this.#body = await this.#parts.reopen(this.#position);
      return undefined;
    }
  }

  /** Reads the end that follows the last byte, so that the connection can be used again, and compares the checksum. */
  async #finish(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (this.#isEnded) {
      return { done: true, value: undefined };
    }
    this.#isEnded = true;
    const { checksum, end } = this.#parts;
    // All bytes are here: what becomes of the connection now matters to nobody.
    const more = await this.#body.next().catch(() => undefined);
    if (more !== undefined || this.#position > end) {
      throw toProtocolFailure('the service sends more than it announced');
    }
    if (checksum !== undefined && checksum.actual.toString() !== checksum.expected) {
      const message = `the contents have the checksum ${checksum.actual.toString()} instead of ${checksum.expected}`;
      throw new GcsFailure(message, { reason: 'damaged', isRetryable: false, mayHaveHappened: false });
    }
    return { done: true, value: undefined };
  }
}

/** The error of a reader whose generation is gone. */
export function replacedMeanwhile(path: string): FileStoreError {
  const message = `the connection broke, and ${JSON.stringify(path)} was replaced or deleted meanwhile; read it again`;
  return new FileStoreError('unavailable', message, { path });
}
