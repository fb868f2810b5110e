import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { createFileStore, type DriverFile, type FileStoreDriver, MemoryFileStore } from '@oh/file-store-core';
import { expect, test } from 'vitest';
import { runCaptured } from './run-captured.ts';
import { schemeOf } from './scheme-of.ts';
import { temporaryDirectory } from './temporary-directory.ts';

test('bytes are written as they are', async () => {
  const directory = await temporaryDirectory();
  const bytes = randomBytes(3 * 1024 * 1024 + 1);
  await writeFile(join(directory, 'file.bin'), bytes);
  const run = await runCaptured(['cat', 'local:file.bin'], { cwd: directory });
  expect(run).toMatchObject({ exitCode: 0, stderr: '' });
  expect(run.bytes.equals(bytes)).toBe(true);
});

test('--range writes a part, its end not included', async () => {
  const store = new MemoryFileStore();
  await store.write('a', '0123456789');
  const schemes = { test: schemeOf(store) };
  for (const [range, part] of [
    ['0-3', '012'],
    ['8-', '89'],
    ['4-100', '456789'],
    ['20-30', ''],
  ] as const) {
    expect(await runCaptured(['cat', 'test:a', '--range', range], { schemes })).toMatchObject({ exitCode: 0, stdout: part });
  }
});

test('a missing file and a directory are errors that name the URL', async () => {
  const directory = await temporaryDirectory();
  await mkdir(join(directory, 'sub'));
  const run = (url: string) => runCaptured(['cat', url], { cwd: directory });
  expect(await run('local:nope')).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('[not-found] no such file or directory: "local:nope"'),
  });
  for (const url of ['local:sub', 'local:sub/', 'local:.', 'memory:']) {
    expect(await run(url)).toMatchObject({ exitCode: 1, stdout: '', stderr: expect.stringContaining(`"${url}" is a directory`) });
  }
  await writeFile(join(directory, 'file'), '');
  expect(await run('local:file/')).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('[not-found]') });
});

test('a path that leaves the store is refused', async () => {
  expect(await runCaptured(['cat', 'memory:../a'])).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('[invalid-path]') });
});

/** A file of many chunks that counts those it was asked for. */
function endlessFile(chunks: number): { readonly driver: FileStoreDriver; read(): number } {
  const { capabilities } = new MemoryFileStore();
  let count = 0;
  const info = { path: 'a', size: chunks * 1024, version: '1', modifiedAt: new Date(0) };
  async function* body(): AsyncGenerator<Uint8Array> {
    for (; count < chunks; count += 1) {
      yield new Uint8Array(1024);
    }
  }
  const refuse = async (): Promise<never> => {
    throw new Error('not in this test');
  };
  const read = async (): Promise<DriverFile> => ({ info, body: body() });
  async function* noEntries(): AsyncGenerator<never> {}
  const driver = {
    capabilities: { ...capabilities, append: false },
    write: refuse,
    read,
    stat: async () => info,
    entries: noEntries,
    delete: refuse,
  };
  return { driver, read: () => count };
}

test('no more is read than is taken', async () => {
  const file = endlessFile(1000);
  const taken: (() => void)[] = [];
  const asked = Promise.withResolvers<void>();
  const stdout = new Writable({
    highWaterMark: 1,
    write: (_chunk, _encoding, done) => {
      taken.push(done);
      asked.resolve();
    },
  });
  const interrupted = new AbortController();
  const run = runCaptured(['cat', 'test:a'], {
    schemes: { test: schemeOf(createFileStore(file.driver)) },
    stdout,
    signal: interrupted.signal,
  });
  await asked.promise;
  await new Promise((resolve) => setImmediate(resolve));
  expect(file.read()).toBeLessThanOrEqual(2);
  interrupted.abort();
  expect(await run).toMatchObject({ exitCode: 130, stderr: '' });
});

test('a reader that goes away ends it quietly, and the store is closed', async () => {
  const file = endlessFile(1000);
  let closed = 0;
  const stdout = new Writable({
    write: (_chunk, _encoding, done) => done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })),
  });
  const schemes = { test: schemeOf(createFileStore(file.driver), () => (closed += 1)) };
  expect(await runCaptured(['cat', 'test:a'], { schemes, stdout })).toMatchObject({ exitCode: 0, stderr: '' });
  expect(file.read()).toBeLessThanOrEqual(2);
  expect(closed).toBe(1);
});

test('an output that cannot be written is an error', async () => {
  const store = new MemoryFileStore();
  await store.write('a', 'secret');
  const stdout = new Writable({
    write: (_chunk, _encoding, done) => done(Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })),
  });
  const { exitCode, stderr } = await runCaptured(['cat', 'test:a'], { schemes: { test: schemeOf(store) }, stdout });
  expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: 'oh-storage: [no-space] ENOSPC: no space left on device, write\n' });
});

test('the contents of a file are not part of an error', async () => {
  const directory = await temporaryDirectory();
  await writeFile(join(directory, 'file'), 'secret');
  const { stderr } = await runCaptured(['cat', '--debug', 'local:file/deeper'], { cwd: directory });
  expect(stderr).not.toContain('secret');
  expect(await readFile(join(directory, 'file'), 'utf8')).toBe('secret');
});
