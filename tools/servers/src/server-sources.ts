import { type GcsServer, gcsServerFromEnv } from './gcs-server.ts';
import { fakeGcs, minio, missingServer } from './pinned-server.ts';
import type { RunningServer, ServerSource } from './running-server.ts';
import { type S3Server, s3ServerFromEnv } from './s3-server.ts';
import { startFakeGcs } from './start-fake-gcs.ts';
import { startMinio } from './start-minio.ts';
import { missingRadosgw, startRadosgw } from './start-radosgw.ts';

/** The S3 server of `OH_TEST_S3_ENDPOINT`, or else MinIO. */
export const s3Source: ServerSource<S3Server> = toSource('MinIO', {
  optional: false,
  given: () => s3ServerFromEnv('OH_TEST_S3'),
  missing: () => missingServer(minio),
  start: startMinio,
});

/** The S3 server of `OH_TEST_RADOSGW_ENDPOINT`, or else radosgw. */
export const radosgwSource: ServerSource<S3Server> = toSource('radosgw', {
  optional: true,
  given: () => s3ServerFromEnv('OH_TEST_RADOSGW'),
  missing: missingRadosgw,
  start: startRadosgw,
});

/** The server of `OH_TEST_GCS_ENDPOINT`, or else fake-gcs-server. */
export const gcsSource: ServerSource<GcsServer> = toSource('fake-gcs-server', {
  optional: false,
  given: gcsServerFromEnv,
  missing: () => missingServer(fakeGcs),
  start: startFakeGcs,
});

/** All there are. */
export const serverSources: readonly ServerSource<RunningServer>[] = [s3Source, gcsSource, radosgwSource];

interface SourceParts<S> {
  readonly optional: boolean;
  readonly given: () => S | undefined;
  readonly missing: () => string | undefined;
  readonly start: () => Promise<S>;
}

function toSource<S extends RunningServer>(name: string, { optional, given, missing, start }: SourceParts<S>): ServerSource<S> {
  return {
    optional,
    get name() {
      return given()?.name ?? name;
    },
    missing: () => (given() ? undefined : missing()),
    start: async () => given() ?? (await start()),
  };
}
