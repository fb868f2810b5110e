import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MemoryFileStore } from '@oh/file-store-core';
import { expect, test } from 'vitest';
import { runCaptured } from './run-captured.ts';
import { schemeOf } from './scheme-of.ts';
import { temporaryDirectory } from './temporary-directory.ts';

test('what the store knows of a file is shown, for people and as JSON', async () => {
  const store = new MemoryFileStore({ now: () => new Date('2025-06-12T09:30:11.123Z') });
  const { version } = await store.write('a/b.md', 'abc', { contentType: 'text/markdown', metadata: { author: 'x' } });
  const schemes = { test: schemeOf(store) };
  expect((await runCaptured(['stat', 'test:a/b.md'], { schemes })).stdout).toBe(
    [
      'url          test:a/b.md',
      'kind         file',
      'size         3',
      `version      ${version}`,
      'modifiedAt   2025-06-12T09:30:11.123Z',
      'contentType  text/markdown',
      'metadata     {"author":"x"}',
      '',
    ].join('\n'),
  );
  const { stdout } = await runCaptured(['stat', '--json', 'test:a/b.md'], { schemes });
  expect(JSON.parse(stdout)).toEqual({
    url: 'test:a/b.md',
    kind: 'file',
    size: 3,
    version,
    modifiedAt: '2025-06-12T09:30:11.123Z',
    contentType: 'text/markdown',
    metadata: { author: 'x' },
  });
});

test('the version is the one that put shows and that --if-version takes', async () => {
  const cwd = await temporaryDirectory();
  const { stdout } = await runCaptured(['put', 'local:a'], { cwd, stdin: 'x' });
  expect(JSON.parse((await runCaptured(['stat', '--json', 'local:a'], { cwd })).stdout).version).toBe(stdout.trim());
});

test('a directory is shown as one; what is missing is an error', async () => {
  const cwd = await temporaryDirectory();
  await mkdir(join(cwd, 'empty'));
  await writeFile(join(cwd, 'file'), '');
  expect((await runCaptured(['stat', '--json', 'local:empty'], { cwd })).stdout).toBe('{"url":"local:empty","kind":"directory"}\n');
  expect(await runCaptured(['stat', 'local:nope'], { cwd })).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('[not-found]') });
  expect(await runCaptured(['stat', 'local:file/'], { cwd })).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('[not-found]'),
  });
});
