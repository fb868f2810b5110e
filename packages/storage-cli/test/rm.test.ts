import { lstat, mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MemoryFileStore } from '@oh/file-store-core';
import { expect, test } from 'vitest';
import { runCaptured } from './run-captured.ts';
import { schemeOf } from './scheme-of.ts';
import { temporaryDirectory } from './temporary-directory.ts';
import { watchedStore } from './transfer/watched-store.ts';

async function createFiles(...paths: readonly string[]): Promise<string> {
  const directory = await temporaryDirectory();
  for (const path of paths) {
    await mkdir(join(directory, path, '..'), { recursive: true });
    await writeFile(join(directory, path), path);
  }
  return directory;
}

test('files are removed', async () => {
  const cwd = await createFiles('a', 'b', 'sub/c', 'sub/d');
  expect(await runCaptured(['rm', 'local:a', 'local:sub/c'], { cwd })).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
  expect(await readdir(cwd, { recursive: true })).toEqual(expect.arrayContaining(['b', 'sub', 'sub/d']));
  expect(await readdir(cwd)).toHaveLength(2);
});

test('a directory needs --recursive', async () => {
  const cwd = await createFiles('sub/a', 'subset/b');
  const refused = await runCaptured(['rm', 'local:sub'], { cwd });
  expect(refused).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('[invalid-argument] "local:sub" is a directory; add --recursive'),
  });
  expect(await readdir(cwd)).toEqual(['sub', 'subset']);
  expect(await runCaptured(['rm', '-r', 'local:sub'], { cwd })).toMatchObject({ exitCode: 0, stderr: '' });
  expect(await readdir(cwd)).toEqual(['subset']);
});

test('an empty directory of the local disk is removed too', async () => {
  const cwd = await temporaryDirectory();
  await mkdir(join(cwd, 'empty'));
  expect(await runCaptured(['rm', 'local:empty'], { cwd })).toMatchObject({ exitCode: 1 });
  expect(await runCaptured(['rm', '-r', 'local:empty/'], { cwd })).toMatchObject({ exitCode: 0, stderr: '' });
  expect(await readdir(cwd)).toEqual([]);
});

test('of a file beside a directory of its name only the file goes', async () => {
  const store = new MemoryFileStore();
  await store.write('a', '');
  await store.write('a/b', '');
  const schemes = { test: schemeOf(store) };
  expect(await runCaptured(['rm', 'test:a'], { schemes })).toMatchObject({ exitCode: 0 });
  expect(await store.exists('a')).toBe(false);
  expect(await store.exists('a/b')).toBe(true);
});

test('of a directory beside a file of its name only the directory goes, when the URL ends in a slash', async () => {
  const store = new MemoryFileStore();
  for (const path of ['a', 'a/b', 'a/b/c', 'a/d/e', 'ab']) {
    await store.write(path, '');
  }
  const schemes = { test: schemeOf(store) };
  expect(await runCaptured(['rm', '-r', 'test:a/'], { schemes })).toMatchObject({ exitCode: 0, stderr: '' });
  expect(await store.list()).toEqual(['a', 'ab']);
});

test('a store that cannot delete by version removes a file all the same, but not with what lies below it', async () => {
  const base = new MemoryFileStore();
  for (const path of ['a', 'b', 'b/c']) {
    await base.write(path, '');
  }
  const schemes = { test: schemeOf(watchedStore(base, { capabilities: { conditionalDelete: false } })) };
  expect(await runCaptured(['rm', 'test:a'], { schemes })).toMatchObject({ exitCode: 0, stderr: '' });
  expect(await runCaptured(['rm', 'test:b'], { schemes })).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('[unsupported] "b" is also a directory'),
  });
  expect(await base.list()).toEqual(['b', 'b/']);
});

