import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openHandsHome } from '@oh-tools/fixtures';
import { expect, test } from 'vitest';
import { type RunOptions, runCaptured } from './run-captured.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const env = { OH_BACKUP_PASSPHRASE: 'correct horse' };

/** A directory with `data`, which is backed up into `backups` twice: changed in between. */
async function backUpTwice(options: RunOptions = {}): Promise<string> {
  const cwd = await temporaryDirectory();
  await mkdir(join(cwd, 'data/sub/deep'), { recursive: true });
  for (const [path, text] of Object.entries({ 'a.txt': 'one', 'sub/c': 'three', 'sub/deep/d': '' })) {
    await writeFile(join(cwd, 'data', path), text);
  }
  const argv = ['backup', 'create', 'local:data', 'local:backups'];
  expect(await runCaptured(argv, { ...options, cwd })).toMatchObject({ exitCode: 0 });
  await writeFile(join(cwd, 'data/a.txt'), 'changed');
  await writeFile(join(cwd, 'data/new'), 'new');
  await rm(join(cwd, 'data/sub/deep'), { recursive: true });
  expect(await runCaptured(argv, { ...options, cwd })).toMatchObject({ exitCode: 0 });
  return cwd;
}

async function idsIn(cwd: string, options: RunOptions = {}): Promise<readonly string[]> {
  const { stdout } = await runCaptured(['backup', 'list', 'local:backups', '--json'], { ...options, cwd });
  return stdout
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { id: string }).id);
}

test('the files of a snapshot are listed, a directory, a file or all, of the latest or any', async () => {
  const cwd = await backUpTwice({ env });
  const ls = async (...argv: readonly string[]) => await runCaptured(['backup', 'ls', ...argv], { cwd, env });
  const [first = ''] = await idsIn(cwd, { env });
  const { exitCode, stdout, stderr } = await ls('local:backups');
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout.split('\n')).toEqual([
    expect.stringMatching(/^ {11}7 {2}\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ {2}a\.txt$/),
    expect.stringMatching(/^ {11}3 {2}.* {2}new$/),
    `${'-'.padStart(12)}  ${'-'.padEnd(20)}  sub/`,
    '',
  ]);
  expect((await ls('--snapshot', first.slice(0, 8), 'local:backups', 'sub')).stdout).toMatch(/^.* sub\/c\n.* sub\/deep\/\n$/);
  const json = (await ls('-r', '--snapshot', first, 'local:backups', '--json')).stdout.trim().split('\n');
  expect(json.map((line) => JSON.parse(line))).toEqual([
    expect.objectContaining({ kind: 'file', path: 'a.txt', size: 3, version: expect.any(String), modifiedAt: expect.any(String) }),
    expect.objectContaining({ path: 'sub/c' }),
    expect.objectContaining({ path: 'sub/deep/d', size: 0 }),
  ]);
  expect((await ls('local:backups', 'sub/c')).stdout).toMatch(/^ {11}5 {2}.* {2}sub\/c\n$/);
  for (const [argv, code] of [
    [['local:backups', 'nope'], 'not-found'],
    [['local:backups', '--snapshot', 'abcdef'], 'not-found'],
    [['local:nothing'], 'not-found'],
    [['local:backups', '../x'], 'invalid-path'],
  ] as const) {
    expect(await ls(...argv)).toMatchObject({ exitCode: 1, stdout: '', stderr: expect.stringContaining(`oh-storage: [${code}] `) });
  }
  expect(await runCaptured(['backup', 'ls', 'local:backups'], { cwd })).toMatchObject({ exitCode: 2, stdout: '' });
});

