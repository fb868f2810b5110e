import { constants } from 'node:buffer';
import { raceAbort } from './abort.ts';
import { clampRange, concatBytes, decodeUtf8 } from './bytes.ts';
import type { FileInfo, OpenFile, OwnBytes, ReadOptions } from './file-store.ts';
import type { DriverFile } from './file-store-driver.ts';
import { FileStoreError } from './file-store-error.ts';

const settled = Promise.resolve();

/** With more bytes of UTF-8 than this a text has more characters than a string can hold: a UTF-16 code unit is at most three. */
const maxStringBytes = 3 * constants.MAX_STRING_LENGTH;

/** The {@link OpenFile} over what a driver opened. */
export class BodyReader implements OpenFile {
  readonly info: FileInfo;
  /** Bytes in the part that was opened. */
  readonly byteLength: number;
  readonly #whole: Uint8Array | undefined;
  readonly #readAll: DriverFile['readAll'];
  readonly #signal: AbortSignal | undefined;
  readonly #onEnd: (reader: BodyReader) => void;
  readonly #onAbort = (): void => void this.#end(() => this.#signal?.reason).catch(() => undefined);
  /** What is held, or makes a stream of what is whole. */
  #iterator: AsyncIterator<Uint8Array> | undefined;
  #taken = false;
  #ended: { readonly reason: () => unknown } | undefined;
  #reading: Promise<unknown> = Promise.resolve();

  /** @param onEnd Called once, when nothing is held any more. */
  constructor(file: DriverFile, { range, signal }: ReadOptions, onEnd: (reader: BodyReader) => void) {
    this.info = file.info;
    const { start, end } = clampRange(range, file.info.size);
    this.byteLength = end - start;
    this.#signal = signal;
    this.#readAll = file.readAll;
    this.#onEnd = onEnd;
    if (file.body instanceof Uint8Array) {
      this.#whole = file.body;
    } else {
      this.#iterator = file.body[Symbol.asyncIterator]();
      signal?.addEventListener('abort', this.#onAbort, { once: true });
    }
  }

  async bytes(): Promise<OwnBytes> {
    this.#take();
    return await this.#readBytes();
  }

  async text(): Promise<string> {
    this.#take();
    if (this.byteLength > maxStringBytes) {
      await this.close();
      throw tooLargeError(this.info.path, this.byteLength, 'a string');
    }
    return decodeUtf8(this.info.path, await this.#readBytes());
  }

  async #readBytes(): Promise<OwnBytes> {
    try {
      return await this.#allBytes();
    } catch (error) {
      const isTooLarge = error instanceof RangeError && error !== this.#signal?.reason;
      throw isTooLarge ? tooLargeError(this.info.path, this.byteLength, 'memory', error) : error;
    }
  }

  async #allBytes(): Promise<OwnBytes> {
    if (this.#whole !== undefined) {
      await this.close();
      return toOwn(this.#whole);
    }
    if (this.#readAll !== undefined) {
      const bytes = await this.#settle(this.#readAll());
      this.#checkOpen();
      await this.close();
      return toOwn(bytes);
    }
    const chunks: Uint8Array[] = [];
    for (let next = await this.#next(); next.done !== true; next = await this.#next()) {
      chunks.push(next.value);
    }
    return concatBytes(chunks);
  }

  stream(): ReadableStream<Uint8Array> {
    this.#take();
    this.#iterator ??= once(this.#whole ?? new Uint8Array());
    return new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          const result = await this.#next();
          if (result.done === true) {
            controller.close();
          } else {
            controller.enqueue(result.value);
          }
        },
        cancel: () => this.close(),
      },
      { highWaterMark: 0 },
    );
  }

  close(): Promise<void> {
    return this.#end(() => closedError(this.info.path));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #take(): void {
    if (this.#taken) {
      throw new TypeError('an open file is read once; open it again');
    }
    if (this.#signal?.aborted === true) {
      this.#onAbort();
    }
    this.#checkOpen();
    this.#taken = true;
  }

  async #next(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#checkOpen();
    const next = this.#iterator?.next() ?? Promise.resolve({ done: true, value: undefined });
    this.#reading = next.catch(() => undefined);
    const result = await this.#settle(next);
    if (result.done !== true) {
      return { done: false, value: result.value };
    }
    await this.close();
    return { done: true, value: undefined };
  }

  /** What is read; a failure, or an abort, ends everything. */
  async #settle<T>(reading: Promise<T>): Promise<T> {
    try {
      return await raceAbort(reading, this.#signal);
    } catch (error) {
      // An abort has ended it before: for what is held then nobody waits.
      await this.#end(() => error).catch(() => undefined);
      throw error;
    }
  }

  #checkOpen(): void {
    if (this.#ended !== undefined) {
      throw this.#ended.reason();
    }
  }

  /** Later reads fail with `reason`; what the driver holds is released when a read under way is over. */
  #end(reason: () => unknown): Promise<void> {
    if (this.#ended !== undefined) {
      return settled;
    }
    this.#ended = { reason };
    if (this.#iterator === undefined) {
      this.#onEnd(this);
      return settled;
    }
    this.#signal?.removeEventListener('abort', this.#onAbort);
    return this.#release(this.#iterator);
  }

  async #release(iterator: AsyncIterator<Uint8Array>): Promise<void> {
    try {
      await this.#reading;
      await iterator.return?.();
    } finally {
      this.#onEnd(this);
    }
  }
}

/** What a driver gives shares memory with nobody, though the types of SDKs often do not say so. */
function toOwn(bytes: Uint8Array): OwnBytes {
  return bytes as OwnBytes;
}

async function* once(chunk: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield chunk;
}

function closedError(path: string): FileStoreError {
  return new FileStoreError('closed', `the file ${JSON.stringify(path)} was closed before it was read`, { path });
}

/** What is found before anything is read, or when there is no room for it. */
function tooLargeError(path: string, byteLength: number, holder: string, cause?: unknown): FileStoreError {
  const message = `${JSON.stringify(path)} has ${byteLength} bytes, more than ${holder} can hold; read it as a stream, or by ranges`;
  return new FileStoreError('unsupported', message, { path, cause });
}
