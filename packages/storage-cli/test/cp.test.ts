import { randomBytes } from 'node:crypto';
import { readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type FileStore, MemoryFileStore } from '@oh/file-store-core';
import { openHandsHome } from '@oh-tools/fixtures';
import { expect, test } from 'vitest';
import type { StoreScheme } from '../src/index.ts';
import { createFiles, listFiles } from './directory-tree.ts';
import { runCaptured } from './run-captured.ts';
import { schemeOf } from './scheme-of.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** The files below a directory, links not followed; `readdir` with `recursive` follows them on some versions of Node. */
test('a file is copied byte for byte, to a path, into a directory, and to a path that ends in a slash', async () => {
  const cwd = await createFiles('there/x');
  const bytes = randomBytes(1024 * 1024 + 7);
  await writeFile(join(cwd, 'a.bin'), bytes);
  for (const to of ['local:b.bin', 'local:there', 'local:new/', 'local:deep/er/c.bin']) {
    expect(await runCaptured(['cp', 'local:a.bin', to], { cwd })).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
  }
  for (const file of ['b.bin', 'there/a.bin', 'new/a.bin', 'deep/er/c.bin']) {
    expect((await readFile(join(cwd, file))).equals(bytes)).toBe(true);
  }
});

test('a directory needs --recursive; the copy takes its place, or goes into a directory that is there', async () => {
  const cwd = await createFiles('from/a', 'from/sub/b');
  expect(await runCaptured(['cp', 'local:from', 'local:to'], { cwd })).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('"local:from" is a directory; add --recursive'),
  });
  expect(await runCaptured(['cp', '-r', 'local:from', 'local:to'], { cwd })).toMatchObject({ exitCode: 0, stderr: '' });
  expect(await listFiles(join(cwd, 'to'))).toEqual(['a', 'sub/b']);
  await runCaptured(['cp', '-r', 'local:from/', 'local:to'], { cwd });
  expect(await listFiles(join(cwd, 'to'))).toEqual(['a', 'from/a', 'from/sub/b', 'sub/b']);
  await runCaptured(['cp', '-r', 'local:from/.', 'local:other/'], { cwd });
  expect(await listFiles(join(cwd, 'other'))).toEqual(['a', 'sub/b']);
});

test('a whole home of OpenHands is copied byte for byte between stores', async () => {
  const cwd = await temporaryDirectory();
  const store = new MemoryFileStore();
  const schemes = { test: schemeOf(store) };
  expect(await runCaptured(['cp', '-r', `local:${openHandsHome}`, 'test:backup'], { schemes })).toMatchObject({ exitCode: 0, stderr: '' });
  expect(await runCaptured(['cp', '-r', 'test:backup/openhands-v0-home', 'local:home'], { cwd, schemes })).toMatchObject({ exitCode: 1 });
  expect(await runCaptured(['cp', '-r', 'test:backup', 'local:home'], { cwd, schemes })).toMatchObject({ exitCode: 0, stderr: '' });
  const files = await listFiles(openHandsHome);
  expect(files.length).toBeGreaterThan(100);
  expect(await listFiles(join(cwd, 'home'))).toEqual(files);
  for (const file of files) {
    expect((await readFile(join(cwd, 'home', file))).equals(await readFile(join(openHandsHome, file)))).toBe(true);
  }
});

/** As {@link schemeOf}, for a second store of the same run. */
function otherSchemeOf(store: FileStore, storeKey: string): StoreScheme {
  const scheme = schemeOf(store);
  return { ...scheme, resolve: async (rest, context) => ({ ...(await scheme.resolve(rest, context)), storeKey, address: storeKey }) };
}

test('content type and metadata are kept where both stores have them', async () => {
  const from = new MemoryFileStore();
  const to = new MemoryFileStore();
  const kept = { contentType: 'text/markdown', metadata: { author: 'x' } };
  await from.write('a.md', '# a', kept);
  const bare = new MemoryFileStore();
  Object.defineProperty(bare, 'capabilities', { value: { ...bare.capabilities, metadata: false } });
  const schemes = { from: schemeOf(from), to: otherSchemeOf(to, 'to:'), bare: otherSchemeOf(bare, 'bare:') };
  expect(await runCaptured(['cp', 'from:a.md', 'to:b.md'], { schemes })).toMatchObject({ exitCode: 0, stderr: '' });
  expect(await to.stat('b.md')).toMatchObject(kept);
  expect(await runCaptured(['cp', 'from:a.md', 'from:c.md'], { schemes })).toMatchObject({ exitCode: 0, stderr: '' });
  expect(await from.stat('c.md')).toMatchObject(kept);
  const lost = await runCaptured(['cp', 'from:a.md', 'bare:a.md'], { schemes });
  expect(lost.exitCode).toBe(0);
  expect(lost.stderr).toBe('oh-storage: [note] "bare:a.md" keeps no content type and no metadata; they were left behind\n');
});

