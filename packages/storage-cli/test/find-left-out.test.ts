import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findLeftOut } from '../src/locations/find-left-out.ts';
import { runCaptured } from './run-captured.ts';
import { temporaryDirectory } from './temporary-directory.ts';

test('what listings leave out is found, and nothing else', async () => {
  const directory = await temporaryDirectory();
  await mkdir(join(directory, 'sub/.oh-tmp'), { recursive: true });
  await symlink('nowhere', join(directory, 'sub/link'));
  await symlink('nowhere', join(directory, 'sub/.oh-tmp/link'));
  for (const name of ['file', 'sub/file', 'sub/a\ufffdb', 'sub/bell\u0007']) {
    await writeFile(join(directory, name), '');
  }
  const { paths, covers } = await findLeftOut({ address: `local:${directory}` }, {});
  expect(paths).toEqual(['sub/bell\u0007', 'sub/link']);
  expect(['sub/link', 'sub/link/a/b', 'sub/linked', 'sub', 'file'].map(covers)).toEqual([true, true, false, false, false]);
  const listed = await runCaptured(['ls', '-r', 'local:.', '--json'], { cwd: directory });
  const names = listed.stdout.match(/"path":"[^"]*"/g);
  expect(names).toEqual(['"path":"file"', '"path":"sub/a\ufffdb"', '"path":"sub/file"']);
});

test.skipIf(process.platform !== 'linux')('a name that is not UTF-8 is left out (skipped where the system has none)', async () => {
  const directory = await temporaryDirectory();
  await writeFile(Buffer.concat([Buffer.from(`${directory}/`), Buffer.from([0x61, 0xff])]), '');
  const { paths } = await findLeftOut({ address: `local:${directory}` }, {});
  expect(paths).toEqual(['a\ufffd']);
  expect(await runCaptured(['ls', 'local:.'], { cwd: directory })).toMatchObject({ exitCode: 0, stdout: '' });
});

test('a bucket leaves out nothing', async () => {
  expect((await findLeftOut({ address: 's3://bucket/tmp' }, {})).paths).toEqual([]);
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
