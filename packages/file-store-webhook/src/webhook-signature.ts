import { createHmac } from 'node:crypto';

/** Bytes that a secret has at least and at most, as the specification says. */
const minSecretBytes = 24;
const maxSecretBytes = 64;

/**
 * Signs requests as Standard Webhooks 1.0 says, with every one of the secrets, so that a receiver that knows one of them can verify.
 *
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export class WebhookSigner {
  readonly #keys: readonly Buffer[];

  /**
   * @param secrets Each `whsec_` and Base64, or Base64 alone, of 24 to 64 bytes.
   * @throws {TypeError} A secret is none; the message does not tell it.
   */
  constructor(secrets: readonly string[]) {
    this.#keys = secrets.map(parseSecret);
  }

  /**
   * The header `webhook-signature`; `undefined` without secrets.
   *
   * @param timestamp Seconds since 1970.
   */
  sign(id: string, timestamp: number, body: Uint8Array): string | undefined {
    if (this.#keys.length === 0) {
      return undefined;
    }
    return this.#keys.map((key) => `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64')}`).join(' ');
  }
}

function parseSecret(secret: string): Buffer {
  const text = typeof secret === 'string' ? secret.replace(/^whsec_/, '') : '';
  const key = Buffer.from(text, 'base64');
  if (key.toString('base64').replace(/=+$/, '') !== text.replace(/=+$/, '') || key.length < minSecretBytes || key.length > maxSecretBytes) {
    throw new TypeError(`a signing secret is "whsec_" and the Base64 of ${minSecretBytes} to ${maxSecretBytes} random bytes`);
  }
  return key;
}
