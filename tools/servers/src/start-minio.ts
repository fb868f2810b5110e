import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { minioModule, programOf } from './go-module.ts';
import { bucketName } from './running-server.ts';
import { type S3Server, toS3Server } from './s3-server.ts';
import { freePort } from './server-process.ts';
import { startProgram } from './start-program.ts';
import { makeTemporaryFolder } from './temporary-folder.ts';

const accessKeyId = 'oh-test';
const secretAccessKey = 'oh-test-secret';

/**
 * Starts MinIO on a free port of loopback, with one bucket in a fresh folder.
 *
 * @throws {Error} It did not start; with what it said.
 */
export async function startMinio(): Promise<S3Server> {
  const folder = await makeTemporaryFolder('minio');
  // A folder of its disk is a bucket: it needs no client to be made.
  await mkdir(join(folder, bucketName));
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const stop = await startProgram({
    command: programOf(minioModule),
    args: ['server', '--quiet', '--address', `127.0.0.1:${port}`, folder],
    env: { MINIO_ROOT_USER: accessKeyId, MINIO_ROOT_PASSWORD: secretAccessKey, MINIO_BROWSER: 'off', MINIO_UPDATE: 'off' },
    folder,
    // Its own health check answers before it serves requests.
    readyUrl: `${endpoint}/${bucketName}`,
  });
  return toS3Server('OH_TEST_S3', { name: 'MinIO', endpoint, region: 'us-east-1', accessKeyId, secretAccessKey, bucket: bucketName, stop });
}
