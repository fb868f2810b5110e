import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { copyOpenHandsHome, readExpectedHome } from '@oh-tools/fixtures';
import { gcsSource, type RunningServer, type S3Server, s3Source } from '@oh-tools/servers';
import { describeWithServer } from '@oh-tools/servers/testing';
import { expect, test } from 'vitest';
import type { StoreScheme } from '../src/index.ts';
import { storeSchemes } from '../src/locations/store-schemes.ts';
import { type CapturedRun, runCaptured } from './run-captured.ts';
import { temporaryDirectory } from './temporary-directory.ts';

type Environment = Readonly<Record<string, string>>;

describeWithServer(s3Source, (server) => describeBucket('s3', server, (running) => s3Environment(running as S3Server)));
describeWithServer(gcsSource, (server) => describeBucket('gs', server, ({ endpoint }) => ({ STORAGE_EMULATOR_HOST: endpoint })));

function s3Environment({ endpoint, region, accessKeyId, secretAccessKey }: S3Server): Environment {
  return {
    AWS_S3_ENDPOINT: endpoint,
    AWS_S3_SECURE: String(endpoint.startsWith('https:')),
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
  };
}

function describeBucket(scheme: string, server: () => RunningServer, environmentOf: (server: RunningServer) => Environment): void {
  const run = async (argv: readonly string[], options: { stdin?: string; cwd?: string; env?: Environment } = {}): Promise<CapturedRun> =>
    await runCaptured(argv, { ...options, env: { ...environmentOf(server()), ...options.env } });

  test('files of a bucket are written, listed, read, copied within and out of it, and removed', async () => {
    const cwd = await temporaryDirectory();
    const url = `${scheme}://${server().bucket}/cli/${randomUUID()}`;
    expect(await run(['put', `${url}/a/one.txt`], { stdin: 'one' })).toMatchObject({ exitCode: 0, stderr: '' });
    await writeFile(join(cwd, 'two.txt'), 'two');
    expect(await run(['cp', 'local:two.txt', `${url}/a/`], { cwd })).toMatchObject({ exitCode: 0, stderr: '' });
    expect((await run(['ls', `${url}/a`, '--json'])).stdout).toMatch(/"path":"one.txt","size":3,.*\n.*"path":"two.txt"/);
    expect((await run(['cat', `${url}/a/two.txt`])).stdout).toBe('two');
    expect(await run(['cp', '-r', `${url}/a/.`, `${url}/b/`])).toMatchObject({ exitCode: 0, stderr: '' });
    expect((await run(['ls', `${url}/b`])).stdout).not.toContain('a/');
    expect(await run(['cp', '-r', `${url}/b`, 'local:copy'], { cwd })).toMatchObject({ exitCode: 0 });
    expect((await run(['ls', '-r', 'local:copy'], { cwd })).stdout).toMatch(/one\.txt\n.*two\.txt\n$/);
    expect(await run(['rm', `${url}/a/one.txt`])).toMatchObject({ exitCode: 0, stderr: '' });
    expect((await run(['ls', `${url}/a`])).stdout).toMatch(/^[^\n]*two\.txt\n$/);
    expect(await run(['rm', '-r', url])).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await run(['ls', url])).toMatchObject({ exitCode: 1, stderr: `oh-storage: [not-found] no such file or directory: "${url}"\n` });
  });

  test('a file is not moved onto itself where a bucket has two names', async () => {
    const url = `${server().bucket}/cli/${randomUUID()}`;
    const { resolve, ...rest } = storeSchemes[scheme] as StoreScheme;
    const another: StoreScheme = {
      ...rest,
      resolve: async (...asked) => {
        const place = await resolve(...asked);
        return { ...place, storeKey: `another ${place.storeKey}`, address: `another ${place.address}` };
      },
    };
    const options = { env: environmentOf(server()), schemes: { another } };
    for (const name of ['a', 'sub/b']) {
      await runCaptured(['put', `${scheme}://${url}/${name}`], { ...options, stdin: name });
    }
    for (const argv of [
      [`${scheme}://${url}/a`, `another://${url}/`],
      ['--if-absent', `another://${url}/sub/b`, `${scheme}://${url}/sub/b`],
      ['-r', `another://${url}/.`, `${scheme}://${url}`],
      ['-r', '--if-absent', `${scheme}://${url}/sub`, `another://${url}/`],
      ['-r', `${scheme}://${url}`, `another://${url}/sub/deeper`],
      ['-r', `${scheme}://${url}/sub/.`, `another://${url}`],
    ]) {
      const { exitCode, stderr } = await runCaptured(['mv', ...argv], options);
      expect({ argv, exitCode, stderr }).toEqual({
        argv,
        exitCode: 1,
        stderr: expect.stringMatching(/\[invalid-argument\] .* of one place that has two names/),
      });
    }
    const { stdout } = await runCaptured(['ls', '-r', '--json', `${scheme}://${url}`], options);
    expect(stdout.match(/"path":"[^"]*"/g)).toEqual(['"path":"a"', '"path":"sub/b"']);
    expect(await runCaptured(['mv', '-r', `${scheme}://${url}/sub`, `another://${url}/moved`], options)).toMatchObject({ exitCode: 0 });
    expect(await run(['cat', `${scheme}://${url}/moved/b`])).toMatchObject({ stdout: 'sub/b' });
  });

  test('files are moved into a bucket, within it, and out of it again', { timeout: 120_000 }, async () => {
    const cwd = await temporaryDirectory();
    await mkdir(join(cwd, 'home/sub'), { recursive: true });
    for (let index = 0; index < 40; index += 1) {
      await writeFile(join(cwd, 'home', index % 2 === 0 ? 'sub' : '', `${index}`), `contents ${index}`);
    }
    const url = `${scheme}://${server().bucket}/cli/${randomUUID()}`;
    const files = (await run(['ls', '-r', '--json', 'local:home'], { cwd })).stdout.match(/"path":"[^"]*","size":\d+/g);
    for (const [from, to] of [
      ['local:home', `${url}/in`],
      [`${url}/in`, `${url}/done/`],
      [`${url}/done/in`, 'local:back'],
    ] as const) {
      expect(await run(['mv', '-r', from, to, '--json'], { cwd })).toMatchObject({
        exitCode: 0,
        stdout: expect.stringContaining(`{"moved":${files?.length},`),
        stderr: '',
      });
      expect(await run(['ls', from], { cwd })).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('[not-found]') });
    }
    expect((await run(['ls', '-r', '--json', 'local:back'], { cwd })).stdout.match(/"path":"[^"]*","size":\d+/g)).toEqual(files);
    await writeFile(join(cwd, 'one.txt'), 'one');
    await run(['put', `${url}/one.txt`], { stdin: 'other' });
    expect(await run(['mv', '--if-absent', 'local:one.txt', `${url}/`], { cwd })).toMatchObject({ exitCode: 1 });
    expect(await run(['mv', 'local:one.txt', `${url}/`], { cwd })).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await run(['mv', '--if-absent', `${url}/one.txt`, `${url}/two.txt`])).toMatchObject({ exitCode: 0, stderr: '' });
    expect((await run(['cat', `${url}/two.txt`])).stdout).toBe('one');
    expect((await run(['ls', url, '--json'])).stdout.match(/"path":"[^"]*"/g)).toEqual(['"path":"two.txt"']);
  });

  test('what is left out is neither copied to a bucket nor deleted there, and a backup in it shows what it has', async () => {
    const cwd = await temporaryDirectory();
    await mkdir(join(cwd, 'data/cache'), { recursive: true });
    for (const path of ['a.json', 'a.tmp', 'cache/b']) {
      await writeFile(join(cwd, 'data', path), path);
    }
    const url = `${scheme}://${server().bucket}/cli/${randomUUID()}`;
    const sync = ['sync', '--quiet', 'local:data', `${url}/copy`, '--delete', '--exclude', '*.tmp', '--exclude', 'cache/'];
    await run(['put', `${url}/copy/old.tmp`], { stdin: 'kept' });
    await run(['put', `${url}/copy/old`], { stdin: 'goes' });
    const synced = '1 copied, 0 replaced (6 B), 0 unchanged, 1 deleted\n';
    expect(await run(sync, { cwd })).toMatchObject({ exitCode: 0, stdout: synced, stderr: '' });
    expect((await run(['ls', `${url}/copy`, '--json'])).stdout.match(/"path":"[^"]*"/g)).toEqual([
      '"path":".oh-sync/"',
      '"path":"a.json"',
      '"path":"old.tmp"',
    ]);
    const backup = async (...argv: readonly string[]) => (await run(['backup', ...argv], { cwd })).stdout;
    await backup('create', 'local:data', `${url}/backups`, '--exclude', 'cache/');
    const [, id = ''] = /"id":"([0-9a-f]+)"/.exec(await backup('list', `${url}/backups`, '--json')) ?? [];
    await backup('create', 'local:data', `${url}/backups`);
    expect((await backup('ls', `${url}/backups`, '--json')).match(/"path":"[^"]*"/g)).toEqual([
      '"path":"a.json"',
      '"path":"a.tmp"',
      '"path":"cache/"',
    ]);
    expect(await backup('cat', `${url}/backups`, 'cache/b')).toBe('cache/b');
    expect(await backup('diff', `${url}/backups`, id, 'latest')).toContain('added               -             7  cache/b\n1 added (7 B), ');
  });

  test('a home of OpenHands in a bucket is listed, by --store and by OH_STORAGE_URL', async () => {
    const cwd = await temporaryDirectory();
    await copyOpenHandsHome(join(cwd, 'home'));
    const url = `${scheme}://${server().bucket}/cli/${randomUUID()}`;
    expect(await run(['cp', '-r', 'local:home/.', url], { cwd })).toMatchObject({ exitCode: 0 });
    const ids = readExpectedHome().conversations.map(({ conversation_id }) => conversation_id);
    for (const [argv, env] of [
      [['--store', url], {}],
      [[], { OH_STORAGE_URL: url }],
    ] as const) {
      const { exitCode, stdout } = await run(['conversations', 'list', '--json', ...argv], { env });
      expect(exitCode).toBe(1);
      const { results } = JSON.parse(stdout) as { readonly results: readonly { readonly conversation_id: string }[] };
      expect(results.map(({ conversation_id }) => conversation_id)).toEqual(ids);
    }
  });

  test('a home of OpenHands goes to a bucket and back, and a bucket that is not there is an error that says so', async () => {
    const cwd = await temporaryDirectory();
    await copyOpenHandsHome(join(cwd, 'home'));
    const url = `${scheme}://${server().bucket}/cli/${randomUUID()}`;
    for (const [from, to] of [
      ['local:home', url],
      [url, 'local:back'],
    ] as const) {
      const { exitCode, stdout } = await run(['migrate', '--from', from, '--to', to, '--json'], { cwd });
      expect({ exitCode, counts: JSON.parse(stdout) }).toMatchObject({ exitCode: 0, counts: { replaced: 0, unchanged: 0, extraneous: 0 } });
    }
    const examined = await run(['doctor', '--store', url, '--json'], { cwd, env: { HOME: cwd } });
    const lines = examined.stdout.split('\n').filter((line) => line !== '');
    const findings = lines.map((line) => JSON.parse(line) as { readonly check: string; readonly severity: string });
    const checks = findings.filter(({ severity }) => severity !== 'info').map(({ check }) => check);
    expect({ exitCode: examined.exitCode, checks: [...new Set(checks)].sort() }).toEqual({
      exitCode: 1,
      checks: ['conversations', 'events', 'secrets'],
    });
    expect((await run(['ls', url, '--json'])).stdout).not.toContain('.oh-');
    await run(['put', `${url}/settings.json`], { stdin: 'x' });
    await run(['put', `${url}/new`], { stdin: 'x' });
    const changed = await run(['sync', 'local:home', url, '--delete', '--json'], { cwd });
    expect(JSON.parse(changed.stdout)).toMatchObject({ copied: 0, replaced: 1, deleted: 1, failed: 0 });
    // Some servers give every object a content type, which the local store keeps beside the files.
    const { stdout } = await promisify(execFile)('diff', ['-r', '--exclude=.oh-metadata', join(cwd, 'home'), join(cwd, 'back')]);
    expect(stdout).toBe('');
    for (const argv of [['sync'], ['sync', '--delete', '--allow-empty']]) {
      const missing = `${scheme}://no-such-bucket-${randomUUID()}`;
      expect(await run([...argv, '--quiet', 'local:home', missing], { cwd })).toMatchObject({
        exitCode: 1,
        stderr: expect.stringMatching(/^oh-storage: \[[a-z-]+\] [^\n]*no-such-bucket[^\n]*\n$/),
      });
      expect(await run([...argv, '--quiet', missing, 'local:home'], { cwd })).toMatchObject({ exitCode: 1 });
    }
    expect((await run(['rm', '-r', url])).exitCode).toBe(0);
  });

  test('the root of a bucket is never removed, and a bucket that is not there is an error', async () => {
    expect(await run(['rm', '-r', `${scheme}://${server().bucket}`])).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('is never removed'),
    });
    const { exitCode, stderr } = await run(['ls', `${scheme}://no-such-bucket-${randomUUID()}`]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: expect.stringMatching(/^oh-storage: \[[a-z-]+\] [^\n]*\n$/) });
  });
}
