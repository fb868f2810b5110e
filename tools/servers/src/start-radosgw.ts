import { execFile } from 'node:child_process';
import { createHmac, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { delimiter, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { gatewayName, toCephConfig } from './ceph-config.ts';
import { bucketName } from './running-server.ts';
import { type S3Server, toS3Server } from './s3-server.ts';
import { freePort, ServerProcess } from './server-process.ts';
import { makeTemporaryFolder, removeFolder } from './temporary-folder.ts';

const execute = promisify(execFile);

const accessKeyId = 'oh-test';
const secretAccessKey = 'oh-test-secret';

/** What a Ceph cluster is made of, as the Debian packages of the same names bring it; `ceph` is in ceph-common. */
const programs = ['ceph-mon', 'monmaptool', 'ceph-osd', 'ceph', 'radosgw', 'radosgw-admin'];

/** Why radosgw cannot be started, and what to do about it; `undefined` when it can. */
export function missingRadosgw(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const program = programs.find((name) => !folders.some((folder) => existsSync(join(folder, name))));
  return program && `${program} is missing: apt-get install --no-install-recommends radosgw ceph-mon ceph-osd ceph-common`;
}

/**
 * Starts a whole Ceph cluster on loopback, one monitor and one object daemon that keeps its data in memory, and its S3 gateway before it.
 * Takes about ten seconds.
 *
 * @throws {Error} It did not start; with what it said.
 */
export async function startRadosgw(): Promise<S3Server> {
  const folder = await makeTemporaryFolder('radosgw');
  const running: ServerProcess[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(running.map((server) => server.stop()));
    await removeFolder(folder);
  };
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  try {
    const config = await writeConfig(folder, port);
    await startCluster(folder, config, running);
    const user = ['--uid', 'oh-test', '--display-name', 'oh-test', '--access-key', accessKeyId, '--secret-key', secretAccessKey];
    await run('radosgw-admin', '-c', config, '-n', gatewayName, 'user', 'create', ...user);
    const server = new ServerProcess('radosgw', ['-c', config, '-n', gatewayName, '-f']);
    running.push(server);
    await server.answers(endpoint);
    await createBucket(endpoint);
  } catch (error) {
    await stop();
    throw error;
  }
  return toS3Server('OH_TEST_RADOSGW', {
    name: 'radosgw',
    endpoint,
    region: 'us-east-1',
    accessKeyId,
    secretAccessKey,
    bucket: bucketName,
    stop,
  });
}

async function startCluster(folder: string, config: string, running: ServerProcess[]): Promise<void> {
  await run('ceph-mon', '-c', config, '-i', 'a', '--mkfs', '--monmap', join(folder, 'monmap'));
  running.push(new ServerProcess('ceph-mon', ['-c', config, '-i', 'a', '-f']));
  const osd = randomUUID();
  // Waits for the monitor.
  await run('ceph', '-c', config, 'osd', 'new', osd);
  await run('ceph-osd', '-c', config, '-i', '0', '--mkfs', '--osd-uuid', osd);
  running.push(new ServerProcess('ceph-osd', ['-c', config, '-i', '0', '-f']));
}

/** Writes what the programs must know of the cluster. @returns The path of the file. */
async function writeConfig(folder: string, port: number): Promise<string> {
  const id = randomUUID();
  const monitor = `[v2:127.0.0.1:${await freePort()}]`;
  await Promise.all([mkdir(join(folder, 'mon')), mkdir(join(folder, 'osd'))]);
  await run('monmaptool', '--create', '--fsid', id, '--addv', 'a', monitor, join(folder, 'monmap'));
  const path = join(folder, 'ceph.conf');
  await writeFile(path, toCephConfig({ id, folder, monitor, port }));
  return path;
}

/** Signed as S3 was at first: radosgw still takes it, and it is short. @see https://docs.ceph.com/en/pacific/radosgw/s3/authentication/ */
async function createBucket(endpoint: string): Promise<void> {
  const date = new Date().toUTCString();
  const signature = createHmac('sha1', secretAccessKey).update(`PUT\n\n\n${date}\n/${bucketName}`).digest('base64');
  const headers = { Date: date, Authorization: `AWS ${accessKeyId}:${signature}` };
  // A connection of its own: the gateway may be closing the one that was used to see whether it answers.
  const sent = request(`${endpoint}/${bucketName}`, { method: 'PUT', headers, agent: false }).end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  if (response.statusCode !== 200) {
    throw new Error(`radosgw made no bucket: ${response.statusCode} ${await text(response)}`);
  }
  response.resume();
}

/** Runs a program to its end, which must come within a minute. */
async function run(command: string, ...args: readonly string[]): Promise<void> {
  await execute(command, args, { timeout: 60_000, killSignal: 'SIGKILL' });
}
