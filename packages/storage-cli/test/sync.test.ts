import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MemoryFileStore } from '@oh/file-store-core';
import { openHandsHome } from '@oh-tools/fixtures';
import { expect, test } from 'vitest';
import { createTree, listCopied } from './directory-tree.ts';
import { runCaptured } from './run-captured.ts';
import { schemeOf } from './scheme-of.ts';
import { temporaryDirectory } from './temporary-directory.ts';
import { plant, treeOf } from './transfer/tree.ts';

/** On a slow machine there is a line about how far it is. */
function withoutProgress(stderr: string): string {
  return stderr.replace(/^oh-storage: \[progress\] .*\n/gm, '');
}

test('a directory becomes the same as another, and a second time nothing is left to do', async () => {
  const cwd = await createTree({ 'from/a': '1', 'from/sub/b': '2', 'to/sub/b': '3', 'to/c': '4' });
  const argv = ['sync', 'local:from', 'local:to'];
  const { exitCode, stdout, stderr } = await runCaptured(argv, { cwd });
  expect({ exitCode, stdout, stderr: withoutProgress(stderr) }).toEqual({
    exitCode: 0,
    stdout: '1 copied, 1 replaced (2 B), 0 unchanged, 1 only at the target\n',
    stderr: '',
  });
  expect(await listCopied(join(cwd, 'to'))).toEqual(['a', 'c', 'sub/b']);
  expect(await readFile(join(cwd, 'to/sub/b'), 'utf8')).toBe('2');
  expect((await runCaptured(argv, { cwd })).stdout).toBe('0 copied, 0 replaced (0 B), 2 unchanged, 1 only at the target\n');
  expect((await runCaptured([...argv, '--delete'], { cwd })).stdout).toBe('0 copied, 0 replaced (0 B), 2 unchanged, 1 deleted\n');
  expect(await listCopied(join(cwd, 'to'))).toEqual(['a', 'sub/b']);
});

test('the home of OpenHands goes to another place and back, byte for byte', async () => {
  const cwd = await temporaryDirectory();
  const there = ['sync', `local:${openHandsHome}`, 'local:there', '--quiet'];
  expect(await runCaptured(there, { cwd })).toMatchObject({ exitCode: 0, stderr: '' });
  expect(await runCaptured(['sync', 'local:there', 'local:back', '--json'], { cwd })).toMatchObject({ exitCode: 0 });
  const files = await listCopied(openHandsHome);
  expect(await listCopied(join(cwd, 'back'))).toEqual(files);
  for (const file of files) {
    expect((await readFile(join(cwd, 'back', file))).equals(await readFile(join(openHandsHome, file)))).toBe(true);
  }
});

test('--dry-run lists the changes, and makes none', async () => {
  const cwd = await createTree({ 'from/new': '1', 'from/differs': '2', 'to/differs': '3', 'to/old\u001b': '4' });
  const argv = ['sync', 'local:from', 'local:to', '--delete', '--dry-run'];
  await writeFile(join(cwd, 'to/old'), '4');
  const { exitCode, stdout } = await runCaptured(argv, { cwd });
  expect(exitCode).toBe(0);
  const lines = stdout.split('\n');
  expect(lines.slice(0, 2).sort()).toEqual(['copy     new', 'replace  differs']);
  expect(lines.slice(2)).toEqual(['delete   old', 'would be: 1 copied, 1 replaced (2 B), 0 unchanged, 1 deleted', '']);
  const json = (await runCaptured([...argv, '--json'], { cwd })).stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
  expect(json).toHaveLength(4);
  expect(json).toContainEqual({ action: 'copy', path: 'new' });
  const summary = { copied: 1, replaced: 1, bytes: 2, unchanged: 0, deleted: 1, extraneous: 1, vanished: 0, failed: 0 };
  expect(json.slice(2)).toEqual([{ action: 'delete', path: 'old' }, summary]);
  expect(await readFile(join(cwd, 'to/differs'), 'utf8')).toBe('3');
  expect(await readdir(join(cwd, 'to'))).toHaveLength(3);
});

