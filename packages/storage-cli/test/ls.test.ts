import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type FileStore, FileStoreError, MemoryFileStore, withPrefix } from '@oh/file-store-core';
import { interceptFileStore } from '@oh/file-store-core/testing';
import { expect, onTestFinished, test } from 'vitest';
import { runCaptured } from './run-captured.ts';
import { schemeOf } from './scheme-of.ts';
import { temporaryDirectory } from './temporary-directory.ts';

async function createStore(): Promise<MemoryFileStore> {
  const store = new MemoryFileStore({ now: () => new Date('2025-06-12T09:30:11.123Z') });
  await store.write('data/b.txt', 'two');
  await store.write('data/a/deep/file', 'x'.repeat(1234));
  await store.write('data/a.txt', '');
  await store.write('other', '1');
  return store;
}

test('a directory is listed also where its name alone may not be looked at', async () => {
  const files = new MemoryFileStore();
  await files.write('team/a', 'a');
  const store = interceptFileStore(files, (operation, path) => {
    if (operation === 'stat' && !String(path).startsWith('team/')) {
      throw new FileStoreError('permission-denied', 'only team/ is yours');
    }
    if (operation === 'entries' && !`${String(path)}/`.startsWith('team/')) {
      throw new FileStoreError('permission-denied', 'only team/ is listed');
    }
  });
  const schemes = { test: schemeOf(store) };
  expect(await runCaptured(['ls', 'test:team'], { schemes })).toMatchObject({ exitCode: 0, stdout: expect.stringContaining(' a\n') });
  for (const url of ['test:other', 'test:team2']) {
    expect(await runCaptured(['ls', url], { schemes })).toMatchObject({
      exitCode: 1,
      stderr: 'oh-storage: [permission-denied] only team/ is yours\n',
    });
  }
});

test('a directory is shown as size, time and path from the URL, in the order of the store', async () => {
  const schemes = { test: schemeOf(await createStore()) };
  const { exitCode, stdout, stderr } = await runCaptured(['ls', 'test:data'], { schemes });
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout).toBe(
    [
      '           0  2025-06-12T09:30:11Z  a.txt\n',
      '           -  -                     a/\n',
      '           3  2025-06-12T09:30:11Z  b.txt\n',
    ].join(''),
  );
});

test('--recursive shows all files and no directories', async () => {
  const schemes = { test: schemeOf(await createStore()) };
  const { stdout } = await runCaptured(['ls', '-r', 'test:'], { schemes });
  const paths = stdout.split('\n').map((line) => line.split('  ').at(-1));
  expect(paths).toEqual(['data/a.txt', 'data/a/deep/file', 'data/b.txt', 'other', '']);
});

test('--json shows one object a line', async () => {
  const store = await createStore();
  const { stdout } = await runCaptured(['ls', '--json', 'test:data/'], { schemes: { test: schemeOf(store) } });
  const lines = stdout.trimEnd().split('\n');
  const { version } = await store.stat('data/b.txt');
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    expect.objectContaining({ kind: 'file', path: 'a.txt', size: 0 }),
    { kind: 'directory', path: 'a/' },
    { kind: 'file', path: 'b.txt', size: 3, version, modifiedAt: '2025-06-12T09:30:11.123Z' },
  ]);
});

test('--limit shows the first entries only', async () => {
  const schemes = { test: schemeOf(await createStore()) };
  const { stdout } = await runCaptured(['ls', '--limit', '2', '--recursive', 'test:'], { schemes });
  expect(stdout.split('\n')).toHaveLength(3);
});

test('a file is shown by its name', async () => {
  const schemes = { test: schemeOf(await createStore()) };
  expect((await runCaptured(['ls', 'test:data/b.txt'], { schemes })).stdout).toBe('           3  2025-06-12T09:30:11Z  b.txt\n');
  expect(await runCaptured(['ls', 'test:data/b.txt/'], { schemes })).toMatchObject({ exitCode: 1, stdout: '' });
});

test('what is missing is an error', async () => {
  const schemes = { test: schemeOf(await createStore()) };
  expect(await runCaptured(['ls', 'test:dat'], { schemes })).toMatchObject({
    exitCode: 1,
    stdout: '',
    stderr: 'oh-storage: [not-found] no such file or directory: "test:dat"\n',
  });
  expect(await runCaptured(['ls', 'memory:'])).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
});

