import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LeftOutReason } from '@oh/file-store-local';
import { expect, test } from 'vitest';
import { LeftOut } from '../src/locations/left-out.ts';
import { runCaptured } from './run-captured.ts';
import { temporaryDirectory } from './temporary-directory.ts';

test('what listings have left out below a location is known by its path from there, and covers what lies below it', () => {
  const leftOut = new Map<string, LeftOutReason>([
    ['sub/link', 'kind'],
    ['other', 'kind'],
    ['sub/bell\u0007', 'name'],
    ['sub/long/', 'name'],
  ]);
  expect(new LeftOut({ leftOut, path: '' }).pathsOf('kind')).toEqual(['other', 'sub/link']);
  const below = new LeftOut({ leftOut, path: 'sub' });
  expect([below.pathsOf('kind'), below.pathsOf('name')]).toEqual([['link'], ['bell\u0007', 'long/']]);
  expect(new LeftOut({ leftOut, path: 'sub' }, (path) => path === 'link').pathsOf('kind')).toEqual([]);
  expect(['link', 'link/a/b', 'long/a', 'linked', 'longer/a', 'other', 'file'].filter((path) => below.covers(path))).toEqual([
    'link',
    'link/a/b',
    'long/a',
  ]);
  expect(new LeftOut({ path: '' }).pathsOf('kind')).toEqual([]);
});

test.each([
  ['cp', '-r', 'local:from', 'local:to'],
  ['sync', 'local:from', 'local:to'],
  ['migrate', '--from', 'local:from', '--to', 'local:to'],
  ['backup', 'create', 'local:from', 'local:to'],
])('%s tells of links that it leaves out', async (...argv) => {
  const cwd = await temporaryDirectory();
  await mkdir(join(cwd, 'from'));
  await writeFile(join(cwd, 'from/file'), '');
  for (const name of ['a', 'b', 'c', 'd']) {
    await symlink('file', join(cwd, 'from', name));
  }
  const { exitCode, stderr } = await runCaptured(argv, { cwd });
  expect({ exitCode, stderr }).toEqual({
    exitCode: 0,
    stderr: expect.stringContaining('are left out, 4 in "local:from": "a", "b", "c", ...\n'),
  });
});

test.each([
  ['cp', '-r', 'local:from', 'local:to'],
  ['mv', '-r', 'local:from', 'local:to'],
  ['sync', 'local:from', 'local:to'],
  ['migrate', '--from', 'local:from', '--to', 'local:to'],
  ['backup', 'create', 'local:from', 'local:to'],
])('%s fails, when it has done the rest, where a file has a name that no store has', async (...argv) => {
  const cwd = await temporaryDirectory();
  await mkdir(join(cwd, 'from'));
  await writeFile(join(cwd, 'from/file'), 'x');
  await writeFile(join(cwd, 'from/a\tb'), 'y');
  await symlink('file', join(cwd, 'from/link\t'));
  const { exitCode, stderr } = await runCaptured(['--quiet', ...argv], { cwd });
  expect({ exitCode, stderr }).toEqual({
    exitCode: 1,
    stderr: expect.stringMatching(
      /^oh-storage: \[invalid-(path|name)\] [^\n]*"a\\tb"[^\n]*\noh-storage: \[incomplete\] [^\n]*1 file [^\n]*\n$/,
    ),
  });
  expect(await readFile(join(cwd, 'from/a\tb'), 'utf8')).toBe('y');
  const listed = argv[0] === 'backup' ? ['backup', 'ls', 'local:to'] : ['ls', 'local:to'];
  expect((await runCaptured(listed, { cwd })).stdout).toContain('  file\n');
});

test('a file with a name that no store has is no failure where it is excluded, and is in the JSON of a backup where it is not', async () => {
  const cwd = await temporaryDirectory();
  await mkdir(join(cwd, 'from'));
  await writeFile(join(cwd, 'from/file'), 'x');
  await writeFile(join(cwd, 'from/a\tb'), 'y');
  const exclude = ['--exclude', 'a?b'];
  for (const argv of [
    ['sync', 'local:from', 'local:to'],
    ['cp', '-r', 'local:from', 'local:copy'],
    ['backup', 'create', 'local:from', 'local:backups'],
  ]) {
    expect(await runCaptured([...argv, ...exclude], { cwd })).toMatchObject({ exitCode: 0, stderr: '' });
  }
  const { stdout } = await runCaptured(['--json', 'backup', 'create', 'local:from', 'local:backups'], { cwd });
  expect(JSON.parse(stdout)).toMatchObject({ files: 1, leftOut: [{ path: 'a\tb', reason: 'invalid-name' }] });
  expect(JSON.parse((await runCaptured(['--json', 'sync', 'local:from', 'local:to'], { cwd })).stdout)).toMatchObject({ failed: 1 });
});

test('a directory with a name that no store has is told where files in it are asked for, and is excluded as a directory', async () => {
  const cwd = await temporaryDirectory();
  await mkdir(join(cwd, 'from/a\tb'), { recursive: true });
  await writeFile(join(cwd, 'from/a\tb/file.json'), 'x');
  await writeFile(join(cwd, 'from/c\td.txt'), 'y');
  const sync = ['--quiet', 'sync', '--include', '*.json', 'local:from', 'local:to'];
  const told = await runCaptured(sync, { cwd });
  expect(told.exitCode).toBe(1);
  expect(told.stderr.match(/could not take [^:]*:/g)).toEqual(['could not take "a\\tb/":']);
  expect(await runCaptured([...sync, '--exclude', 'a?b/'], { cwd })).toMatchObject({ exitCode: 0, stderr: '' });
});
