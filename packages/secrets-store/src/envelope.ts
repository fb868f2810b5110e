import { randomBytes } from 'node:crypto';
import { boxOverhead, decrypt, encrypt } from './aes-gcm.ts';
import { decodeBase64Url } from './base64url.ts';
import { encodeContext } from './encode-context.ts';
import type { WrappingKey } from './wrapping-key.ts';

/** How every envelope begins: the name of the format and its version. */
const prefix = 'ohs1';
const dataKeyBytes = 32;

/**
 * A sealed text, `ohs1.KEY.WRAPPED.BODY`: the id of the wrapping key, the data key wrapped by it, and the text encrypted by the data key.
 * Both are nonce, ciphertext and tag of AES-256-GCM in base64url without padding.
 */
export interface Envelope {
  /** The id of the wrapping key. */
  readonly keyId: string;
  /** The data key, encrypted by the wrapping key. */
  readonly wrapped: Buffer;
  /** The text, encrypted by the data key. */
  readonly body: Buffer;
}

/** Finds what may be envelopes within a text. */
export const sealedPattern: RegExp = /ohs1(?:\.[\w-]+){3}/g;

/** Reads an envelope in its one canonical spelling. @returns `undefined` for any other text. */
export function parseEnvelope(text: string): Envelope | undefined {
  const [, keyId, wrappedText, bodyText] = /^ohs1\.([A-Za-z0-9_-]{1,64})\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)$/.exec(text) ?? [];
  if (keyId === undefined || wrappedText === undefined || bodyText === undefined) {
    return undefined;
  }
  const wrapped = decodeBase64Url(wrappedText);
  const body = decodeBase64Url(bodyText);
  const hasSizes = wrapped?.length === dataKeyBytes + boxOverhead && body !== undefined && body.length >= boxOverhead;
  return hasSizes ? { keyId, wrapped, body } : undefined;
}

/** Seals a text with a fresh data key. */
export function sealText(key: WrappingKey, text: string, context: readonly string[]): string {
  const plain = Buffer.from(text);
  const dataKey = randomBytes(dataKeyBytes);
  try {
    return format({ keyId: key.id, wrapped: wrap(key, dataKey, context), body: encrypt(dataKey, plain, bodyContext(context)) });
  } finally {
    dataKey.fill(0);
    plain.fill(0);
  }
}

/** Opens an envelope. @returns `undefined` when it was changed, or sealed by another key or for another context. */
export function openEnvelope(key: WrappingKey, envelope: Envelope, context: readonly string[]): string | undefined {
  const dataKey = unwrap(key, envelope, context);
  const plain = dataKey && decrypt(dataKey, envelope.body, bodyContext(context));
  dataKey?.fill(0);
  const text = plain?.toString();
  plain?.fill(0);
  return text;
}

/**
 * Wraps the data key of an envelope by another key; the encrypted text stays as it is.
 *
 * @returns `undefined` when the envelope does not open.
 */
export function rewrapEnvelope(from: WrappingKey, to: WrappingKey, envelope: Envelope, context: readonly string[]): string | undefined {
  const dataKey = unwrap(from, envelope, context);
  const plain = dataKey && decrypt(dataKey, envelope.body, bodyContext(context));
  const rewrapped = dataKey && plain && format({ keyId: to.id, wrapped: wrap(to, dataKey, context), body: envelope.body });
  plain?.fill(0);
  dataKey?.fill(0);
  return rewrapped;
}

function format({ keyId, wrapped, body }: Envelope): string {
  return `${prefix}.${keyId}.${wrapped.toString('base64url')}.${body.toString('base64url')}`;
}

function wrap(key: WrappingKey, dataKey: Buffer, context: readonly string[]): Buffer {
  return encrypt(key.key, dataKey, wrapContext(key.id, context));
}

function unwrap(key: WrappingKey, { keyId, wrapped }: Envelope, context: readonly string[]): Buffer | undefined {
  return decrypt(key.key, wrapped, wrapContext(keyId, context));
}

function wrapContext(keyId: string, context: readonly string[]): Buffer {
  return encodeContext([prefix, 'data key', keyId, ...context]);
}

/** Without the id of the wrapping key, which changes while the text stays. */
function bodyContext(context: readonly string[]): Buffer {
  return encodeContext([prefix, 'text', ...context]);
}
