/** How large the buffer of a part is at first when nobody knows how much comes. */
const firstBufferBytes = 64 * 1024;

const nothing = new Uint8Array(0);

/** Takes contents piece by piece, in memory that is theirs: what a source does with its chunks afterwards changes nothing. */
export class PartReader {
  readonly #chunks: AsyncIterator<Uint8Array> | undefined;
  #rest: Uint8Array;

  constructor(contents: Uint8Array | AsyncIterable<Uint8Array>) {
    this.#chunks = contents instanceof Uint8Array ? undefined : contents[Symbol.asyncIterator]();
    this.#rest = contents instanceof Uint8Array ? contents : nothing;
  }

  /** The next `bytes` bytes; fewer only at the end. @param likely How much is expected. */
  async take(bytes: number, likely: number = bytes): Promise<Uint8Array> {
    if (this.#chunks === undefined) {
      return this.#cut(bytes);
    }
    let buffer = Buffer.allocUnsafeSlow(Math.min(bytes, Math.max(likely, firstBufferBytes)));
    let length = 0;
    while (length < bytes && (await this.#fill(this.#chunks))) {
      const chunk = this.#cut(bytes - length);
      if (length + chunk.byteLength > buffer.byteLength) {
        buffer = grow(buffer, length, Math.min(bytes, Math.max(buffer.byteLength * 2, length + chunk.byteLength)));
      }
      buffer.set(chunk, length);
      length += chunk.byteLength;
    }
    return buffer.subarray(0, length);
  }

  /** Ends the source, which may be silent: nobody waits for it. */
  end(): void {
    this.#chunks?.return?.().catch(() => undefined);
  }

  async #fill(chunks: AsyncIterator<Uint8Array>): Promise<boolean> {
    while (this.#rest.byteLength === 0) {
      const next = await chunks.next();
      if (next.done === true) {
        return false;
      }
      this.#rest = next.value;
    }
    return true;
  }

  #cut(bytes: number): Uint8Array {
    const piece = this.#rest.subarray(0, bytes);
    this.#rest = this.#rest.subarray(bytes);
    return piece;
  }
}

function grow(buffer: Buffer, length: number, bytes: number): Buffer<ArrayBuffer> {
  const larger = Buffer.allocUnsafeSlow(bytes);
  buffer.copy(larger, 0, 0, length);
  return larger;
}