test('--if-absent replaces nothing', async () => {
  const cwd = await createFiles('from/a', 'from/b', 'to/b');
  await writeFile(join(cwd, 'to/b'), 'kept');
  const { exitCode, stderr } = await runCaptured(['cp', '-r', '--if-absent', 'local:from/.', 'local:to'], { cwd });
  expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: expect.stringContaining('oh-storage: [already-exists]') });
  expect(await readFile(join(cwd, 'to/b'), 'utf8')).toBe('kept');
  expect((await runCaptured(['cp', '--if-absent', 'local:from/a', 'local:to/b'], { cwd })).exitCode).toBe(1);
});

test('what is missing is an error', async () => {
  const cwd = await temporaryDirectory();
  expect(await runCaptured(['cp', '-r', 'local:nope', 'local:to'], { cwd })).toMatchObject({
    exitCode: 1,
    stderr: 'oh-storage: [not-found] no such file or directory: "local:nope"\n',
  });
  expect(await readdir(cwd)).toEqual([]);
});

test('nothing is copied to or into itself, by whatever name', async () => {
  const cwd = await createFiles('data/a', 'data/sub/b');
  await symlink(join(cwd, 'data'), join(cwd, 'link'));
  for (const [from, to] of [
    ['local:data', 'local:data/copy'],
    ['local:data', 'local:data'],
    ['local:data', 'local:data/sub/'],
    ['local:data', 'local:link/copy/deeper'],
    ['local:link', 'local:data/copy'],
    ['local:.', 'local:copy'],
    ['local:data/a', 'local:./data/../data/a'],
    ['local:data/a', 'local:data'],
    ['local:data/a', 'local:link/a'],
  ] as const) {
    const { exitCode, stderr } = await runCaptured(['cp', '-r', from, to], { cwd });
    expect({ from, to, exitCode, stderr }).toEqual({
      from,
      to,
      exitCode: 1,
      stderr: expect.stringContaining('cannot be copied to or into itself'),
    });
  }
  expect(await listFiles(cwd)).toEqual(['data/a', 'data/sub/b']);
  expect((await runCaptured(['cp', '-r', 'local:data/.', 'local:data-copy'], { cwd })).exitCode).toBe(0);
  expect(await listFiles(join(cwd, 'data-copy'))).toEqual(['a', 'sub/b']);
});

test('both locations of memory are one store of the run', async () => {
  expect(await runCaptured(['cp', '-r', 'memory:', 'memory:a'])).toMatchObject({ exitCode: 1 });
  expect(await runCaptured(['cp', '-r', `local:${openHandsHome}`, 'memory:'])).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
});

test('an interruption in flight leaves no part of a file behind', async () => {
  const cwd = await temporaryDirectory();
  const store = new MemoryFileStore();
  await store.write('a', 'x');
  const interrupted = new AbortController();
  const open = store.open.bind(store);
  store.open = async (path, options) => {
    const file = await open(path, options);
    async function* chunks(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('half');
      interrupted.abort();
      yield Buffer.from('never');
    }
    return {
      ...file,
      info: file.info,
      stream: () => ReadableStream.from(chunks()),
      close: () => file.close(),
      [Symbol.asyncDispose]: () => file.close(),
    };
  };
  const run = await runCaptured(['cp', 'test:a', 'local:b'], { cwd, schemes: { test: schemeOf(store) }, signal: interrupted.signal });
  expect(run).toMatchObject({ exitCode: 130, stderr: '' });
  expect(await readdir(cwd)).toEqual([]);
});

test('a file of a directory that fails is named and hinders no other; the counts are there as JSON', async () => {
  const cwd = await createFiles('to/b');
  const store = new MemoryFileStore();
  await store.write('a', 'aa');
  await store.write('b', 'bb');
  const argv = ['cp', '-r', '--if-absent', 'test:', 'local:to', '--json'];
  const { exitCode, stdout, stderr } = await runCaptured(argv, { cwd, schemes: { test: schemeOf(store) } });
  expect({ exitCode, counts: JSON.parse(stdout) }).toEqual({ exitCode: 1, counts: { copied: 1, bytes: 2, failed: 1 } });
  expect(stderr.split('\n')).toEqual([
    expect.stringMatching(/^oh-storage: \[already-exists\] could not copy "b": /),
    'oh-storage: [incomplete] 1 file failed, named above; run it again to go on',
    '',
  ]);
  expect((await runCaptured(['cp', 'local:to/a', 'local:c', '--json'], { cwd })).stdout).toBe('{"copied":1,"bytes":2,"failed":0}\n');
});
