import { type S3Environment, toStoreOptions } from './s3-environment.ts';
import { S3FileStore, type S3FileStoreOptions } from './s3-file-store.ts';

/**
 * The store that the environment describes.
 *
 * `AWS_S3_BUCKET` is the bucket. `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, with `AWS_SESSION_TOKEN` where there is one, are the
 * credentials; without them the SDK looks for some as it always does. `AWS_REGION` is the region. `AWS_S3_ENDPOINT` is another server than
 * AWS; it is reached by https, whatever its scheme, unless `AWS_S3_SECURE` is `false`: then by http.
 *
 * @param bucket Instead of `AWS_S3_BUCKET`.
 * @param env Default: the environment of the process.
 * @param options What no variable says.
 * @throws {TypeError} When no bucket is named, one of the two keys is missing, or a value is none.
 */
export function s3FileStoreFromEnv(
  bucket?: string,
  env: S3Environment = process.env,
  options: Pick<S3FileStoreOptions, 'prefix'> = {},
): S3FileStore {
  return new S3FileStore({ ...toStoreOptions(bucket, env), prefix: options.prefix });
}
