import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FileStoreError, MemoryFileStore } from '@oh/file-store-core';
import { copyOpenHandsHome, openHandsHome } from '@oh-tools/fixtures';
import { expect, onTestFinished, test } from 'vitest';
import { createFiles, listFiles } from './directory-tree.ts';
import { runCaptured } from './run-captured.ts';
import { schemeOf } from './scheme-of.ts';
import { runProcess, spawnCli } from './spawn-cli.ts';
import { temporaryDirectory } from './temporary-directory.ts';
import { plant, treeOf } from './transfer/tree.ts';

test('a file goes to a path, into a directory, and to a path that ends in a slash', async () => {
  const cwd = await createFiles('there/x');
  const bytes = randomBytes(1024 * 1024 + 7);
  await writeFile(join(cwd, 'a.bin'), bytes);
  for (const [from, to, moved] of [
    ['local:a.bin', 'local:b.bin', 'b.bin'],
    ['local:b.bin', 'local:there', 'there/b.bin'],
    ['local:there/b.bin', 'local:new/', 'new/b.bin'],
    ['local:new/b.bin', 'local:deep/er/c.bin', 'deep/er/c.bin'],
  ] as const) {
    expect(await runCaptured(['mv', from, to], { cwd })).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
    expect(await listFiles(cwd)).toEqual([moved, 'there/x'].sort());
    expect((await readFile(join(cwd, moved))).equals(bytes)).toBe(true);
  }
});

test('a directory needs --recursive; it takes its place, or goes into a directory that is there, as with cp', async () => {
  const cwd = await createFiles('from/a', 'from/sub/b', 'there/x');
  expect(await runCaptured(['mv', 'local:from', 'local:to'], { cwd })).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('"local:from" is a directory; add --recursive'),
  });
  expect(await runCaptured(['mv', '-r', 'local:from', 'local:to', '--json'], { cwd })).toMatchObject({
    exitCode: 0,
    stdout: '{"moved":2,"bytes":16,"failed":0}\n',
    stderr: '',
  });
  expect(await listFiles(cwd)).toEqual(['there/x', 'to/a', 'to/sub/b']);
  expect(await readdir(cwd)).toEqual(['there', 'to']);
  expect(await runCaptured(['mv', '-r', 'local:to', 'local:there'], { cwd })).toMatchObject({ exitCode: 0, stderr: '' });
  expect(await listFiles(cwd)).toEqual(['there/to/a', 'there/to/sub/b', 'there/x']);
  expect(await runCaptured(['mv', '-r', 'local:there/to/.', 'local:other/'], { cwd })).toMatchObject({ exitCode: 0, stderr: '' });
  expect(await listFiles(cwd)).toEqual(['other/a', 'other/sub/b', 'there/x']);
});

test('a whole home of OpenHands goes to another store and back, byte for byte', async () => {
  const cwd = await temporaryDirectory();
  await copyOpenHandsHome(join(cwd, 'home'));
  const store = new MemoryFileStore();
  const schemes = { test: schemeOf(store) };
  expect(await runCaptured(['mv', '-r', 'local:home', 'test:away'], { cwd, schemes })).toMatchObject({ exitCode: 0, stderr: '' });
  expect(await readdir(cwd)).toEqual([]);
  expect(await runCaptured(['mv', '-r', 'test:away', 'local:back'], { cwd, schemes })).toMatchObject({ exitCode: 0, stderr: '' });
  expect(await treeOf(store)).toEqual({});
  const files = await listFiles(openHandsHome);
  expect(await listFiles(join(cwd, 'back'))).toEqual(files);
  for (const file of files) {
    expect((await readFile(join(cwd, 'back', file))).equals(await readFile(join(openHandsHome, file)))).toBe(true);
  }
});

test('nothing is moved to or into itself, nor onto what it lies in, by whatever name', async () => {
  const cwd = await createFiles('data/a', 'data/sub/b', 'data/sub/sub/b');
  await symlink(join(cwd, 'data'), join(cwd, 'link'));
  for (const [from, to] of [
    ['local:data', 'local:data/copy'],
    ['local:data', 'local:data'],
    ['local:data', 'local:data/sub/'],
    ['local:data', 'local:link/copy/deeper'],
    ['local:.', 'local:copy'],
    ['local:data/a', 'local:./data/../data/a'],
    ['local:data/a', 'local:data'],
    ['local:data/a', 'local:link/a'],
    ['local:data/sub', 'local:data'],
    ['local:data/sub/.', 'local:data'],
    ['local:data/sub/.', 'local:link/.'],
  ] as const) {
    const { exitCode, stderr } = await runCaptured(['mv', '-r', from, to], { cwd });
    expect({ from, to, exitCode, stderr }).toEqual({
      from,
      to,
      exitCode: 1,
      stderr: expect.stringMatching(/^oh-storage: \[invalid-argument\] .* cannot be moved (to or into itself|onto what it lies in)\n$/),
    });
  }
  expect(await listFiles(cwd)).toEqual(['data/a', 'data/sub/b', 'data/sub/sub/b']);
});

