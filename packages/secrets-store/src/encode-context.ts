/**
 * One sequence of bytes for each list of texts, and for no other list: the number of texts, then each with its length in UTF-8 bytes, as 32 bits, big-endian.
 *
 * It is the additional data of the encryption: a separator could be a part of a text, a length cannot.
 */
export function encodeContext(texts: readonly string[]): Buffer {
  const parts: Buffer[] = [toUint32(texts.length)];
  for (const text of texts) {
    if (!text.isWellFormed()) {
      throw new TypeError('a context has no lone surrogates, which UTF-8 cannot tell apart');
    }
    const bytes = Buffer.from(text);
    parts.push(toUint32(bytes.length), bytes);
  }
  return Buffer.concat(parts);
}

function toUint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
