/** A part of contents. */
export interface Chunk {
  /** The bytes, in pieces. */
  readonly pieces: readonly Uint8Array[];
  readonly size: number;
  /** Whether nothing comes after it. */
  readonly isLast: boolean;
}

/** Contents in parts. */
export class ChunkReader {
  readonly #source: AsyncIterator<Uint8Array> | undefined;
  #pieces: Uint8Array[] = [];
  #buffered = 0;
  #isEnded = false;
  #isPulling = false;

  constructor(contents: Uint8Array | AsyncIterable<Uint8Array>) {
    if (contents instanceof Uint8Array) {
      this.#pieces.push(contents);
      this.#buffered = contents.byteLength;
      this.#isEnded = true;
    } else {
      this.#source = contents[Symbol.asyncIterator]();
    }
  }

  /** The next part: `bytes` long, or the last one. Of empty contents it is empty. Not to be called after the last one. */
  async next(bytes: number): Promise<Chunk> {
    while (!this.#isEnded && this.#buffered <= bytes) {
      await this.#pull();
    }
    const isLast = this.#buffered <= bytes;
    const size = isLast ? this.#buffered : bytes;
    const pieces = this.#take(size);
    return { pieces, size, isLast };
  }

  /** Lets go of the source; not waiting for one that has been asked for bytes, and may stay silent. */
  async close(): Promise<void> {
    if (this.#isEnded) {
      return;
    }
    this.#isEnded = true;
    const returned = this.#source?.return?.();
    if (this.#isPulling) {
      returned?.catch(() => undefined);
    } else {
      await returned;
    }
  }

  async #pull(): Promise<void> {
    this.#isPulling = true;
    const result = await this.#source?.next();
    this.#isPulling = false;
    if (result === undefined || result.done === true) {
      this.#isEnded = true;
    } else if (result.value.byteLength > 0) {
      // A source may use its memory again; `slice` would copy nothing of a `Buffer`.
      this.#pieces.push(new Uint8Array(result.value));
      this.#buffered += result.value.byteLength;
    }
  }

  #take(size: number): Uint8Array[] {
    const taken = slicePieces(this.#pieces, 0, size);
    this.#pieces = slicePieces(this.#pieces, size, this.#buffered);
    this.#buffered -= size;
    return taken;
  }
}

/** The bytes `start` to `end` of pieces that follow each other. */
export function slicePieces(pieces: readonly Uint8Array[], start: number, end: number): Uint8Array[] {
  let offset = 0;
  return pieces.flatMap((piece) => {
    const from = Math.max(start - offset, 0);
    const to = Math.min(end - offset, piece.byteLength);
    offset += piece.byteLength;
    return from < to ? [piece.subarray(from, to)] : [];
  });
}
