import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto';

/** The keys that sign. */
export interface SigningCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

/** For whom a signature holds. */
export interface SigningScope {
  readonly region: string;
  /** `s3`, or what an access point asks for. */
  readonly service: string;
}

/** A request to sign. */
export interface SignableRequest {
  readonly method: string;
  /** Host and port, as the header has them. */
  readonly host: string;
  /** The path as it is sent: its segments are encoded. There is no query. */
  readonly path: string;
  /** Names in lower case. All of them are signed. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | undefined;
}

const algorithm = 'AWS4-HMAC-SHA256';
const emptyHash = hash('sha256', '');

/**
 * Signs requests with Signature Version 4. The key of the day is derived once.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */
export class RequestSigner {
  #derived: { readonly from: string; readonly key: KeyObject } | undefined;

  /** The headers to send, with the signature. */
  sign(request: SignableRequest, scope: SigningScope, credentials: SigningCredentials, now: Date): Record<string, string> {
    const { method, path, host, body } = request;
    const { accessKeyId, sessionToken } = credentials;
    const time = now.toISOString().replace(/[-:]|\.\d+/g, '');
    const bodyHash = body === undefined ? emptyHash : hash('sha256', body);
    const headers: Record<string, string> = { ...request.headers, host, 'x-amz-content-sha256': bodyHash, 'x-amz-date': time };
    if (sessionToken !== undefined) {
      headers['x-amz-security-token'] = sessionToken;
    }
    const names = Object.keys(headers).sort();
    const canonical = names.map((name) => `${name}:${toCanonical(headers[name] ?? '')}\n`).join('');
    const signed = names.join(';');
    const place = [time.slice(0, 8), scope.region, scope.service, 'aws4_request'];
    const text = [algorithm, time, place.join('/'), hash('sha256', [method, path, '', canonical, signed, bodyHash].join('\n'))].join('\n');
    const signature = createHmac('sha256', this.#keyOf(place, credentials)).update(text).digest('hex');
    headers['authorization'] = `${algorithm} Credential=${accessKeyId}/${place.join('/')}, SignedHeaders=${signed}, Signature=${signature}`;
    return headers;
  }

  #keyOf(place: readonly string[], { secretAccessKey }: SigningCredentials): KeyObject {
    const from = JSON.stringify([secretAccessKey, ...place]);
    if (this.#derived?.from !== from) {
      // From a buffer a key object would be made for each signature, which takes most of its time.
      this.#derived = { from, key: createSecretKey(place.reduce(hmac, Buffer.from(`AWS4${secretAccessKey}`))) };
    }
    return this.#derived.key;
  }
}

/** What a signature is made of: without spaces around, and with single ones between. */
function toCanonical(value: string): string {
  return value.trim().replace(/ +/g, ' ');
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