test('files that fail are named, the others are copied, and the exit code is 1', async () => {
  const cwd = await temporaryDirectory();
  const store = new MemoryFileStore();
  await plant(store, { a: '1', b: '2', c: '3' });
  const read = store.open.bind(store);
  store.open = async (path, options) => {
    if (path === 'b') {
      throw new Error('the disk\nis worn');
    }
    return await read(path, options);
  };
  const { exitCode, stdout, stderr } = await runCaptured(['sync', 'test:', 'local:to'], { cwd, schemes: { test: schemeOf(store) } });
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '2 copied, 0 replaced (2 B), 0 unchanged, 0 only at the target\n' });
  expect(withoutProgress(stderr).split('\n')).toEqual([
    expect.stringMatching(/^oh-storage: \[unknown\] could not copy "b": .*the disk\\nis worn/),
    'oh-storage: [incomplete] 1 file failed, named above; run it again to go on',
    '',
  ]);
  expect(await listCopied(join(cwd, 'to'))).toEqual(['a', 'c']);
});

test('--delete spares what has become a symbolic link at the source, and tells of it', async () => {
  const cwd = await createTree({ 'from/a': '1', 'elsewhere/b': '2', 'to/moved/b': '2', 'to/moved.txt': '3', 'to/gone': '4' });
  await symlink(join(cwd, 'elsewhere'), join(cwd, 'from/moved'));
  const { exitCode, stdout, stderr } = await runCaptured(['sync', '--delete', 'local:from', 'local:to'], { cwd });
  expect({ exitCode, stdout, stderr: withoutProgress(stderr) }).toEqual({
    exitCode: 0,
    stdout: '1 copied, 0 replaced (1 B), 0 unchanged, 2 deleted\n',
    stderr: 'oh-storage: [note] symbolic links and special files are left out, 1 in "local:from": "moved"\n',
  });
  expect(await listCopied(join(cwd, 'to'))).toEqual(['a', 'moved/b']);
});

test('an empty source, a missing one, a file, and places that lie in each other are refused', async () => {
  const cwd = await createTree({ 'from/a': '1', 'to/b': '2' });
  await mkdir(join(cwd, 'empty'));
  for (const [argv, code, text] of [
    [['local:empty', 'local:to', '--delete'], 'invalid-argument', 'add --allow-empty'],
    [['local:nope', 'local:to', '--delete', '--allow-empty'], 'not-found', 'local:nope'],
    [['local:from/a', 'local:to'], 'invalid-argument', 'use "cp" for a file'],
    [['local:from', 'local:to/b'], 'invalid-argument', 'use "cp" for a file'],
    [['local:from', 'local:from/sub'], 'invalid-argument', 'lie in each other'],
    [['local:from', 'local:.'], 'invalid-argument', 'lie in each other'],
    [['local:from', 'local:from/'], 'invalid-argument', 'lie in each other'],
  ] as const) {
    const { exitCode, stderr } = await runCaptured(['sync', ...argv], { cwd });
    expect({ argv, exitCode, stderr }).toEqual({ argv, exitCode: 1, stderr: expect.stringContaining(`oh-storage: [${code}] `) });
    expect(stderr).toContain(text);
  }
  expect(await listCopied(cwd)).toEqual(['from/a', 'to/b']);
  expect(await runCaptured(['sync', 'local:empty', 'local:to', '--delete', '--allow-empty'], { cwd })).toMatchObject({ exitCode: 0 });
  expect(await listCopied(join(cwd, 'to'))).toEqual([]);
});

test('what is in memory leaves no record, since its versions are those of one run', async () => {
  const cwd = await temporaryDirectory();
  expect(await runCaptured(['sync', 'memory:', 'local:to'], { cwd })).toMatchObject({ exitCode: 0 });
  const store = new MemoryFileStore();
  await plant(store, { a: '1' });
  const memory = { ...schemeOf(store) };
  const schemes = {
    memory: {
      ...memory,
      resolve: async (rest: string, context: never) => ({ ...(await memory.resolve(rest, context)), address: 'memory:' }),
    },
  };
  expect(await runCaptured(['sync', 'memory:', 'local:to'], { cwd, schemes })).toMatchObject({ exitCode: 0 });
  expect(await readdir(join(cwd, 'to'))).toEqual(['a']);
  expect(await treeOf(store)).toEqual({ a: '1' });
});
