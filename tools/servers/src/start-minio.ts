import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { minioImage, toDockerArguments } from './container-image.ts';
import { hasProgram, minioModule, programOf } from './go-module.ts';
import { bucketName } from './running-server.ts';
import { type S3Server, toS3Server } from './s3-server.ts';
import { freePort } from './server-process.ts';
import { startProgram } from './start-program.ts';
import { makeTemporaryFolder } from './temporary-folder.ts';

const accessKeyId = 'oh-test';
const secretAccessKey = 'oh-test-secret';

/**
 * Starts MinIO on a free port of loopback, with one bucket and without other data: its program or, where that is not built, a container.
 *
 * @throws {Error} It did not start; with what it said.
 */
export async function startMinio(): Promise<S3Server> {
  const folder = await makeTemporaryFolder('minio');
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const env = { MINIO_ROOT_USER: accessKeyId, MINIO_ROOT_PASSWORD: secretAccessKey, MINIO_BROWSER: 'off', MINIO_UPDATE: 'off' };
  // A folder of its disk is a bucket: it needs no client to be made.
  await mkdir(join(folder, bucketName));
  const program = hasProgram(minioModule)
    ? { command: programOf(minioModule), args: ['server', '--quiet', '--address', `127.0.0.1:${port}`, folder] }
    : { command: 'docker', args: toDockerArguments(minioImage, port, bucketName, Object.keys(env)) };
  // Its own health check answers before it serves requests.
  const stop = await startProgram({ ...program, env, folder, readyUrl: `${endpoint}/${bucketName}` });
  return toS3Server('OH_TEST_S3', { name: 'MinIO', endpoint, region: 'us-east-1', accessKeyId, secretAccessKey, bucket: bucketName, stop });
}
