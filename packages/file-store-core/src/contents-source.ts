import { EventEmitter } from 'node:events';
import { isErrored, isReadable, Readable } from 'node:stream';
import { abortable } from './abort.ts';
import { FileStoreError } from './file-store-error.ts';
import { dropRest, isDropped, isServerRequest, requestBody } from './server-request.ts';

/** The contents of a write on their way to the driver: counted, checked, abortable; the caller's own error stays the caller's. */
export class ContentsSource {
  readonly contents: Uint8Array | AsyncIterable<Uint8Array>;
  bytes = 0;
  /** What its reading has failed with, if it has; that may be anything, `undefined` too. */
  failure: { readonly error: unknown } | undefined;
  readonly #path: string;
  readonly #maxBytes: number;
  readonly #given: unknown;
  #isBegun = false;

  constructor(contents: Uint8Array | AsyncIterable<Uint8Array>, signal: AbortSignal | undefined, path: string, maxBytes: number) {
    this.#path = path;
    this.#maxBytes = maxBytes;
    if (contents instanceof Uint8Array) {
      this.#count(contents);
      this.contents = contents;
    } else {
      checkUnread(path, contents);
      catchEarlyError(contents);
      this.#given = contents;
      this.contents = this.#chunks(abortable(isServerRequest(contents) ? requestBody(contents) : contents, signal));
    }
  }

  /** As {@link releaseUnread}, unless its reading has begun, which does so itself where it ends early. */
  release(): void {
    if (!this.#isBegun) {
      releaseUnread(this.#given);
    }
  }

  async *#chunks(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
    this.#isBegun = true;
    try {
      for await (const chunk of chunks) {
        this.#count(chunk);
        yield chunk;
      }
    } catch (error) {
      this.failure = { error };
      throw error;
    }
  }

  #count(chunk: Uint8Array): void {
    if (!(chunk instanceof Uint8Array)) {
      throw new TypeError('a stream of contents consists of Uint8Array chunks');
    }
    this.bytes += chunk.byteLength;
    if (this.bytes > this.#maxBytes) {
      throw new FileStoreError('invalid-argument', `${JSON.stringify(this.#path)} would have more than ${this.#maxBytes} bytes`, {
        path: this.#path,
      });
    }
  }
}

/** Of a stream that others have read, as a parser of bodies or another write does, nothing is left, or not all: a file would be written that is none. */
function checkUnread(path: string, contents: AsyncIterable<Uint8Array>): void {
  if (
    contents instanceof Readable
      ? isDropped(contents) || (contents.readableDidRead && contents.readableEnded)
      : contents instanceof ReadableStream && wasRead(contents)
  ) {
    throw new FileStoreError('invalid-argument', `the stream for ${JSON.stringify(path)} was read before: it is not whole any more`, {
      path,
    });
  }
}

function wasRead(contents: ReadableStream): boolean {
  // All three take a stream of the web too, which their types do not say.
  const stream: unknown = contents;
  return Readable.isDisturbed(stream as Readable) && isReadable(stream as Readable) === false && !isErrored(stream as Readable);
}

/** A stream of Node that fails before its reading begins would end the process, since nobody listens yet; who reads it later is told by the reading. */
function catchEarlyError(contents: unknown): void {
  if (contents instanceof EventEmitter) {
    contents.on('error', () => undefined);
  }
}

/** Lets go of contents that nobody has begun to read: a stream may keep a file or a connection open. */
function releaseUnread(contents: unknown): void {
  if (isServerRequest(contents)) {
    dropRest(contents);
  } else if (contents instanceof Readable) {
    catchEarlyError(contents);
    contents.destroy();
  } else if (contents instanceof ReadableStream && !contents.locked) {
    // Nobody waits for it, and its own failure says nothing of the write.
    contents.cancel().catch(() => undefined);
  }
}

/** What `check` gives; what it refuses is let go of. */
export function checkFor<T>(contents: unknown, check: () => T): T {
  try {
    return check();
  } catch (error) {
    releaseUnread(contents);
    throw error;
  }
}
