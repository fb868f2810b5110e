import { FileStoreError } from '@oh/file-store-core';
import { closeQuietly, readFully, readFullySync } from './descriptors.ts';
import { toLocalError } from './local-error.ts';

/** Bytes of one chunk of a stream. */
const chunkBytes = 128 * 1024;

/** Bytes of one call where everything is read at once: others wait for the thread pool no longer than that. */
const callBytes = 1024 * 1024;

/** The bytes `start` to `end` of an open file in chunks; the file is closed at the end, on failure and on return. */
export class FileChunks implements AsyncIterableIterator<Uint8Array> {
  readonly #fd: number;
  readonly #path: string;
  readonly #end: number;
  #position: number;
  #isClosed = false;
  #reading: Promise<unknown> = Promise.resolve();

  constructor(fd: number, path: string, start: number, end: number) {
    this.#fd = fd;
    this.#path = path;
    this.#position = start;
    this.#end = end;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    const length = Math.min(chunkBytes, this.#end - this.#position);
    if (this.#isClosed || length === 0) {
      return await this.return();
    }
    const position = this.#position;
    this.#position += length;
    try {
      const reading = readRange(this.#fd, this.#path, position, length);
      this.#reading = reading;
      return { done: false, value: await reading };
    } catch (error) {
      await this.return();
      throw error;
    }
  }

  /** All that is left, in one piece; less when it is closed meanwhile. */
  async readAll(): Promise<Uint8Array> {
    const bytes = new Uint8Array(this.#end - this.#position);
    for (let offset = 0; offset < bytes.byteLength && !this.#isClosed; offset += callBytes) {
      const part = bytes.subarray(offset, offset + callBytes);
      const reading = readInto(this.#fd, this.#path, part, this.#position + offset);
      this.#reading = reading;
      await reading;
    }
    return bytes;
  }

  /** Closes the file when the read under way has ended: its descriptor must not be another file's by then. */
  async return(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (!this.#isClosed) {
      this.#isClosed = true;
      await this.#reading.catch(() => undefined);
      closeQuietly(this.#fd);
    }
    return { done: true, value: undefined };
  }
}

/** Exactly `length` bytes from `position`, in memory of their own. */
export async function readRange(fd: number, path: string, position: number, length: number): Promise<Uint8Array> {
  return await readInto(fd, path, new Uint8Array(length), position);
}

async function readInto(fd: number, path: string, bytes: Uint8Array, position: number): Promise<Uint8Array> {
  const read = await readFully(fd, bytes, position).catch((error: unknown) => {
    throw toLocalError(error, 'read', path);
  });
  return checkWhole(path, bytes, read);
}

/** As {@link readRange} on the calling thread. */
export function readRangeSync(fd: number, path: string, position: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  try {
    return checkWhole(path, bytes, readFullySync(fd, bytes, position));
  } catch (error) {
    throw toLocalError(error, 'read', path);
  }
}

function checkWhole(path: string, bytes: Uint8Array, read: number): Uint8Array {
  if (read < bytes.byteLength) {
    throw new FileStoreError('unavailable', `${JSON.stringify(path)} was cut short by another program while it was read; read it again`, {
      path,
    });
  }
  return bytes;
}