test('what is missing, a link, and a directory that the working directory lies in are errors, and nothing is changed', async () => {
  const cwd = await createFiles('a', 'work/b');
  await symlink('a', join(cwd, 'link'));
  for (const [from, code] of [
    ['local:../nope', 'not-found'],
    ['local:../link', 'permission-denied'],
    ['local:../work', 'invalid-path'],
  ] as const) {
    const { exitCode, stderr } = await runCaptured(['mv', '-r', from, 'local:../to'], { cwd: join(cwd, 'work') });
    expect({ from, exitCode, stderr }).toEqual({ from, exitCode: 1, stderr: expect.stringContaining(`oh-storage: [${code}] `) });
  }
  expect((await readdir(cwd)).sort()).toEqual(['a', 'link', 'work']);
});

const isRoot = process.getuid?.() === 0;

test.runIf(isRoot)(`a file is not moved onto itself through a mount${isRoot ? '' : ' (skipped: needs root to mount)'}`, async () => {
  const cwd = await createFiles('data/a', 'data/sub/b');
  await mkdir(join(cwd, 'alias'));
  spawnSync('mount', ['--bind', join(cwd, 'data'), join(cwd, 'alias')]);
  onTestFinished(() => void spawnSync('umount', [join(cwd, 'alias')]));
  for (const argv of [
    ['local:data/a', 'local:alias/a'],
    ['-r', 'local:data/.', 'local:alias'],
    ['-r', '--if-absent', 'local:data/.', 'local:alias'],
    ['--if-absent', 'local:alias/a', 'local:data'],
  ]) {
    const { exitCode, stderr } = await runCaptured(['mv', ...argv], { cwd });
    expect({ argv, exitCode, stderr }).toEqual({ argv, exitCode: 1, stderr: expect.stringMatching(/of one place that has two names/) });
  }
  expect(await listFiles(join(cwd, 'alias'))).toEqual(['a', 'sub/b']);
  expect(await readFile(join(cwd, 'data/a'), 'utf8')).toBe('data/a');
});

test('symbolic links stay, and are told of', async () => {
  const cwd = await createFiles('from/a', 'b');
  await symlink('../b', join(cwd, 'from/link'));
  const { exitCode, stderr } = await runCaptured(['mv', '-r', 'local:from', 'local:to'], { cwd });
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: expect.stringContaining('1 in "local:from": "link"') });
  expect(await listFiles(cwd)).toEqual(['b', 'to/a']);
  expect(await readdir(join(cwd, 'from'))).toEqual(['link']);
});

test('--if-absent replaces nothing', async () => {
  const cwd = await createFiles('from/a', 'from/b', 'to/b');
  const { exitCode, stderr } = await runCaptured(['mv', '-r', '--if-absent', 'local:from/.', 'local:to'], { cwd });
  expect({ exitCode, lines: stderr.split('\n') }).toEqual({
    exitCode: 1,
    lines: [
      expect.stringMatching(/^oh-storage: \[already-exists\] could not move "b": /),
      'oh-storage: [incomplete] 1 file failed, named above; run it again to go on',
      '',
    ],
  });
  expect(await listFiles(cwd)).toEqual(['from/b', 'to/a', 'to/b']);
  expect((await runCaptured(['mv', '--if-absent', 'local:from/b', 'local:to/b'], { cwd })).exitCode).toBe(1);
  expect(await readFile(join(cwd, 'to/b'), 'utf8')).toBe('to/b');
  expect(await runCaptured(['mv', 'local:from/b', 'local:to/b'], { cwd })).toMatchObject({ exitCode: 0 });
  expect(await readFile(join(cwd, 'to/b'), 'utf8')).toBe('from/b');
});

test('a move that failed goes on in the same place, although its target is there by now', async () => {
  const cwd = await temporaryDirectory();
  const store = new MemoryFileStore();
  await plant(store, { 'from/a': 'a', 'from/b': 'b' });
  const read = store.open.bind(store);
  store.open = async (path, options) => (path === 'from/b' ? await Promise.reject(new Error('worn')) : await read(path, options));
  const run = async () => await runCaptured(['mv', '-r', 'test:from', 'local:to'], { cwd, schemes: { test: schemeOf(store) } });
  expect(await run()).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('could not move "b": "from/b": worn') });
  expect(await treeOf(store)).toEqual({ 'from/b': 'b' });
  store.open = read;
  expect(await run()).toMatchObject({
    exitCode: 0,
    stderr: 'oh-storage: [note] goes on with the move to "local:to" that has not ended\n',
  });
  expect(await treeOf(store)).toEqual({});
  expect(await listFiles(cwd)).toEqual(['to/a', 'to/b']);
});

