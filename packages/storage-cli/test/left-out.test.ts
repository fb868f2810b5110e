import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LeftOut } from '../src/locations/left-out.ts';
import { runCaptured } from './run-captured.ts';
import { temporaryDirectory } from './temporary-directory.ts';

test('what listings have left out below a location is known by its path from there, and covers what lies below it', () => {
  const leftOut = new Set(['sub/link', 'other', 'sub/bell\u0007']);
  expect(new LeftOut({ leftOut, path: '' }).paths).toEqual(['other', 'sub/bell\u0007', 'sub/link']);
  const below = new LeftOut({ leftOut, path: 'sub' });
  expect(below.paths).toEqual(['bell\u0007', 'link']);
  expect(['link', 'link/a/b', 'linked', 'other', 'file'].map((path) => below.covers(path))).toEqual([true, true, false, false, false]);
  expect(new LeftOut({ path: '' }).paths).toEqual([]);
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
