import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { watch } from 'node:fs';
import { chmod, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { LocalFileStore } from '@oh/file-store-local';
import { expect, onTestFinished, test } from 'vitest';
import { localScheme } from '../src/locations/local-scheme.ts';
import { runCaptured } from './run-captured.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** Where the scheme finds a location, as `root | path`. */
async function placeOf(cwd: string, rest: string, purpose: 'contents' | 'entry' = 'contents', home = cwd): Promise<string> {
  const { storeKey, path } = await localScheme.resolve(rest, { cwd, env: { HOME: home }, purpose });
  return `${storeKey.slice('local:'.length)} | ${path}`;
}

async function directoryWith(...directories: readonly string[]): Promise<string> {
  const root = await temporaryDirectory();
  for (const directory of directories) {
    await mkdir(join(root, directory), { recursive: true });
  }
  return root;
}

test.each(['.oh-tmp', '.oh-metadata'])(
  'the nearest directory with %s is the root, of files, of directories and of what is missing',
  async (mark) => {
    const cwd = await directoryWith(mark, 'a/b/c', `a/inner/${mark}`, 'a/inner/d');
    await writeFile(join(cwd, 'a/b/file'), '');
    expect(await placeOf(cwd, 'a/b/file')).toBe(`${cwd} | a/b/file`);
    expect(await placeOf(cwd, 'a/b')).toBe(`${cwd} | a/b`);
    expect(await placeOf(cwd, '.')).toBe(`${cwd} | `);
    expect(await placeOf(cwd, 'a/b/new/er/file')).toBe(`${cwd} | a/b/new/er/file`);
    expect(await placeOf(cwd, 'a/inner/d/file')).toBe(`${cwd}/a/inner | d/file`);
    expect(await placeOf(cwd, 'a/inner')).toBe(`${cwd}/a/inner | `);
    expect(await placeOf(cwd, 'a/b', 'entry')).toBe(`${cwd} | a/b`);
    expect(await placeOf(cwd, 'a/inner', 'entry')).toBe(`${cwd} | a/inner`);
  },
);

test('a link is no mark, and neither is a file', async () => {
  const cwd = await directoryWith('a/b', 'elsewhere');
  await symlink(join(cwd, 'elsewhere'), join(cwd, '.oh-tmp'));
  await writeFile(join(cwd, 'a/.oh-tmp'), '');
  expect(await placeOf(cwd, 'a/b/file')).toBe(`${cwd}/a/b | file`);
});

test('the home directory may be a root, and nothing above it', async () => {
  const directory = await directoryWith('.oh-tmp', 'home/a', 'outside');
  const home = join(directory, 'home');
  await symlink(home, join(directory, 'link'));
  expect(await placeOf(home, 'a/file')).toBe(`${home}/a | file`);
  expect(await placeOf(home, 'a/file', 'contents', join(directory, 'link'))).toBe(`${home}/a | file`);
  expect(await placeOf(home, '../outside/file')).toBe(`${directory} | outside/file`);
  await mkdir(join(home, '.oh-tmp'));
  expect(await placeOf(home, 'a/file')).toBe(`${home} | a/file`);
});

test('a mark in a directory where strangers may leave one does not count', async () => {
  const cwd = await directoryWith('.oh-tmp', 'a/b');
  await chmod(cwd, 0o1777);
  expect(await placeOf(cwd, 'a/b/file')).toBe(`${cwd}/a/b | file`);
});

function run(program: string, ...args: readonly string[]): void {
  execFileSync(program, args);
}

const isRoot = process.platform === 'linux' && process.getuid?.() === 0;

test.runIf(isRoot)(`a mark on another file system does not count${isRoot ? '' : ' (skipped: needs root to mount one)'}`, async () => {
  const cwd = await directoryWith('.oh-tmp', 'mounted');
  const mounted = join(cwd, 'mounted');
  run('mount', '-t', 'tmpfs', '-o', 'mode=700', 'tmpfs', mounted);
  onTestFinished(() => void run('umount', mounted));
  await mkdir(join(mounted, 'a'));
  expect(await placeOf(cwd, 'mounted/a/file')).toBe(`${mounted}/a | file`);
  await mkdir(join(mounted, '.oh-tmp'));
  expect(await placeOf(cwd, 'mounted/a/file')).toBe(`${mounted} | a/file`);
});

test('what lies in a store is listed, shown, copied and removed as ever', async () => {
  const cwd = await directoryWith('.oh-tmp', 'a/b', 'a/empty');
  await writeFile(join(cwd, 'a/b/file'), 'x');
  const cli = async (...argv: readonly string[]) => await runCaptured(argv, { cwd, env: { HOME: cwd } });
  expect(await cli('ls', 'local:.')).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^ +- {2}- +a\/\n$/) });
  expect(await cli('ls', '-r', 'local:a')).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/Z {2}b\/file\n$/) });
  expect(await cli('ls', 'local:a/empty')).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
  expect(await cli('cat', 'local:a/b/file')).toMatchObject({ exitCode: 0, stdout: 'x' });
  expect(await cli('cp', '-r', 'local:a/b', 'local:a/c')).toMatchObject({ exitCode: 0, stderr: '' });
  expect(await cli('cp', 'local:a/b/file', 'local:a/empty')).toMatchObject({ exitCode: 0, stderr: '' });
  expect(await cli('rm', '-r', 'local:a/b')).toMatchObject({ exitCode: 0, stderr: '' });
  expect((await readdir(join(cwd, 'a'), { recursive: true })).sort()).toEqual(['c', 'c/file', 'empty', 'empty/file']);
});

test('a file below the root of a live store is written through the temporary directory of that root', async () => {
  const cwd = await directoryWith('deep/er');
  const live = new LocalFileStore({ root: cwd });
  onTestFinished(() => live.close());
  await live.write('deep/file', 'old');
  const before = await readdir(join(cwd, '.oh-tmp'));
  const stdin = new PassThrough();
  const watcher = watch(cwd, { recursive: true });
  const put = runCaptured(['put', 'local:deep/er/file'], { cwd, env: { HOME: cwd }, stdin });
  stdin.write('new');
  const temporary = async (): Promise<string[]> => (await readdir(cwd, { recursive: true })).filter((path) => path.includes('.oh-tmp/'));
  while ((await temporary()).length <= before.length) {
    await once(watcher, 'change');
  }
  watcher.close();
  expect((await temporary()).filter((path) => !path.startsWith('.oh-tmp/'))).toEqual([]);
  stdin.end();
  expect(await put).toMatchObject({ exitCode: 0, stderr: '' });
  expect(await live.read('deep/er/file')).toBe('new');
  expect(await readdir(join(cwd, 'deep/er'))).toEqual(['file']);
});

test('a condition waits for the live store of another process that is writing the same file', async () => {
  const cwd = await temporaryDirectory();
  const script = fileURLToPath(new URL('slow-writer.ts', import.meta.url));
  const live = spawn(process.execPath, ['--conditions=@oh/source', script, cwd], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void live.kill('SIGKILL'));
  const ended = once(live, 'exit');
  const [version] = (await once(createInterface({ input: live.stdout }), 'line')) as [string];
  const put = await runCaptured(['put', '--if-version', version, 'local:deep/file'], { cwd, env: { HOME: cwd }, stdin: 'mine' });
  expect(put).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('[version-mismatch]') });
  expect(await ended).toEqual([0, null]);
  expect(await readFile(join(cwd, 'deep/file'), 'utf8')).toBe('second');
});