test('a move that ended when all had gone is ended by the next one, and later ones go where they are told', async () => {
  const cwd = await temporaryDirectory();
  const [from, to] = [new MemoryFileStore(), new MemoryFileStore()];
  await plant(from, { 'dir/a': 'a' });
  const target = schemeOf(to);
  const resolve: typeof target.resolve = async (...rest) => ({ ...(await target.resolve(...rest)), storeKey: 'to:' });
  const schemes = { from: schemeOf(from), to: { ...target, resolve } };
  const run = async () => await runCaptured(['mv', '-r', 'from:dir', 'to:there', '--json'], { cwd, schemes });
  const remove = to.delete.bind(to);
  to.delete = async (path, options) => {
    if (path.includes('/move-')) {
      throw new FileStoreError('unavailable', 'the connection broke');
    }
    await remove(path, options);
  };
  expect(await run()).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('the connection broke') });
  expect(await treeOf(from)).toEqual({});
  to.delete = remove;
  expect(await run()).toMatchObject({ exitCode: 0, stdout: '{"moved":0,"bytes":0,"failed":0}\n' });
  expect(await treeOf(to)).toEqual({ 'there/a': 'a' });
  expect(await run()).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('[not-found]') });
  await plant(from, { 'dir/a': 'another' });
  expect(await run()).toMatchObject({ exitCode: 0 });
  expect(await treeOf(to)).toEqual({ 'there/a': 'a', 'there/dir/a': 'another' });
});

test('a move that was killed is done by the next one', { timeout: 240_000 }, async () => {
  const cwd = await temporaryDirectory();
  await mkdir(join(cwd, 'x/from'), { recursive: true });
  await mkdir(join(cwd, 'y'));
  const names = Array.from({ length: 1500 }, (_, index) => `f${index}`);
  await Promise.all(names.map((name) => writeFile(join(cwd, 'x/from', name), `contents ${name}`)));
  const argv = ['mv', '-r', 'local:x/from', 'local:y/to'];
  const child = spawnCli(argv, cwd);
  const isThere = async (): Promise<boolean> => (await readdir(join(cwd, 'y/to')).catch(() => [])).some((name) => name.startsWith('f'));
  const ended = new Promise((resolve) => child.once('exit', resolve));
  while (child.exitCode === null && !(await isThere())) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  child.kill('SIGKILL');
  await ended;
  expect(child.signalCode).toBe('SIGKILL');
  const left = await readdir(join(cwd, 'x/from'));
  const arrived = (await readdir(join(cwd, 'y/to'))).filter((name) => name.startsWith('f'));
  expect([...new Set([...left, ...arrived])].filter((name) => name.startsWith('f')).sort()).toEqual([...names].sort());
  expect(await runProcess(argv, cwd)).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('goes on with the move') });
  expect((await readdir(join(cwd, 'y/to'))).sort()).toEqual([...names].sort());
  expect(await readdir(join(cwd, 'x'))).toEqual([]);
  for (const name of names) {
    expect(await readFile(join(cwd, 'y/to', name), 'utf8')).toBe(`contents ${name}`);
  }
});

test('a move that is cut short before its first file goes to the same directory when it is repeated', async () => {
  const [from, to] = [new MemoryFileStore(), new MemoryFileStore()];
  await plant(from, { 'dir/a': 'a' });
  const target = schemeOf(to);
  const resolve: typeof target.resolve = async (...rest) => ({ ...(await target.resolve(...rest)), storeKey: 'to:', address: 'to:there' });
  const run = async () =>
    await runCaptured(['mv', '-r', 'from:dir', 'to:there'], { schemes: { from: schemeOf(from), to: { ...target, resolve } } });
  const [open, remove] = [from.open.bind(from), to.delete.bind(to)];
  const isOfCheck = (path: string): boolean => path.includes('/apart-');
  const broken = new FileStoreError('unavailable', 'the connection broke');
  from.open = async (path, options) => (isOfCheck(path) ? await Promise.reject(broken) : await open(path, options));
  to.delete = async (path, options) => (isOfCheck(path) ? await Promise.reject(broken) : await remove(path, options));
  expect(await run()).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('the connection broke') });
  [from.open, to.delete] = [open, remove];
  expect(await run()).toMatchObject({ exitCode: 0 });
  expect(await treeOf(to)).toEqual({ 'there/a': 'a' });
  expect(await to.list('there/.oh-sync')).toEqual([]);
});
