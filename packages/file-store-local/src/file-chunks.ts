import type { FileHandle } from 'node:fs/promises';
import { FileStoreError } from '@oh/file-store-core';
import { toLocalError } from './local-error.ts';

/** Bytes of one chunk of a stream. */
const chunkBytes = 256 * 1024;

/** The bytes `start` to `end` of an open file in chunks; the file is closed at the end, on failure and on return. */
export class FileChunks implements AsyncIterableIterator<Uint8Array> {
  readonly #handle: FileHandle;
  readonly #path: string;
  readonly #end: number;
  #position: number;
  #closed = false;

  constructor(handle: FileHandle, path: string, start: number, end: number) {
    this.#handle = handle;
    this.#path = path;
    this.#position = start;
    this.#end = end;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    const length = Math.min(chunkBytes, this.#end - this.#position);
    if (this.#closed || length === 0) {
      return await this.return();
    }
    try {
      const value = await readFully(this.#handle, this.#path, this.#position, length);
      this.#position += length;
      return { done: false, value };
    } catch (error) {
      await this.return();
      throw error;
    }
  }

  async return(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (!this.#closed) {
      this.#closed = true;
      await this.#handle.close();
    }
    return { done: true, value: undefined };
  }
}

/** Exactly `length` bytes from `position`, in memory of their own. */
export async function readFully(handle: FileHandle, path: string, position: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let offset = 0;
  try {
    while (offset < length) {
      const { bytesRead } = await handle.read(bytes, offset, length - offset, position + offset);
      if (bytesRead === 0) {
        throw new FileStoreError(
          'unavailable',
          `${JSON.stringify(path)} was cut short by another program while it was read; read it again`,
          {
            path,
          },
        );
      }
      offset += bytesRead;
    }
  } catch (error) {
    throw toLocalError(error, 'read', path);
  }
  return bytes;
}
