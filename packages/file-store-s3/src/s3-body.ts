import type { Readable } from 'node:stream';
import type { FileStoreError } from '@oh/file-store-core';
import { type BodyChecksum, ChecksumComparison } from './checksum-comparison.ts';

/** Up to so many bytes a body is read at once, so that a file that is opened and forgotten holds no connection. */
export const eagerBytes: number = 1024 * 1024;

/** How often in a row a body may break without a byte of progress. */
const maxFailures = 5;

/** The body of one version of an object, to be read once; its streams are {@link quiet}. */
export interface S3BodyOptions {
  readonly source: Readable;
  /** How many bytes belong to it. */
  readonly length: number;
  /** Asks for the rest of the same version. */
  readonly resume: (offset: number) => Promise<Readable>;
  /** The error that the caller gets for what a stream broke with. */
  readonly toError: (error: unknown) => Promise<FileStoreError>;
  readonly signal: AbortSignal | undefined;
  /** Of all that belongs to it. */
  readonly checksum: BodyChecksum | undefined;
}

/** A body that goes on where it was when the connection breaks, and is released when nobody reads on. */
export class S3Body implements AsyncIterable<Uint8Array> {
  readonly #options: S3BodyOptions;
  #source: Readable;
  #isReleased = false;

  constructor(options: S3BodyOptions) {
    this.#options = options;
    this.#source = options.source;
  }

  /** All bytes, in memory of their own. */
  async collect(): Promise<Uint8Array> {
    const bytes = new Uint8Array(this.#options.length);
    let offset = 0;
    for await (const chunk of this) {
      bytes.set(chunk, offset);
      offset += chunk.byteLength;
    }
    return bytes;
  }

  /** Lets go of the connection: nobody reads on. */
  release(): void {
    this.#isReleased = true;
    this.#source.destroy();
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined> {
    const chunks = this.#chunks();
    return {
      next: () => chunks.next(),
      return: async () => {
        // A generator that nobody has begun to read knows nothing of its end.
        this.release();
        return await chunks.return(undefined);
      },
    };
  }

  async *#chunks(): AsyncGenerator<Uint8Array, undefined, undefined> {
    const { length, resume, signal, toError, checksum } = this.#options;
    const comparison = checksum && new ChecksumComparison(checksum);
    let offset = 0;
    for (let failures = 1; ; failures += 1) {
      const before = offset;
      let failure: { readonly error: unknown } | undefined;
      const onAbort = (): void => this.release();
      signal?.addEventListener('abort', onAbort, { once: true });
      try {
        for await (const chunk of this.#source as AsyncIterable<Uint8Array>) {
          offset += chunk.byteLength;
          comparison?.add(chunk);
          yield chunk;
        }
      } catch (error) {
        failure = { error };
      } finally {
        signal?.removeEventListener('abort', onAbort);
        this.#source.destroy();
      }
      signal?.throwIfAborted();
      if (this.#isReleased) {
        return;
      }
      if (failure === undefined && offset >= length) {
        const mismatch = comparison?.end();
        if (mismatch !== undefined) {
          throw await toError(mismatch);
        }
        return;
      }
      failures = offset > before ? 1 : failures;
      const error = await toError(failure?.error ?? new Error('the server sent less than it had announced'));
      if (!error.retryable || failures >= maxFailures) {
        throw error;
      }
      this.#source = await resume(offset);
    }
  }
}

/** A stream that breaks while nobody reads it says so to the next who does, and not to the process. */
export function quiet(stream: Readable): Readable {
  return stream.on('error', () => undefined);
}
