/** Bytes of the file that warms up; more than a store might read at once. */
export const smallBytes: number = 4 * 1024 ** 2;

const chunkBytes = 64 * 1024;

/** A stream of chunks of 64 KiB, each different, in memory of its own. */
export async function* makePattern(bytes: number): AsyncGenerator<Buffer, void, undefined> {
  for (let number = 0; number < bytes / chunkBytes; number += 1) {
    yield patternChunk(number);
  }
}

/** @throws {Error} When the chunks, of whatever size, are not those of {@link makePattern}. */
export async function checkPattern(chunks: AsyncIterable<Uint8Array>, bytes: number): Promise<void> {
  let position = 0;
  for await (const chunk of chunks) {
    for (let offset = 0; offset < chunk.length; ) {
      const start = position % chunkBytes;
      const part = chunk.subarray(offset, offset + chunkBytes - start);
      const expected = patternChunk(Math.floor(position / chunkBytes)).subarray(start, start + part.length);
      if (!expected.equals(part)) {
        throw new Error(`other bytes than were written, between ${position} and ${position + part.length}`);
      }
      offset += part.length;
      position += part.length;
    }
  }
  if (position !== bytes) {
    throw new Error(`${position} bytes instead of ${bytes}`);
  }
}

function patternChunk(number: number): Buffer {
  const chunk = Buffer.allocUnsafe(chunkBytes).fill(number % 256);
  chunk.writeUInt32LE(number, 0);
  return chunk;
}
