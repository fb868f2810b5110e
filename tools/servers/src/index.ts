/** Real storage servers on loopback, for tests and benchmarks. */
export type { GcsServer } from './gcs-server.ts';
export { type InstalledServers, installServers } from './install-servers.ts';
export type { RunningServer, ServerSource } from './running-server.ts';
export type { S3Server } from './s3-server.ts';
export { gcsSource, radosgwSource, s3Source, serverSources } from './server-sources.ts';
export { startFakeGcs } from './start-fake-gcs.ts';
export { startMinio } from './start-minio.ts';
export { startRadosgw } from './start-radosgw.ts';
