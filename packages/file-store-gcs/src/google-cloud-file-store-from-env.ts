import { Storage } from '@google-cloud/storage';
import { GoogleCloudFileStore, type GoogleCloudFileStoreOptions } from './google-cloud-file-store.ts';

/** Where Google answers. */
const googleEndpoint = 'https://storage.googleapis.com';

/**
 * A store as the environment says.
 *
 * - `GOOGLE_CLOUD_BUCKET_NAME`: the bucket, unless it is given.
 * - `GOOGLE_APPLICATION_CREDENTIALS`: the key file. Without it the default credentials of the machine or its user.
 * - `STORAGE_EMULATOR_HOST`: address of an emulator, `http` where no scheme is given; it is asked without credentials.
 *
 * @param env Default: the environment of this process.
 * @param options What no variable says.
 * @throws {TypeError} When nobody says which bucket.
 */
export function googleCloudFileStoreFromEnv(
  bucket?: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
  options: Pick<GoogleCloudFileStoreOptions, 'prefix'> = {},
): GoogleCloudFileStore {
  const name = bucket ?? env['GOOGLE_CLOUD_BUCKET_NAME'];
  if (name === undefined || name === '') {
    throw new TypeError('set GOOGLE_CLOUD_BUCKET_NAME to the name of the bucket, or give it');
  }
  const emulator = env['STORAGE_EMULATOR_HOST'];
  const keyFilename = env['GOOGLE_APPLICATION_CREDENTIALS'];
  const storage = new Storage({
    apiEndpoint: emulator === undefined || emulator === '' ? googleEndpoint : toUrl(emulator),
    // What the process has in its environment the default credentials find by themselves.
    ...(!keyFilename || keyFilename === process.env['GOOGLE_APPLICATION_CREDENTIALS'] ? {} : { keyFilename }),
  });
  return new GoogleCloudFileStore({ bucket: name, storage, prefix: options.prefix });
}

function toUrl(host: string): string {
  return /^https?:\/\//.test(host) ? host : `http://${host}`;
}
