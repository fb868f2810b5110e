import { Storage } from '@google-cloud/storage';
import { PortableFileStore } from '@oh/file-store-core';
import { GcsDriver } from './gcs-driver.ts';
import { toGcsEndpoint } from './gcs-endpoint.ts';
import { GcsKeys } from './gcs-keys.ts';

/** Options of {@link GoogleCloudFileStore}. */
export interface GoogleCloudFileStoreOptions {
  /** The bucket with the files; it must be there. */
  readonly bucket: string;
  /** The directory in the bucket that is the root of the store. Default: the bucket itself. */
  readonly prefix?: string | undefined;
  /**
   * A client of your own, for its credentials and its endpoint; requests, retries and time-outs are the store's. Default: one made with
   * `apiEndpoint` and the default credentials.
   */
  readonly storage?: Storage | undefined;
  /** Address of the service; without `storage` only. Default: what `STORAGE_EMULATOR_HOST` says, else Google's. */
  readonly apiEndpoint?: string | undefined;
  /** Attempts at a request before it has failed, the first included. Default: 6. */
  readonly maxAttempts?: number | undefined;
  /** The longest silence on a connection before an attempt has failed, in milliseconds. Default: 30,000. */
  readonly timeoutMs?: number | undefined;
}

/**
 * A `FileStore` in a bucket of Google Cloud Storage. The constructor does no I/O.
 *
 * A version is the object's generation. `modifiedAt` is in whole seconds.
 */
export class GoogleCloudFileStore extends PortableFileStore {
  /** @throws {TypeError} When an option is none. @throws {FileStoreError} `invalid-path` when `prefix` is no path. */
  constructor(options: GoogleCloudFileStoreOptions) {
    const { bucket, prefix = '', storage = newStorage(options.apiEndpoint), maxAttempts = 6, timeoutMs = 30_000 } = options;
    if (typeof bucket !== 'string' || bucket === '') {
      throw new TypeError('bucket is the name of a bucket');
    }
    if (options.storage !== undefined && options.apiEndpoint !== undefined) {
      throw new TypeError('apiEndpoint is for the client that the store makes; give it to your own storage');
    }
    if (!Number.isSafeInteger(maxAttempts) || maxAttempts < 1) {
      throw new TypeError('maxAttempts is a whole number from 1');
    }
    if (!(timeoutMs > 0 && timeoutMs < 2 ** 31)) {
      throw new TypeError('timeoutMs is a number of milliseconds');
    }
    super(
      new GcsDriver({
        keys: new GcsKeys(bucket, prefix),
        endpoint: toGcsEndpoint(storage),
        maxAttempts,
        timeoutMs,
      }),
    );
  }
}

function newStorage(apiEndpoint: string | undefined): Storage {
  return new Storage(apiEndpoint === undefined ? {} : { apiEndpoint });
}
