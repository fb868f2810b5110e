import { spawnSync } from 'node:child_process';
import type { S3Server } from '@oh-tools/servers';

/** Whether rclone is here. */
export function hasRclone(): boolean {
  return spawnSync('rclone', ['version'], { stdio: 'ignore' }).status === 0;
}

/** What rclone needs to know of a server, as the remote `bench:`; nothing of the user's own configuration is read. */
export function rcloneEnvironment(server: S3Server): NodeJS.ProcessEnv {
  // A bundle of certificates that the environment names is of no use on loopback, and rclone 1.60 cannot load it.
  const { AWS_CA_BUNDLE: _, ...env } = process.env;
  return {
    ...env,
    RCLONE_CONFIG: '/dev/null',
    RCLONE_CONFIG_BENCH_TYPE: 's3',
    RCLONE_CONFIG_BENCH_PROVIDER: 'Minio',
    RCLONE_CONFIG_BENCH_ENDPOINT: server.endpoint,
    RCLONE_CONFIG_BENCH_REGION: server.region,
    RCLONE_CONFIG_BENCH_ACCESS_KEY_ID: server.accessKeyId,
    RCLONE_CONFIG_BENCH_SECRET_ACCESS_KEY: server.secretAccessKey,
  };
}
