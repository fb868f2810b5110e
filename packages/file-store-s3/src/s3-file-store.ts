import type { S3Client } from '@aws-sdk/client-s3';
import { PortableFileStore } from '@oh/file-store-core';
import type { S3ClientOptions } from './s3-client.ts';
import { S3Driver } from './s3-driver.ts';

/** Options of {@link S3FileStore}. */
export interface S3FileStoreOptions extends S3ClientOptions {
  /** Name of the bucket, which must be there; or the ARN of an access point. */
  readonly bucket: string;
  /** Directory of the bucket in which the store lies; nothing outside it can be named. Default: the whole bucket. */
  readonly prefix?: string | undefined;
  /**
   * A client of your own, with your time-outs and retries, which the store uses as it is and never closes. It excludes `region`,
   * `endpoint`, `credentials`, `forcePathStyle`, `maxAttempts` and `requestTimeoutMs`. Default: one of the store's own.
   */
  readonly client?: S3Client | undefined;
  /**
   * Whether the server honours `If-Match` on DeleteObject, which AWS does and most others do not. Where true this is tried out before it
   * is relied on; where false `delete` refuses `ifVersion`, and `move` looks before it deletes. Default: true for AWS, else false.
   */
  readonly conditionalDelete?: boolean | undefined;
}

const clientOptions: readonly (keyof S3ClientOptions)[] = [
  'region',
  'endpoint',
  'credentials',
  'forcePathStyle',
  'maxAttempts',
  'requestTimeoutMs',
];

/**
 * A `FileStore` in a bucket of S3, or of a server that speaks its protocol.
 *
 * The constructor does no I/O. A version is the ETag: equal contents written in equal ways may have the same one. The result of a write has
 * in `modifiedAt` the time of the server's answer, in seconds; `stat` has the time of the object.
 */
export class S3FileStore extends PortableFileStore {
  /** @throws {TypeError} When an option is none, or does not go with `client`. @throws {FileStoreError} `invalid-path` for the prefix. */
  constructor(options: S3FileStoreOptions) {
    checkBucket(options.bucket);
    checkClient(options);
    super(new S3Driver(options));
  }
}

function checkBucket(bucket: string): void {
  if (typeof bucket !== 'string' || bucket === '') {
    throw new TypeError('bucket is the name of a bucket');
  }
  if (bucket.endsWith('--x-s3')) {
    throw new TypeError(`${bucket} is a directory bucket, which does not list in order; use a general purpose bucket`);
  }
}

function checkClient(options: S3FileStoreOptions): void {
  const surplus = options.client === undefined ? undefined : clientOptions.find((name) => options[name] !== undefined);
  if (surplus !== undefined) {
    throw new TypeError(`client excludes ${surplus}; make the client with it`);
  }
}
