import { randomUUID } from 'node:crypto';
import { S3FileStore } from '@oh/file-store-s3';
import { type S3Server, s3Source } from '@oh-tools/servers';
import { NotMeasuredError } from './not-measured.ts';

/** An S3 server and a prefix of its bucket that nobody else uses; disposing of it leaves nothing behind. */
export interface S3Place extends AsyncDisposable {
  readonly server: S3Server;
  readonly prefix: string;
}

/** Starts MinIO, or takes the server that the environment names. @throws {NotMeasuredError} There is none; with what to do. */
export async function openS3Place(): Promise<S3Place> {
  const missing = s3Source.missing();
  if (missing !== undefined) {
    throw new NotMeasuredError(missing);
  }
  const server = await s3Source.start();
  const prefix = `oh-benchmark-${randomUUID()}`;
  return {
    server,
    prefix,
    async [Symbol.asyncDispose]() {
      await server.stop();
      if (process.env['OH_TEST_S3_ENDPOINT']) {
        await using store = openS3Store(server, '');
        await store.delete(prefix);
      }
    },
  };
}

/** The store in a directory of the server's bucket. */
export function openS3Store({ endpoint, region, accessKeyId, secretAccessKey, bucket }: S3Server, prefix: string): S3FileStore {
  return new S3FileStore({ bucket, prefix, endpoint, region, credentials: { accessKeyId, secretAccessKey } });
}