test('the local disk: relative, absolute and home paths, an empty directory, a missing one', async () => {
  const directory = await temporaryDirectory();
  await mkdir(join(directory, 'data/empty'), { recursive: true });
  await writeFile(join(directory, 'data/a.txt'), 'abc');
  const options = { cwd: join(directory, 'data'), env: { HOME: directory } };
  const expected = (await runCaptured(['ls', 'local:.'], options)).stdout;
  expect(expected).toMatch(/^ {11}3 {2}\S+Z {2}a\.txt\n/);
  for (const url of ['local:../data', `local:${directory}/data`, 'local:~/data', `local://${directory}/data/`]) {
    expect(await runCaptured(['ls', url], options)).toMatchObject({ exitCode: 0, stdout: expected, stderr: '' });
  }
  expect(await runCaptured(['ls', 'local:a.txt'], options)).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/ a\.txt\n$/) });
  expect(await runCaptured(['ls', 'local:empty'], options)).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
  for (const url of ['local:nope', 'local:nope/', 'local:nope/deeper', 'local:a.txt/']) {
    const { exitCode, stderr } = await runCaptured(['ls', url], options);
    expect(exitCode).toBe(1);
    expect(stderr).toBe(`oh-storage: [not-found] no such file or directory: "${url}"\n`);
  }
});

test('a name cannot act upon the terminal', async () => {
  const store = new MemoryFileStore();
  await store.write('\u202egnp.exe', '');
  const schemes = { test: schemeOf(store) };
  expect((await runCaptured(['ls', 'test:'], { schemes })).stdout).toMatch(/ {2}\\u202egnp\.exe\n$/);
  const json = (await runCaptured(['ls', '--json', 'test:'], { schemes })).stdout;
  expect(json).toContain('"path":"\\u202egnp.exe"');
  expect(JSON.parse(json)).toMatchObject({ path: '\u202egnp.exe' });
});

test('a symbolic link that the user names is followed', async () => {
  const directory = await temporaryDirectory();
  await mkdir(join(directory, 'real/data'), { recursive: true });
  await writeFile(join(directory, 'real/data/a.txt'), 'abc');
  await symlink(join(directory, 'real/data'), join(directory, 'link'));
  expect((await runCaptured(['ls', 'local:link'], { cwd: directory })).stdout).toMatch(/ a\.txt\n$/);
  await symlink(join(directory, 'real/data/a.txt'), join(directory, 'file-link'));
  expect((await runCaptured(['ls', 'local:file-link'], { cwd: directory })).stdout).toMatch(/ file-link\n$/);
});

test('each directory that may not be read is named, the rest is listed, and the exit code is 1', async () => {
  const files = new MemoryFileStore();
  for (const path of ['data/a', 'data/closed/x', 'data/closed0', 'data/shut/x', 'data/z']) {
    await files.write(path, 'x');
  }
  const entries = files.entries.bind(files);
  const store: FileStore = Object.assign(withPrefix(files, ''), {
    entries: async function* (...asked: Parameters<FileStore['entries']>) {
      for await (const entry of entries(...asked)) {
        const [, closed] = /^(data\/(?:closed|shut))\//.exec(entry.path) ?? [];
        if (closed !== undefined) {
          throw new FileStoreError('permission-denied', `cannot list ${JSON.stringify(closed)}`, { path: closed });
        }
        yield entry;
      }
    },
  });
  const schemes = { test: schemeOf(store) };
  for (const json of [[], ['--json']]) {
    const run = await runCaptured(['ls', '-r', ...json, 'test:data'], { schemes });
    expect(run).toMatchObject({
      exitCode: 1,
      stderr: 'oh-storage: [permission-denied] cannot list "data/closed"\noh-storage: [permission-denied] cannot list "data/shut"\n',
    });
    expect(run.stdout.match(/\b(?:a|closed\w*|shut\w*|z)(?="|\n)/g)).toEqual(['a', 'closed0', 'z']);
    const limited = await runCaptured(['ls', '-r', '--limit', '1', ...json, 'test:data'], { schemes });
    expect({ ...limited, lines: limited.stdout.split('\n').length }).toMatchObject({ exitCode: 0, stderr: '', lines: 2 });
  }
});

test.runIf(process.platform !== 'win32')('a directory that may not be read is an error, not an empty one', async () => {
  const directory = await temporaryDirectory();
  const closed = join(directory, 'closed');
  await mkdir(closed);
  await chmod(directory, 0o755);
  await chmod(closed, 0);
  onTestFinished(() => chmod(closed, 0o700));
  if (process.getuid?.() === 0) {
    // Permissions do not hold back root; the user `nobody` they do.
    process.seteuid?.(65_534);
    onTestFinished(() => void process.seteuid?.(0));
  }
  const { exitCode, stderr } = await runCaptured(['ls', 'local:closed'], { cwd: directory });
  expect(exitCode).toBe(1);
  expect(stderr).toContain('[permission-denied] cannot list the root: EACCES');
});
