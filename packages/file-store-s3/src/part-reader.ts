/** How large the buffer of a part is at first when nobody knows how much comes. */
const firstBufferBytes = 64 * 1024;

/** How many times larger a buffer is that takes the place of a full one: large steps leave little behind, and what is not written to is no memory yet. */
const growth = 4;

const nothing = new Uint8Array(0);

/** Takes contents piece by piece, in memory that is theirs: what a source does with its chunks afterwards changes nothing. */
export class PartReader {
  readonly #chunks: AsyncIterator<Uint8Array> | undefined;
  readonly #spare: Uint8Array[] = [];
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
    let buffer: Buffer = this.#takeSpare(bytes) ?? Buffer.allocUnsafeSlow(Math.min(bytes, Math.max(likely, firstBufferBytes)));
    let length = 0;
    while (length < bytes && (await this.#fill(this.#chunks))) {
      const chunk = this.#cut(bytes - length);
      if (length + chunk.byteLength > buffer.byteLength) {
        buffer = grow(buffer, length, Math.min(bytes, Math.max(buffer.byteLength * growth, length + chunk.byteLength)));
      }
      buffer.set(chunk, length);
      length += chunk.byteLength;
    }
    return buffer.subarray(0, length);
  }

  /**
   * Gives a piece back that nobody looks at any more: its memory holds a later one, of contents that come as a stream.
   *
   * New memory for each would be much memory before garbage is collected.
   */
  giveBack(piece: Uint8Array): void {
    this.#spare.push(piece);
  }

  /** Ends the source, which may be silent: nobody waits for it. */
  end(): void {
    this.#chunks?.return?.().catch(() => undefined);
  }

  #takeSpare(bytes: number): Buffer | undefined {
    const spare = this.#spare.pop();
    return spare !== undefined && spare.byteLength >= bytes ? Buffer.from(spare.buffer, spare.byteOffset, spare.byteLength) : undefined;
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

function grow(buffer: Buffer, length: number, bytes: number): Buffer {
  const larger = Buffer.allocUnsafeSlow(bytes);
  buffer.copy(larger, 0, 0, length);
  return larger;
}
