import { bucketName, type RunningServer } from './running-server.ts';

/** A server with the JSON API of Google Cloud Storage, without authentication. */
export interface GcsServer extends RunningServer {
  /** Any name will do. */
  readonly projectId: string;
}

/** Makes a server of its parts. */
export function toGcsServer(parts: Pick<GcsServer, 'name' | 'endpoint' | 'bucket' | 'projectId' | 'stop'>): GcsServer {
  const { endpoint, bucket, projectId } = parts;
  return {
    ...parts,
    environment: { OH_TEST_GCS_ENDPOINT: endpoint, OH_TEST_GCS_BUCKET: bucket, OH_TEST_GCS_PROJECT_ID: projectId },
    [Symbol.asyncDispose]: () => parts.stop(),
  };
}

/**
 * The server that the variables `OH_TEST_GCS_ENDPOINT`, `_BUCKET` (default `oh-test`; it must exist) and `_PROJECT_ID` (default `oh-test`)
 * name; `undefined` without an endpoint.
 */
export function gcsServerFromEnv(env: NodeJS.ProcessEnv = process.env): GcsServer | undefined {
  const endpoint = env['OH_TEST_GCS_ENDPOINT']?.replace(/\/$/, '');
  return endpoint
    ? toGcsServer({
        name: 'OH_TEST_GCS_ENDPOINT',
        endpoint,
        bucket: env['OH_TEST_GCS_BUCKET'] || bucketName,
        projectId: env['OH_TEST_GCS_PROJECT_ID'] || bucketName,
        stop: async () => undefined,
      })
    : undefined;
}
