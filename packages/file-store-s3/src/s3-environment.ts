import type { S3FileStoreOptions } from './s3-file-store.ts';

/** The variables of `s3FileStoreFromEnv`. An empty one counts as not set. */
export type S3Environment = Readonly<Record<string, string | undefined>>;

/** The options that the environment describes. @throws {TypeError} When no bucket is named, one of the two keys is missing, or a value is none. */
export function toStoreOptions(bucket: string | undefined, env: S3Environment): S3FileStoreOptions {
  const name = bucket ?? env['AWS_S3_BUCKET'] ?? '';
  if (name === '') {
    throw new TypeError('no bucket is named; give one, or set AWS_S3_BUCKET');
  }
  return { bucket: name, region: env['AWS_REGION'] || undefined, endpoint: toEndpoint(env), credentials: toCredentials(env) };
}

function toCredentials(
  env: S3Environment,
): { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string } | undefined {
  const accessKeyId = env['AWS_ACCESS_KEY_ID'] ?? '';
  const secretAccessKey = env['AWS_SECRET_ACCESS_KEY'] ?? '';
  const sessionToken = env['AWS_SESSION_TOKEN'] ?? '';
  if (accessKeyId === '' && secretAccessKey === '') {
    return undefined;
  }
  if (accessKeyId === '' || secretAccessKey === '') {
    throw new TypeError('AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY belong together: set both, or neither');
  }
  return { accessKeyId, secretAccessKey, ...(sessionToken === '' ? {} : { sessionToken }) };
}

function toEndpoint(env: S3Environment): string | undefined {
  const scheme = isSecure(env['AWS_S3_SECURE'] ?? '') ? 'https' : 'http';
  const endpoint = env['AWS_S3_ENDPOINT'] ?? '';
  return endpoint === '' ? undefined : `${scheme}://${endpoint.replace(/^https?:\/\//i, '')}`;
}

/** A misspelled value never switches encryption off. */
function isSecure(value: string): boolean {
  switch (value.toLowerCase()) {
    case '':
    case 'true':
    case '1':
      return true;
    case 'false':
    case '0':
      return false;
    default:
      throw new TypeError(`AWS_S3_SECURE is true or false, not ${JSON.stringify(value)}`);
  }
}
