import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

/** AES-256-GCM, https://nvlpubs.nist.gov/nistpubs/Legacy/SP/nistspecialpublication800-38d.pdf: random nonces of 96 bits, tags of 128. */
const algorithm = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;

/** Encrypts what a repository keeps, or, in one that is not encrypted, leaves it as it is. */
export interface RepositoryCipher {
  /** Whether it encrypts. */
  readonly encrypts: boolean;
  /** @param context What the bytes are; they open with the same one only. */
  seal(bytes: Uint8Array, context: readonly string[]): Buffer;
  /** @returns `undefined` for what was not sealed with this key and this context, or was changed. */
  open(bytes: Uint8Array, context: readonly string[]): Buffer | undefined;
}

/** Of a repository that is not encrypted. */
export const noCipher: RepositoryCipher = {
  encrypts: false,
  seal: (bytes) => toBuffer(bytes),
  open: (bytes) => toBuffer(bytes),
};

/**
 * The cipher of an encrypted repository: nonce, ciphertext and tag.
 *
 * One key seals at most 2^32 things (SP 800-38D, 8.3): with frames of 256 KiB a petabyte.
 *
 * @param masterKey 32 random bytes.
 * @param repositoryId What is sealed opens in this repository only.
 */
export function createCipher(masterKey: Uint8Array, repositoryId: string): RepositoryCipher {
  const key = Buffer.from(hkdfSync('sha256', masterKey, Buffer.alloc(0), 'oh-backup 1 data', 32));
  const toContext = (context: readonly string[]): Buffer => Buffer.from(JSON.stringify(['oh-backup', 1, repositoryId, ...context]));
  return {
    encrypts: true,
    seal: (bytes, context) => {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv(algorithm, key, nonce, { authTagLength: tagBytes });
      cipher.setAAD(toContext(context));
      return Buffer.concat([nonce, cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
    },
    open: (bytes, context) => {
      if (bytes.byteLength < nonceBytes + tagBytes) {
        return undefined;
      }
      const end = bytes.byteLength - tagBytes;
      const decipher = createDecipheriv(algorithm, key, bytes.subarray(0, nonceBytes), { authTagLength: tagBytes });
      decipher.setAAD(toContext(context));
      decipher.setAuthTag(bytes.subarray(end));
      const plain = decipher.update(bytes.subarray(nonceBytes, end));
      try {
        return Buffer.concat([plain, decipher.final()]);
      } catch {
        // `final` fails for a tag that does not fit, and for nothing else.
        return undefined;
      }
    },
  };
}

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
