import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { MemoryFileStore } from '@oh/file-store-core';
import { expect, test } from 'vitest';
import { runCaptured } from './run-captured.ts';
import { schemeOf } from './scheme-of.ts';
import { temporaryDirectory } from './temporary-directory.ts';

test('the standard input is written and the new version shown', async () => {
  const store = new MemoryFileStore();
  const schemes = { test: schemeOf(store) };
  for (const argv of [
    ['put', 'test:a'],
    ['put', 'test:a', '-'],
  ]) {
    const run = await runCaptured(argv, { schemes, stdin: 'hello' });
    expect(run).toMatchObject({ exitCode: 0, stdout: `${(await store.stat('a')).version}\n`, stderr: '' });
    expect(await store.read('a')).toBe('hello');
  }
});

test('a file of this computer that is not there is told as any other', async () => {
  const cwd = await temporaryDirectory();
  const stderr = `oh-storage: [not-found] cannot open ${JSON.stringify(join(cwd, 'nope'))}: no such file or directory\n`;
  expect(await runCaptured(['put', 'local:a', 'nope'], { cwd })).toMatchObject({ exitCode: 1, stdout: '', stderr });
});

test('a file is written byte for byte, into a directory under its name', async () => {
  const cwd = await temporaryDirectory();
  const bytes = Buffer.from([0, 255, 10, 13, 128, 0]);
  await writeFile(join(cwd, 'in.bin'), bytes);
  await mkdir(join(cwd, 'there'));
  for (const url of ['local:out.bin', 'local:deep/er/out.bin', 'local:there', 'local:new/']) {
    expect(await runCaptured(['put', url, 'in.bin'], { cwd })).toMatchObject({ exitCode: 0, stderr: '' });
  }
  for (const file of ['out.bin', 'deep/er/out.bin', 'there/in.bin', 'new/in.bin']) {
    expect((await readFile(join(cwd, file))).equals(bytes)).toBe(true);
  }
});

test('the standard input has no name to be put into a directory under', async () => {
  const cwd = await temporaryDirectory();
  for (const url of ['local:.', 'local:new/', 'memory:', 'memory:a/']) {
    const { exitCode, stderr } = await runCaptured(['put', url], { cwd, stdin: 'x' });
    expect({ exitCode, stderr }).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining(`[invalid-argument] "${url}" is a directory`),
    });
  }
  expect(await readdir(cwd)).toEqual([]);
});

test('--if-absent does not replace a file', async () => {
  const cwd = await temporaryDirectory();
  expect(await runCaptured(['put', '--if-absent', 'local:a'], { cwd, stdin: 'one' })).toMatchObject({ exitCode: 0 });
  expect(await runCaptured(['put', '--if-absent', 'local:a'], { cwd, stdin: 'two' })).toMatchObject({
    exitCode: 1,
    stdout: '',
    stderr: expect.stringContaining('oh-storage: [already-exists]'),
  });
  expect(await readFile(join(cwd, 'a'), 'utf8')).toBe('one');
});

test('--if-version replaces that version only', async () => {
  const cwd = await temporaryDirectory();
  const version = (await runCaptured(['put', 'local:a'], { cwd, stdin: 'one' })).stdout.trim();
  expect(await runCaptured(['put', '--if-version', version, 'local:a'], { cwd, stdin: 'two' })).toMatchObject({ exitCode: 0 });
  expect(await runCaptured(['put', '--if-version', version, 'local:a'], { cwd, stdin: 'three' })).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('oh-storage: [version-mismatch]'),
  });
  expect(await readFile(join(cwd, 'a'), 'utf8')).toBe('two');
});

test('a file that cannot be read is an error and writes nothing', async () => {
  const cwd = await temporaryDirectory();
  await mkdir(join(cwd, 'sub'));
  expect(await runCaptured(['put', 'local:a', 'nope'], { cwd })).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('[not-found]'),
  });
  expect(await runCaptured(['put', 'local:a', 'sub'], { cwd })).toMatchObject({
    exitCode: 1,
    stderr: 'oh-storage: [invalid-argument] "sub" is a directory; copy it with cp --recursive "local:sub"\n',
  });
  expect(await readdir(cwd)).toEqual(['sub']);
});

test('an input that fails in its middle writes nothing', async () => {
  const cwd = await temporaryDirectory();
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('half');
    throw new Error('the line is cut');
  }
  const { exitCode, stderr } = await runCaptured(['put', 'local:a'], { cwd, stdin: Readable.from(failing()) });
  expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: expect.stringContaining('the line is cut') });
  expect(await readdir(cwd)).toEqual([]);
});

test('an interruption in flight ends it with 130, writes nothing and lets go of a silent input', async () => {
  const cwd = await temporaryDirectory();
  const interrupted = new AbortController();
  const stdin = new PassThrough();
  const taken = new Promise((resolve) => stdin.once('drain', resolve));
  const run = runCaptured(['put', 'local:a'], { cwd, stdin, signal: interrupted.signal });
  stdin.write(Buffer.alloc(1024 * 1024));
  await taken;
  interrupted.abort();
  expect(await run).toMatchObject({ exitCode: 130, stdout: '', stderr: '' });
  expect(stdin.destroyed).toBe(true);
  expect(await readdir(cwd)).toEqual([]);
});

test('an interruption before it begins ends it with 130', async () => {
  const store = new MemoryFileStore();
  const run = await runCaptured(['put', 'test:a'], { schemes: { test: schemeOf(store) }, stdin: 'x', signal: AbortSignal.abort() });
  expect(run).toMatchObject({ exitCode: 130, stdout: '' });
  expect(await store.list()).toEqual([]);
});

test('a write that is refused lets go of the input', async () => {
  const stdin = new PassThrough();
  stdin.write('never ends');
  const store = new MemoryFileStore();
  await store.write('a', '');
  const run = await runCaptured(['put', '--if-absent', 'test:a'], { schemes: { test: schemeOf(store) }, stdin });
  stdin.end();
  expect(run.exitCode).toBe(1);
  expect(stdin.destroyed).toBe(true);
});
