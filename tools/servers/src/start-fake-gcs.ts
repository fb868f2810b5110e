import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fakeGcsImage, toDockerArguments } from './container-image.ts';
import { type GcsServer, toGcsServer } from './gcs-server.ts';
import { fakeGcsModule, hasProgram, programOf } from './go-module.ts';
import { bucketName } from './running-server.ts';
import { freePort } from './server-process.ts';
import { startProgram } from './start-program.ts';
import { makeTemporaryFolder } from './temporary-folder.ts';

/**
 * Starts fake-gcs-server on a free port of loopback, with one bucket, in memory: its program or, where that is not built, a container.
 *
 * @throws {Error} It did not start; with what it said.
 */
export async function startFakeGcs(): Promise<GcsServer> {
  const folder = await makeTemporaryFolder('fake-gcs');
  // It makes a bucket of every folder that it finds.
  await mkdir(join(folder, bucketName));
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const program = hasProgram(fakeGcsModule)
    ? { command: programOf(fakeGcsModule), args: toArguments(port, folder) }
    : { command: 'docker', args: toDockerArguments(fakeGcsImage, port, bucketName, []) };
  const stop = await startProgram({ ...program, folder, readyUrl: `${endpoint}/_internal/healthcheck` });
  return toGcsServer({ name: 'fake-gcs-server', endpoint, bucket: bucketName, projectId: bucketName, stop });
}

function toArguments(port: number, folder: string): string[] {
  // A public host without a port: requests that name a proxy's port are served, too.
  const address = ['-scheme', 'http', '-host', '127.0.0.1', '-port', `${port}`, '-public-host', '127.0.0.1'];
  return [...address, '-backend', 'memory', '-data', folder, '-log-level', 'warn'];
}
