import { bucketName, type RunningServer } from './running-server.ts';

/** A server with Amazon's S3 protocol; buckets belong into the path. */
export interface S3Server extends RunningServer {
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** What differs between S3 servers. */
type S3ServerParts = Pick<S3Server, 'name' | 'endpoint' | 'region' | 'accessKeyId' | 'secretAccessKey' | 'bucket' | 'stop'>;

/** Makes a server of its parts; `prefix` begins the names of its variables, as `OH_TEST_S3`. */
export function toS3Server(prefix: string, parts: S3ServerParts): S3Server {
  return {
    ...parts,
    environment: {
      [`${prefix}_ENDPOINT`]: parts.endpoint,
      [`${prefix}_ACCESS_KEY_ID`]: parts.accessKeyId,
      [`${prefix}_SECRET_ACCESS_KEY`]: parts.secretAccessKey,
      [`${prefix}_REGION`]: parts.region,
      [`${prefix}_BUCKET`]: parts.bucket,
    },
    [Symbol.asyncDispose]: () => parts.stop(),
  };
}

/**
 * The server that the variables `<prefix>_ENDPOINT`, `_ACCESS_KEY_ID`, `_SECRET_ACCESS_KEY`, `_REGION` (default `us-east-1`) and `_BUCKET`
 * (default `oh-test`; it must exist) name; `undefined` without an endpoint.
 *
 * @throws {Error} The endpoint has no keys.
 */
export function s3ServerFromEnv(prefix: string, env: NodeJS.ProcessEnv = process.env): S3Server | undefined {
  const value = (name: string): string | undefined => env[`${prefix}_${name}`] || undefined;
  const endpoint = value('ENDPOINT');
  if (endpoint === undefined) {
    return undefined;
  }
  const accessKeyId = value('ACCESS_KEY_ID');
  const secretAccessKey = value('SECRET_ACCESS_KEY');
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    throw new Error(`${prefix}_ENDPOINT is set: set ${prefix}_ACCESS_KEY_ID and ${prefix}_SECRET_ACCESS_KEY, too`);
  }
  return toS3Server(prefix, {
    name: `${prefix}_ENDPOINT`,
    endpoint: endpoint.replace(/\/$/, ''),
    region: value('REGION') ?? 'us-east-1',
    accessKeyId,
    secretAccessKey,
    bucket: value('BUCKET') ?? bucketName,
    stop: async () => undefined,
  });
}
