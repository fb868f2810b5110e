import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { DirectRequests, type DirectTimeouts } from './direct-requests.ts';
import { S3RetryStrategy } from './s3-retry-strategy.ts';

/** How a client of the store's own is made. */
export interface S3ClientOptions {
  /** Region of the bucket. Default: that of the SDK (`AWS_REGION`, the profile); `us-east-1` at an endpoint other than AWS'. */
  readonly region?: string | undefined;
  /** URL of another server than AWS, such as `http://127.0.0.1:9000`. Default: AWS, or what the SDK is told by `AWS_ENDPOINT_URL_S3`. */
  readonly endpoint?: string | undefined;
  /** Keys, or a provider of them, which is asked anew when they expire, by their own word or by that of the server. Default: the SDK's chain (environment, profile, container, instance). */
  readonly credentials?: S3ClientConfig['credentials'];
  /** Whether the bucket is in the path of URLs and not in the host name. Default: true at an endpoint other than AWS'. */
  readonly forcePathStyle?: boolean | undefined;
  /** How often a request is tried when the server or the connection fails, with growing pauses. Default: 5. */
  readonly maxAttempts?: number | undefined;
  /** How long one attempt may take to be answered, its upload included, in milliseconds; at most 2,147,483,647. Default: 60,000. */
  readonly requestTimeoutMs?: number | undefined;
}

/** A connection is made within this time, in milliseconds, or the attempt has failed. */
const connectionTimeoutMs = 5_000;

/** Longest silence of a connection in the middle of something, in milliseconds. */
const socketTimeoutMs = 30_000;

/** The longest that a timer can take, in milliseconds: what is more is over at once. */
const maxTimeoutMs = 2 ** 31 - 1;

/** @throws {TypeError} When an option is none. */
export function createS3Client(options: S3ClientOptions): S3Client {
  const { region, endpoint, credentials } = options;
  const timeouts = parseTimeouts(options);
  const isElsewhere = endpoint !== undefined && !isAws(parseEndpoint(endpoint));
  return new S3Client({
    ...(isElsewhere ? { region: 'us-east-1', forcePathStyle: true, ...lenientChecksums } : {}),
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
    ...(options.forcePathStyle === undefined ? {} : { forcePathStyle: options.forcePathStyle }),
    retryStrategy: new S3RetryStrategy(parseMaxAttempts(options)),
    requestHandler: {
      connectionTimeout: timeouts.connect,
      requestTimeout: timeouts.answer,
      throwOnRequestTimeout: true,
      socketTimeout: timeouts.silence,
      // Each file that is open and not read yet has a connection: with a limit the next request would wait for its reader.
      httpAgent: { maxSockets: Number.POSITIVE_INFINITY, proxyEnv: process.env },
      httpsAgent: { maxSockets: Number.POSITIVE_INFINITY, proxyEnv: process.env },
    },
  });
}

/** @returns `undefined` where a request is made only once: a direct one may need another. */
export function createDirectRequests(client: S3Client, options: S3ClientOptions): DirectRequests | undefined {
  return parseMaxAttempts(options) === 1 ? undefined : new DirectRequests(client, parseTimeouts(options));
}

/** Whether the requests of a client go to AWS itself, as far as its options and the environment say: what a profile says it reads with its first request. */
export function goesToAws(client: S3Client, endpoint: string | undefined): boolean {
  if (endpoint !== undefined) {
    return isAws(parseEndpoint(endpoint));
  }
  const configured = process.env['AWS_ENDPOINT_URL_S3'] || process.env['AWS_ENDPOINT_URL'] || undefined;
  const isConfiguredForAws = configured === undefined || (URL.canParse(configured) && isAws(new URL(configured)));
  return client.config.isCustomEndpoint !== true && isConfiguredForAws;
}

/** Many servers know nothing of the checksums that AWS wants. @see https://github.com/aws/aws-sdk-js-v3/issues/6810 */
const lenientChecksums = { requestChecksumCalculation: 'WHEN_REQUIRED', responseChecksumValidation: 'WHEN_REQUIRED' } as const;

/** Whether a URL is one of AWS. */
export function isAws({ hostname }: URL): boolean {
  return /(?:^|\.)amazonaws\.com(?:\.cn)?$/.test(hostname);
}

function parseEndpoint(endpoint: string): URL {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new TypeError('endpoint is a URL that begins with http:// or https://');
  }
  if (url.username !== '' || url.password !== '') {
    // Errors name the endpoint, and nobody would use them.
    throw new TypeError('endpoint has no user and no password: give the keys as credentials, or in the environment');
  }
  return url;
}

function parseMaxAttempts({ maxAttempts = 5 }: S3ClientOptions): number {
  return parseCount(maxAttempts, 'maxAttempts');
}

function parseTimeouts({ requestTimeoutMs = 60_000 }: S3ClientOptions): DirectTimeouts {
  const answer = parseCount(requestTimeoutMs, 'requestTimeoutMs', maxTimeoutMs);
  return { connect: Math.min(connectionTimeoutMs, answer), answer, silence: Math.min(socketTimeoutMs, answer) };
}

function parseCount(value: number, name: string, max?: number): number {
  if (!(Number.isInteger(value) && value >= 1) || (max !== undefined && value > max)) {
    throw new TypeError(`${name} is a whole number from 1${max === undefined ? '' : ` to ${max}`}`);
  }
  return value;
}
