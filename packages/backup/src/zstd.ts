import { promisify } from 'node:util';
import { constants, zstdCompress, zstdDecompress } from 'node:zlib';

const compressAsync = promisify(zstdCompress);
const decompressAsync = promisify(zstdDecompress);

/** What the `zstd` command does without options, https://facebook.github.io/zstd/zstd_manual.html. */
const level = 3;

/** Compresses to one frame of https://www.rfc-editor.org/rfc/rfc8878, off this thread. */
export async function compress(bytes: Uint8Array): Promise<Buffer> {
  return await compressAsync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: level } });
}

/**
 * Decompresses what {@link compress} gave, off this thread.
 *
 * @param maxBytes More are never made, whatever the bytes say.
 * @returns `undefined` for anything else.
 */
export async function decompress(bytes: Uint8Array, maxBytes: number): Promise<Buffer | undefined> {
  try {
    return await decompressAsync(bytes, { maxOutputLength: Math.max(1, maxBytes) });
  } catch {
    // It fails for bytes that are not its own or that are too many, and for nothing else.
    return undefined;
  }
}