test('every file that is listed is written to stdout as it was, and no other', async () => {
  const cwd = await temporaryDirectory();
  await runCaptured(['backup', 'create', `local:${openHandsHome}`, 'local:backups'], { cwd, env });
  const paths = (await runCaptured(['backup', 'ls', '-r', '--json', 'local:backups'], { cwd, env })).stdout
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { path: string }).path);
  expect(paths.length).toBeGreaterThan(200);
  for (const path of [...paths.slice(0, 4), ...paths.slice(-4)]) {
    const { exitCode, bytes } = await runCaptured(['backup', 'cat', 'local:backups', path], { cwd, env });
    expect({ path, exitCode, isSame: bytes.equals(await readFile(join(openHandsHome, path))) }).toEqual({
      path,
      exitCode: 0,
      isSame: true,
    });
  }
  expect(await runCaptured(['backup', 'dump', 'local:backups', 'nope'], { cwd, env })).toMatchObject({
    exitCode: 1,
    stdout: '',
    stderr: 'oh-storage: [not-found] the snapshot has no file "nope"\n',
  });
  expect(await runCaptured(['backup', 'cat', 'local:backups', 'sessions'], { cwd, env })).toMatchObject({
    exitCode: 1,
    stderr: 'oh-storage: [invalid-argument] "sessions" is a directory; use "backup ls" to see what is in it\n',
  });
  expect(await runCaptured(['backup', 'cat', '--json', 'local:backups', 'a'], { cwd, env })).toMatchObject({ exitCode: 2 });
});

test('what one snapshot has otherwise than another is shown with its sizes', async () => {
  const cwd = await backUpTwice();
  const [first = '', second = ''] = await idsIn(cwd);
  const diff = async (...argv: readonly string[]) => await runCaptured(['backup', 'diff', 'local:backups', ...argv], { cwd });
  expect(await diff(first.slice(0, 8), 'latest')).toMatchObject({
    exitCode: 0,
    stdout: [
      'changed             3             7  a.txt',
      'added               -             3  new',
      'removed             0             -  sub/deep/d',
      '1 added (3 B), 1 removed (0 B), 1 changed (3 B before, 7 B after)',
      '',
    ].join('\n'),
    stderr: '',
  });
  const json = (await diff('latest', first, '--json')).stdout.trim().split('\n');
  expect(json.map((line) => JSON.parse(line))).toEqual([
    {
      change: 'changed',
      path: 'a.txt',
      before: expect.objectContaining({ kind: 'file', path: 'a.txt', size: 7 }),
      after: expect.objectContaining({ size: 3, modifiedAt: expect.any(String) }),
    },
    { change: 'removed', path: 'new', before: expect.objectContaining({ size: 3 }) },
    { change: 'added', path: 'sub/deep/d', after: expect.objectContaining({ size: 0 }) },
    {
      added: { files: 1, bytesBefore: 0, bytesAfter: 0 },
      removed: { files: 1, bytesBefore: 3, bytesAfter: 0 },
      changed: { files: 1, bytesBefore: 7, bytesAfter: 3 },
    },
  ]);
  expect((await diff(second, second)).stdout).toBe('0 added (0 B), 0 removed (0 B), 0 changed (0 B before, 0 B after)\n');
  expect(await diff(first)).toMatchObject({ exitCode: 2 });
  expect(await diff(first, 'abcdef')).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('[not-found]') });
});

test('a damaged repository is told, and nothing that is damaged is written', async () => {
  const cwd = await backUpTwice();
  const packs = join(cwd, 'backups/packs');
  for (const directory of await readdir(packs)) {
    for (const name of await readdir(join(packs, directory))) {
      const bytes = await readFile(join(packs, directory, name));
      await writeFile(join(packs, directory, name), bytes.fill(0, 0, Math.floor(bytes.byteLength / 2)));
    }
  }
  const listed = await runCaptured(['backup', 'ls', 'local:backups'], { cwd });
  expect(listed).toMatchObject({ exitCode: 1, stdout: '' });
  expect(listed.stderr).toMatch(
    /^oh-storage: \[corrupt\] some first files are lost, and their names\noh-storage: \[corrupt\] "packs\/[^\n]*\n$/,
  );
  for (const argv of [
    ['cat', 'local:backups', 'a.txt'],
    ['diff', 'local:backups', 'latest', (await idsIn(cwd))[0] ?? ''],
  ]) {
    expect(await runCaptured(['backup', ...argv], { cwd })).toMatchObject({
      exitCode: 1,
      stdout: '',
      stderr: expect.stringContaining('[corrupt]'),
    });
  }
});
