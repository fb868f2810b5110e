import type { StorePlace as BucketPlace } from '@oh/storage/file-store';
import { UsageError } from '../usage-error.ts';
import type { SchemeContext, StorePlace, StoreScheme } from './store-scheme.ts';

/** `s3://BUCKET/PATH`: a file or a directory in a bucket of S3, or of a server that speaks its protocol. */
export const s3Scheme: StoreScheme = bucketScheme(
  's3',
  'in a bucket of S3; needs @oh/file-store-s3, credentials as the AWS CLI finds them',
);

/** `gs://BUCKET/PATH`: a file or a directory in a bucket of Google Cloud Storage. */
export const gsScheme: StoreScheme = bucketScheme('gs', 'in a bucket of Google Cloud Storage; needs @oh/file-store-gcs');

function bucketScheme(name: string, summary: string): StoreScheme {
  return { usage: `${name}://BUCKET/PATH`, summary, resolve: (rest, context) => resolveBucket(name, rest, context) };
}

/** The root of the store is the bucket, so that locations of one bucket share a store, and copies between them stay on the server. */
async function resolveBucket(scheme: string, rest: string, { env }: SchemeContext): Promise<StorePlace> {
  const [{ openFileStore, parseStoreUrl }, { normalizePath }] = await Promise.all([
    import('@oh/storage/file-store'),
    import('@oh/file-store-core'),
  ]);
  const { file_store, file_store_path: bucket, file_store_prefix } = toUsageError(() => parseStoreUrl(`${scheme}:${rest}`));
  const path = normalizePath(file_store_prefix ?? '');
  return {
    storeKey: `${scheme}://${bucket}`,
    openStore: () => openFileStore({ file_store, file_store_path: bucket }, { env }),
    path,
    name: rest.endsWith('/.') ? '' : path.slice(path.lastIndexOf('/') + 1),
    isDirectory: false,
    address: `${scheme}://${bucket}${path === '' ? '' : '/'}${path}`,
  };
}

function toUsageError(parse: () => BucketPlace): BucketPlace {
  try {
    return parse();
  } catch (error) {
    throw UsageError.from(error);
  }
}
