import { randomUUID } from 'node:crypto';
import { GoogleCloudFileStore } from '@oh/file-store-gcs';
import { type GcsServer, gcsSource } from '@oh-tools/servers';
import { NotMeasuredError } from './not-measured.ts';

/** A server of Google's protocol and a prefix of its bucket that nobody else uses; disposing of it leaves nothing behind. */
export interface GcsPlace extends AsyncDisposable {
  readonly server: GcsServer;
  readonly prefix: string;
}

/** Starts fake-gcs-server, or takes the server that the environment names. @throws {NotMeasuredError} There is none; with what to do. */
export async function openGcsPlace(): Promise<GcsPlace> {
  const missing = gcsSource.missing();
  if (missing !== undefined) {
    throw new NotMeasuredError(missing);
  }
  const server = await gcsSource.start();
  const prefix = `oh-benchmark-${randomUUID()}`;
  return {
    server,
    prefix,
    async [Symbol.asyncDispose]() {
      await server.stop();
      if (process.env['OH_TEST_GCS_ENDPOINT']) {
        await using store = openGcsStore(server, '');
        await store.delete(prefix);
      }
    },
  };
}

/** The store in a directory of the server's bucket. */
export function openGcsStore({ endpoint, bucket }: GcsServer, prefix: string): GoogleCloudFileStore {
  return new GoogleCloudFileStore({ bucket, prefix, apiEndpoint: endpoint });
}