test('the roots of stores, and what the working or home directory lies in, are never removed', async () => {
  const directory = await createFiles('home/work/a', 'home/b');
  const cwd = join(directory, 'home/work');
  const options = { cwd, env: { HOME: join(directory, 'home') } };
  await symlink(cwd, join(directory, 'link'));
  for (const url of [
    'memory:',
    'memory:/',
    'local:/',
    'local:.',
    'local:..',
    'local:../..',
    'local:~',
    `local:${cwd}`,
    `local:${cwd}/../work/`,
  ]) {
    const { exitCode, stderr } = await runCaptured(['rm', '-rf', url], options);
    expect({ url, exitCode, stderr }).toEqual({
      url,
      exitCode: 1,
      stderr: expect.stringContaining(`[invalid-path] "${url}" is never removed`),
    });
  }
  expect(await readdir(directory, { recursive: true })).toContain('home/work/a');
});

test('a directory whose name only begins as that of the working directory is removed', async () => {
  const directory = await createFiles('work/a', 'wor/b', '..data/c');
  const options = { cwd: join(directory, 'work'), env: { HOME: directory } };
  expect(await runCaptured(['rm', '-r', 'local:../wor', 'local:../..data'], options)).toMatchObject({ exitCode: 0, stderr: '' });
  expect(await readdir(directory)).toEqual(['work']);
});

test('what is missing is an error, except with --force', async () => {
  const cwd = await temporaryDirectory();
  expect(await runCaptured(['rm', 'local:nope'], { cwd })).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('[not-found]') });
  expect(await runCaptured(['rm', '-r', 'local:nope'], { cwd })).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('[not-found]'),
  });
  expect(await runCaptured(['rm', '--force', '--json', 'local:nope', 'memory:a'], { cwd })).toMatchObject({
    exitCode: 0,
    stdout: '',
    stderr: '',
  });
});

test('what cannot be removed does not stop the others; each is told', async () => {
  const cwd = await createFiles('a', 'sub/b');
  const { exitCode, stderr } = await runCaptured(['rm', 'local:nope', 'local:sub', 'local:a'], { cwd });
  expect(exitCode).toBe(1);
  expect(stderr.split('\n')).toEqual([expect.stringContaining('"local:nope"'), expect.stringContaining('"local:sub"'), '']);
  expect(await readdir(cwd)).toEqual(['sub']);
});

test('a URL that is written wrong is found before anything is removed', async () => {
  const cwd = await createFiles('a');
  expect(await runCaptured(['rm', 'local:a', 'locl:b'], { cwd })).toMatchObject({ exitCode: 2 });
  expect(await readdir(cwd)).toEqual(['a']);
});

test('of a symbolic link what it points to stays', async () => {
  const cwd = await createFiles('real/a', 'file');
  await symlink(join(cwd, 'real'), join(cwd, 'link'));
  await runCaptured(['rm', '-rf', 'local:link'], { cwd });
  expect((await lstat(join(cwd, 'real/a'))).isFile()).toBe(true);
});

test('a file that is written to meanwhile is removed all the same', async () => {
  const store = new MemoryFileStore();
  await store.write('a', 'one');
  const remove = store.delete.bind(store);
  let writes = 0;
  store.delete = async (path, options) => {
    if (writes < 2) {
      writes += 1;
      await store.write('a', `again ${writes}`);
    }
    await remove(path, options);
  };
  expect(await runCaptured(['rm', 'test:a'], { schemes: { test: schemeOf(store) } })).toMatchObject({ exitCode: 0, stderr: '' });
  expect(await store.list()).toEqual([]);
});

test('an interruption removes no more', async () => {
  const store = new MemoryFileStore();
  await store.write('a', '');
  await store.write('b', '');
  const interrupted = new AbortController();
  const remove = store.delete.bind(store);
  store.delete = async (path, options) => {
    await remove(path, options);
    interrupted.abort();
  };
  const run = await runCaptured(['rm', 'test:a', 'test:b'], { schemes: { test: schemeOf(store) }, signal: interrupted.signal });
  expect(run).toMatchObject({ exitCode: 130, stderr: '' });
  expect(await store.list()).toEqual(['b']);
});
