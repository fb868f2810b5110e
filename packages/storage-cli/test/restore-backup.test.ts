import { mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCaptured } from './run-captured.ts';
import { temporaryDirectory } from './temporary-directory.ts';

test('nothing is restored into a repository, whose own files it could replace', async () => {
  const cwd = await temporaryDirectory();
  await mkdir(join(cwd, 'data'));
  await writeFile(join(cwd, 'data/repository.json'), 'of the data');
  await runCaptured(['backup', 'create', 'local:data', 'local:repo'], { cwd });
  const before = await readFile(join(cwd, 'repo/repository.json'), 'utf8');
  for (const url of ['local:repo', 'local:repo/.', 'local:repo/restored']) {
    expect(await runCaptured(['backup', 'restore', 'local:repo', url, '--overwrite'], { cwd })).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('lies in the repository'),
    });
  }
  expect(await readFile(join(cwd, 'repo/repository.json'), 'utf8')).toBe(before);
  expect(await runCaptured(['backup', 'restore', 'local:repo', 'local:.'], { cwd })).toMatchObject({ exitCode: 0 });
});

test('what would lie in the repository itself is named, and all else is restored around it', async () => {
  const cwd = await temporaryDirectory();
  await mkdir(join(cwd, 'data/backups'), { recursive: true });
  await writeFile(join(cwd, 'data/backups/repository.json'), 'of the data');
  await writeFile(join(cwd, 'data/backups.txt'), 'beside');
  await runCaptured(['backup', 'create', 'local:data', 'local:repo'], { cwd });
  await rm(join(cwd, 'data'), { recursive: true });
  await mkdir(join(cwd, 'data'));
  await rename(join(cwd, 'repo'), join(cwd, 'data/backups'));
  const argv = ['backup', 'restore', 'local:data/backups', 'local:data', '--overwrite'];
  expect(await runCaptured(argv, { cwd })).toMatchObject({
    exitCode: 1,
    stdout: expect.stringMatching(/: 1 restored, .* 1 refused\n$/),
    stderr: expect.stringMatching(/\[path-conflict\] "backups\/repository.json" would lie in the repository/),
  });
  expect(await readFile(join(cwd, 'data/backups.txt'), 'utf8')).toBe('beside');
  expect(await runCaptured(['backup', 'verify', '--level', 'all', 'local:data/backups'], { cwd })).toMatchObject({ exitCode: 0 });
});

test('a link in the target keeps one file from being restored, and no other', async () => {
  const cwd = await temporaryDirectory();
  for (const [path, text] of [
    ['data/a', '1'],
    ['data/b/c', '2'],
    ['data/d', '3'],
    ['target/elsewhere/x', '4'],
  ] as const) {
    await mkdir(join(cwd, path, '..'), { recursive: true });
    await writeFile(join(cwd, path), text);
  }
  await symlink('elsewhere', join(cwd, 'target/b'));
  await runCaptured(['backup', 'create', 'local:data', 'local:repo'], { cwd });
  const { exitCode, stdout, stderr } = await runCaptured(['--quiet', 'backup', 'restore', 'local:repo', 'local:target'], { cwd });
  expect({ exitCode, stdout, stderr }).toEqual({
    exitCode: 1,
    stdout: expect.stringMatching(/: 2 restored, 0 there already, 0 left as they are, 0 lost, 1 refused\n$/),
    stderr: expect.stringMatching(/^oh-storage: \[permission-denied\] "b\/c" leads through the symbolic link .*\n$/),
  });
  expect((await readdir(join(cwd, 'target'))).filter((name) => !name.startsWith('.')).sort()).toEqual(['a', 'b', 'd', 'elsewhere']);
});
