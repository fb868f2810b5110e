import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { S3Server } from '@oh-tools/servers';
import { compareRounds, medianOf } from '../compare-rounds.ts';
import type { Finding } from '../finding.ts';
import { flushFileSystem } from '../flush-file-system.ts';
import { hasRclone, rcloneEnvironment } from '../rclone.ts';
import { runCommand } from '../run-command.ts';
import { openS3Place, openS3Store } from '../s3-place.ts';
import type { RowContext } from './row-context.ts';

const filesOfDirectory = 500;
const fileBytes = 1400;
const rounds = 3;
const inFlight = '16';

const program = fileURLToPath(new URL('./bin/oh-storage.js', import.meta.resolve('@oh/storage-cli/package.json')));

/** A way to copy a directory. */
interface Side {
  readonly name: string;
  /** Copies the local directory below a prefix of the bucket. */
  up(from: string, prefix: string): Promise<void>;
  /** Copies what lies below a prefix of the bucket to a local directory. */
  down(prefix: string, to: string): Promise<void>;
}

/** `oh-storage sync` of small files to a bucket and back, as it is installed, against rclone with as many under way; each time a process, each time to an empty place. */
export async function measureSync(context: RowContext): Promise<Finding[]> {
  const { directory, full, signal, onProgress } = context;
  onProgress('building');
  await runCommand('nx', 'run-many', '--target=build', '--projects=@oh/storage-cli,@oh/file-store-s3');
  const files = full ? 20_000 : 2_000;
  await using place = await openS3Place();
  const from = join(directory, 'from');
  await makeFiles(from, files);
  const run = promisify(execFile);
  const sides = [ourSide(place.server, run, signal), ...(hasRclone() ? [rcloneSide(place.server, run, signal)] : [])];
  const rates = sides.map(() => ({ up: [] as number[], down: [] as number[] }));
  for (let round = 0; round < rounds; round += 1) {
    for (const number of round % 2 === 0 ? [...sides.keys()] : [...sides.keys()].reverse()) {
      const side = sides[number];
      const rate = rates[number];
      if (side === undefined || rate === undefined) {
        continue;
      }
      const prefix = `${place.prefix}/${number}-${round}`;
      const to = join(directory, `to-${number}-${round}`);
      onProgress(`${side.name}, round ${round + 1} of ${rounds}`);
      await flushFileSystem(directory);
      rate.up.push(await filesPerSecond(files, () => side.up(from, prefix)));
      await checkBucket(place.server, prefix, files);
      await flushFileSystem(directory);
      rate.down.push(await filesPerSecond(files, () => side.down(prefix, to)));
      // It stays until the end: for each new file ext4 passes over the inodes that were freed within minutes (`recently_deleted` in fs/ext4/ialloc.c).
      await checkDirectory(from, to);
    }
  }
  return (['up', 'down'] as const).map((way) => toFinding(`${files.toLocaleString('en-US')} files of 1.4 KB`, way, sides, rates));
}

function toFinding(
  what: string,
  way: 'up' | 'down',
  sides: readonly Side[],
  rates: readonly { readonly up: number[]; readonly down: number[] }[],
): Finding {
  const line = `sync of ${what}, ${way === 'up' ? 'local disk to MinIO' : 'MinIO to local disk'}, 16 in flight`;
  const [ours = [], other] = rates.map((rate) => rate[way]);
  if (other === undefined) {
    return { what: line, ours: medianOf(ours), unit: '/s', notCompared: 'rclone is not installed' };
  }
  const compared = compareRounds({ name: 'ours', reached: ours }, { name: sides[1]?.name ?? '', reached: other });
  return { what: line, unit: '/s', wanted: { ratioAtLeast: 1 }, ...compared };
}

type Run = (
  command: string,
  args: readonly string[],
  options: { readonly env: NodeJS.ProcessEnv; readonly signal: AbortSignal },
) => Promise<unknown>;

function ourSide(server: S3Server, run: Run, signal: AbortSignal): Side {
  const env = {
    ...process.env,
    AWS_S3_ENDPOINT: server.endpoint,
    AWS_S3_SECURE: String(server.endpoint.startsWith('https:')),
    AWS_REGION: server.region,
    AWS_ACCESS_KEY_ID: server.accessKeyId,
    AWS_SECRET_ACCESS_KEY: server.secretAccessKey,
  };
  const sync = async (from: string, to: string): Promise<void> => {
    const argv = [program, 'sync', '--quiet', '--concurrency', inFlight, from, to];
    await run(process.execPath, argv, { env, signal });
  };
  return {
    name: 'oh-storage',
    up: (from, prefix) => sync(`local:${from}`, `s3://${server.bucket}/${prefix}`),
    down: (prefix, to) => sync(`s3://${server.bucket}/${prefix}`, `local:${to}`),
  };
}

function rcloneSide(server: S3Server, run: Run, signal: AbortSignal): Side {
  const env = rcloneEnvironment(server);
  const sync = async (from: string, to: string): Promise<void> => {
    await run('rclone', ['sync', '--transfers', inFlight, '--checkers', inFlight, from, to], { env, signal });
  };
  return {
    name: 'rclone sync',
    up: (from, prefix) => sync(from, `bench:${server.bucket}/${prefix}`),
    down: (prefix, to) => sync(`bench:${server.bucket}/${prefix}`, to),
  };
}

async function makeFiles(root: string, files: number): Promise<void> {
  for (let first = 0; first < files; first += filesOfDirectory) {
    const directory = join(root, `d${first}`);
    await mkdir(directory, { recursive: true });
    const names = Array.from({ length: filesOfDirectory }, (_, index) => first + index);
    await Promise.all(names.map((name) => writeFile(join(directory, `f${name}.json`), `${name} `.repeat(fileBytes).slice(0, fileBytes))));
  }
}

async function filesPerSecond(files: number, action: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await action();
  return (files * 1000) / (performance.now() - began);
}

async function checkBucket(server: S3Server, prefix: string, files: number): Promise<void> {
  await using store = openS3Store(server, prefix);
  let count = 0;
  for await (const entry of store.entries('', { recursive: true })) {
    count += entry.kind === 'file' && entry.size === fileBytes && entry.path.startsWith('d') ? 1 : 0;
  }
  if (count !== files) {
    throw new Error(`${count} of ${files} files are below ${prefix}`);
  }
}

async function checkDirectory(from: string, to: string): Promise<void> {
  for (const directory of await readdir(from)) {
    for (const name of await readdir(join(from, directory))) {
      const [there, here] = await Promise.all([readFile(join(from, directory, name)), readFile(join(to, directory, name))]);
      if (!there.equals(here)) {
        throw new Error(`${directory}/${name} has other bytes`);
      }
    }
  }
}
