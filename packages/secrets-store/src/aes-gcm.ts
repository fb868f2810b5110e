import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from 'node:crypto';

/** AES-256-GCM, https://nvlpubs.nist.gov/nistpubs/Legacy/SP/nistspecialpublication800-38d.pdf, with 96-bit nonces and 128-bit tags and no others. */
const algorithm = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;

/** Bytes that encryption adds. */
export const boxOverhead: number = nonceBytes + tagBytes;

/**
 * Encrypts with AES-256-GCM.
 *
 * @param key 32 bytes.
 * @param context Additional data, which decryption must be given again.
 * @param nonce 12 bytes, never twice under one key. Default: random; at most 2^32 times under one key (SP 800-38D, 8.3).
 * @returns Nonce, ciphertext and tag.
 */
export function encrypt(
  key: KeyObject | Buffer,
  plain: Uint8Array,
  context: Uint8Array,
  nonce: Uint8Array = randomBytes(nonceBytes),
): Buffer {
  if (nonce.length !== nonceBytes) {
    throw new RangeError(`a nonce has ${nonceBytes} bytes`);
  }
  const cipher = createCipheriv(algorithm, key, nonce, { authTagLength: tagBytes });
  cipher.setAAD(context);
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/**
 * Decrypts what {@link encrypt} made. Nothing is given out before the tag is checked.
 *
 * @returns `undefined` for any other bytes, another key or another context.
 */
export function decrypt(key: KeyObject | Buffer, box: Uint8Array, context: Uint8Array): Buffer | undefined {
  if (box.length < boxOverhead) {
    return undefined;
  }
  const end = box.length - tagBytes;
  // Without the length, Node takes tags of 4 bytes.
  const decipher = createDecipheriv(algorithm, key, box.subarray(0, nonceBytes), { authTagLength: tagBytes });
  decipher.setAAD(context);
  decipher.setAuthTag(box.subarray(end));
  const plain = decipher.update(box.subarray(nonceBytes, end));
  try {
    return Buffer.concat([plain, decipher.final()]);
  } catch {
    // `final` fails for a tag that does not fit, and for nothing else.
    plain.fill(0);
    return undefined;
  }
}
