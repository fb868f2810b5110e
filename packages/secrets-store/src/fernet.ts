import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { hmacSha256, verifyHmacSha256 } from './hmac.ts';

const version = 0x80;
const ivStart = 9;
const textStart = 25;
const tagBytes = 32;
const blockBytes = 16;

/** How far in seconds the clock of who made a token may be ahead; as in Python's `cryptography`. */
const maxSkewSeconds = 60;

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Options of {@link Fernet.encrypt}. */
export interface FernetEncryptOptions {
  /** When the token is made. Default: now. */
  readonly now?: Date | undefined;
  /** 16 bytes, never twice under one key. Default: random. */
  readonly iv?: Uint8Array | undefined;
}

/** Options of {@link Fernet.decrypt}. */
export interface FernetDecryptOptions {
  /** Refuses tokens that are older, or made in the future. Default: none are refused, as OpenHands does. */
  readonly maxAgeSeconds?: number | undefined;
  /** Default: now. */
  readonly now?: Date | undefined;
}

/**
 * Fernet tokens, https://github.com/fernet/spec: AES-128-CBC and HMAC-SHA256. OpenHands' agent server keeps secrets so.
 *
 * It is here to read and write its files: a token says nothing of the place it belongs to, and can be swapped for another one of the same key.
 */
export class Fernet {
  readonly #signingKey: Buffer;
  readonly #encryptionKey: Buffer;

  /** @param key 32 bytes: the first half signs, the second encrypts. */
  constructor(key: Uint8Array) {
    if (key.length !== 32) {
      throw new RangeError('a Fernet key has 32 bytes');
    }
    this.#signingKey = Buffer.from(key.subarray(0, 16));
    this.#encryptionKey = Buffer.from(key.subarray(16));
  }

  /** With the key that OpenHands makes of `OH_SECRET_KEY`: its SHA-256. */
  static fromPassphrase(passphrase: string): Fernet {
    return new Fernet(createHash('sha256').update(passphrase).digest());
  }

  /** Whether a text has the form of a token, under whatever key. */
  static isToken(text: string): boolean {
    return decodeToken(text) !== undefined;
  }

  encrypt(text: string, { now = new Date(), iv = randomBytes(16) }: FernetEncryptOptions = {}): string {
    const head = Buffer.alloc(ivStart);
    head[0] = version;
    head.writeBigUInt64BE(BigInt(Math.floor(now.getTime() / 1000)), 1);
    const cipher = createCipheriv('aes-128-cbc', this.#encryptionKey, iv);
    const signed = Buffer.concat([head, iv, cipher.update(text, 'utf8'), cipher.final()]);
    return toToken(Buffer.concat([signed, hmacSha256(this.#signingKey, signed)]));
  }

  /** @returns `undefined` for what is no token of this key. */
  decrypt(token: string, { maxAgeSeconds, now = new Date() }: FernetDecryptOptions = {}): string | undefined {
    const bytes = decodeToken(token);
    if (bytes === undefined) {
      return undefined;
    }
    const end = bytes.length - tagBytes;
    if (!verifyHmacSha256(this.#signingKey, bytes.subarray(0, end), bytes.subarray(end))) {
      return undefined;
    }
    const age = Math.floor(now.getTime() / 1000) - Number(bytes.readBigUInt64BE(1));
    if (maxAgeSeconds !== undefined && (age > maxAgeSeconds || age < -maxSkewSeconds)) {
      return undefined;
    }
    const decipher = createDecipheriv('aes-128-cbc', this.#encryptionKey, bytes.subarray(ivStart, textStart));
    try {
      return strictUtf8.decode(Buffer.concat([decipher.update(bytes.subarray(textStart, end)), decipher.final()]));
    } catch {
      // The padding or the UTF-8 is wrong, although whoever made it had the key.
      return undefined;
    }
  }
}

/** Base64 in both alphabets, padded, with white space within, as Python reads it; bits that nobody reads are zero. */
function decodeToken(text: string): Buffer | undefined {
  const plain = text
    .replaceAll(/[ \t\r\n]/g, '')
    .replaceAll('+', '-')
    .replaceAll('/', '_');
  const bytes = Buffer.from(plain, 'base64url');
  const isWhole = toToken(bytes) === plain && bytes.length >= textStart + blockBytes + tagBytes;
  return isWhole && bytes[0] === version && (bytes.length - textStart - tagBytes) % blockBytes === 0 ? bytes : undefined;
}

function toToken(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('+', '-').replaceAll('/', '_');
}
