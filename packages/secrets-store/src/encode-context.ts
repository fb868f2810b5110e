const lengthBytes = 4;

/**
 * One sequence of bytes for each list of texts, and for no other list: the number of texts, then each with its length in UTF-8 bytes, as 32 bits, big-endian.
 *
 * It is the additional data of the encryption: a separator could be a part of a text, a length cannot.
 */
export function encodeContext(texts: readonly string[]): Buffer {
  const bytes = Buffer.allocUnsafe(texts.reduce((total, text) => total + lengthBytes + Buffer.byteLength(text), lengthBytes));
  let offset = bytes.writeUInt32BE(texts.length);
  for (const text of texts) {
    if (!text.isWellFormed()) {
      throw new TypeError('a context has no lone surrogates, which UTF-8 cannot tell apart');
    }
    const start = offset + lengthBytes;
    const size = bytes.write(text, start);
    bytes.writeUInt32BE(size, offset);
    offset = start + size;
  }
  return bytes;
}
