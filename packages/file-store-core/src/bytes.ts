import type { ByteRange, OwnBytes } from './file-store.ts';
import { FileStoreError } from './file-store-error.ts';
import { isError } from './is-error.ts';

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Strict UTF-8, byte order mark kept. @throws {FileStoreError} `corrupt`; `unsupported` for more than a string can hold (V8: 2^29 - 24 characters). */
export function decodeUtf8(path: string, bytes: Uint8Array): string {
  try {
    return strictUtf8.decode(bytes);
  } catch (cause) {
    if (isError(cause) && 'code' in cause && cause.code === 'ERR_STRING_TOO_LONG') {
      const message = `${JSON.stringify(path)} has more characters than a string can hold; read it as bytes or as a stream`;
      throw new FileStoreError('unsupported', message, { path, cause });
    }
    throw new FileStoreError('corrupt', `${JSON.stringify(path)} is not UTF-8 text; read it as bytes`, { path, cause });
  }
}

/** One array of all chunks, in memory of its own: a source may use that of a chunk again as soon as it is asked for the next one. */
export async function collectBytes(chunks: AsyncIterable<Uint8Array>): Promise<OwnBytes> {
  const parts: OwnBytes[] = [];
  for await (const chunk of chunks) {
    parts.push(copyBytes(chunk));
  }
  const [only] = parts;
  return only !== undefined && parts.length === 1 ? only : concatBytes(parts);
}

/** The same bytes in memory of their own, which `slice` does not give of a `Buffer`. */
export function copyBytes(bytes: Uint8Array): OwnBytes {
  return new Uint8Array(bytes);
}

/** One array of all parts, in memory of its own: what `Buffer.concat` returns may lie in a pool, among bytes of others. */
export function concatBytes(parts: readonly Uint8Array[]): OwnBytes {
  const bytes = new Uint8Array(parts.reduce((size, part) => size + part.byteLength, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.byteLength;
  }
  return bytes;
}

/** The bytes of `range` that a file of `size` bytes has. */
export function clampRange(range: ByteRange | undefined, size: number): { readonly start: number; readonly end: number } {
  const start = Math.min(range?.start ?? 0, size);
  return { start, end: Math.max(start, Math.min(range?.end ?? size, size)) };
}
