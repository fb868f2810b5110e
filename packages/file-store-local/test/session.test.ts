import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { lstatSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { Directories } from '../src/directories.ts';
import { LocalFileStore } from '../src/index.ts';
import { LocalRoot } from '../src/local-root.ts';
import { QuickCalls } from '../src/quick-calls.ts';
import { Session } from '../src/session.ts';
import { openPathsBelow } from './open-paths.ts';
import { temporaryDirectory } from './temporary-root.ts';

const script = fileURLToPath(new URL('endless-writer.ts', import.meta.url));

/** A process in the middle of writing `path`. */
async function startWriter(root: string, path: string): Promise<ChildProcess> {
  const writer = spawn(process.execPath, ['--conditions=@oh/source', script, root, path], { stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(() => void writer.kill('SIGKILL'));
  const [output] = (await once(writer.stdout ?? writer, 'data')) as [Buffer];
  expect(`${output}`).toBe('writing\n');
  return writer;
}

function namesIn(root: string): string[] {
  return readdirSync(join(root, '.oh-tmp'));
}

it('sweeps up after a process that was killed, and never after one that lives', { timeout: 120_000 }, async () => {
  const root = temporaryDirectory();
  const killed = await startWriter(root, 'killed');
  const alive = await startWriter(root, 'alive');
  killed.kill('SIGKILL');
  await once(killed, 'exit');
  expect(namesIn(root).filter((name) => /^[0-9a-f]{16}-\d+$/.test(name))).toHaveLength(2);

  const store = new LocalFileStore({ root });
  await store.write('mine', 'x');
  await store.close();
  expect(namesIn(root).filter((name) => /^[0-9a-f]{16}-\d+$/.test(name))).toHaveLength(1);

  alive.stdin?.end('end it\n');
  await once(alive, 'exit');
  const reader = new LocalFileStore({ root });
  expect(await reader.read('alive')).toBe('first last');
  expect(await reader.list()).toEqual(['alive', 'mine', 'other']);
});

it('leaves nothing behind after all others were killed, whatever their locks were', { timeout: 120_000 }, async () => {
  const root = temporaryDirectory();
  const [killed, alive] = [await startWriter(root, 'killed'), await startWriter(root, 'alive')];
  for (const name of ['lock-03', 'lock-31']) {
    writeFileSync(join(root, '.oh-tmp', name), '');
  }
  killed.kill('SIGKILL');
  await once(killed, 'exit');
  const beside = new LocalFileStore({ root });
  await beside.write('mine', 'x');
  await beside.close();
  expect(namesIn(root)).toEqual(expect.arrayContaining(['lock-03', 'lock-31']));
  alive.kill('SIGKILL');
  await once(alive, 'exit');
  const alone = new LocalFileStore({ root });
  await alone.write('mine', 'y');
  await alone.close();
  expect(readdirSync(root).filter((name) => name.startsWith('.'))).toEqual([]);
});

it('finishes the deletion of a directory that was cut short, and leaves what is not its own', async () => {
  const root = temporaryDirectory();
  mkdirSync(join(root, '.oh-tmp', '0123456789abcdef-7', 'deep'), { recursive: true });
  writeFileSync(join(root, '.oh-tmp', '0123456789abcdef-7', 'deep', 'file'), 'x');
  writeFileSync(join(root, '.oh-tmp', 'notes.txt'), 'not ours');
  const store = new LocalFileStore({ root });
  await store.write('file', 'x');
  await store.close();
  expect(namesIn(root)).toEqual(['notes.txt']);
});

it('goes on when somebody removes its directory with everything in it', async () => {
  const root = temporaryDirectory();
  const store = new LocalFileStore({ root });
  await store.write('one', 'x');
  rmSync(join(root, '.oh-tmp'), { recursive: true });
  await Promise.all([store.write('one', 'y'), store.write('two', 'x'), store.append('three', 'x')]);
  expect(await store.list()).toEqual(['one', 'three', 'two']);
  rmSync(join(root, '.oh-tmp'), { recursive: true });
  await store.close();
  expect(readdirSync(root)).toEqual(['one', 'three', 'two']);
});

it.runIf(process.platform === 'linux')(
  'has no file open but its locks, and none once its store is closed, also when its directory was removed meanwhile',
  async () => {
    const root = temporaryDirectory();
    const store = new LocalFileStore({ root });
    await store.write('one', 'x');
    rmSync(join(root, '.oh-tmp'), { recursive: true });
    await store.write('one', 'y');
    const beside = new LocalFileStore({ root });
    await beside.write('two', 'x', { contentType: 'text/plain' });
    await beside.write('large', new Blob([Buffer.alloc(1_000_000)]).stream());
    await beside.move('two', 'three');
    expect(openPathsBelow(root).filter((file) => !/\/\.oh-tmp\/(?:session-|lock-)/.test(file))).toEqual([]);
    expect(openPathsBelow(root).some((file) => file.includes('/session-'))).toBe(true);
    await Promise.all([store.close(), beside.close()]);
    expect(openPathsBelow(root)).toEqual([]);
  },
);

it('leaves no temporary file of a write that was made, refused or has failed', async () => {
  const root = temporaryDirectory();
  await using store = new LocalFileStore({ root });
  const kept = { contentType: 'text/plain' };
  const failure = new Error('mine');
  const failing = async function* (): AsyncGenerator<Uint8Array> {
    yield Buffer.from('x');
    throw failure;
  };
  await store.write('file', 'x', { ...kept, ifAbsent: true });
  await expect(store.write('file', 'y', { ...kept, ifVersion: 'other' })).rejects.toMatchObject({ code: 'version-mismatch' });
  await expect(store.write('file/below', 'y', kept)).rejects.toMatchObject({ code: 'path-conflict' });
  await expect(store.write('file', failing(), kept)).rejects.toBe(failure);
  const results = await Promise.allSettled(Array.from({ length: 8 }, () => store.write('raced', 'x', { ifAbsent: true })));
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  expect(namesIn(root).filter((name) => !/^(?:session|lock)-/.test(name))).toEqual([]);
});

it('begins anew once for all operations under way when its directory is removed', async () => {
  const root = temporaryDirectory();
  await using store = new LocalFileStore({ root, durability: 'atomic' });
  await store.write('file', 'old');
  rmSync(join(root, '.oh-tmp'), { recursive: true });
  const paths = Array.from({ length: 16 }, (_, i) => `directory/file-${i}`);
  await Promise.all(paths.map((path) => store.write(path, path)));
  expect(await Promise.all(paths.map((path) => store.read(path)))).toEqual(paths);
  expect(readdirSync(join(root, '.oh-tmp')).filter((name) => name.startsWith('session-'))).toHaveLength(1);
});

it('keeps its session, and does nothing twice, when something else is missing than its directory', async () => {
  const root = new LocalRoot(temporaryDirectory());
  const directories = new Directories({ root, mode: 0o700, exactMode: false, quick: new QuickCalls(), sync: undefined });
  const session = new Session({ root, directories, mode: 0o600 });
  await session.within({ path: 'file' }, () => undefined);
  let calls = 0;
  const missing = session.within({ path: 'file' }, (directory) => {
    calls += 1;
    return lstatSync(directory.entry('missing'));
  });
  await expect(missing).rejects.toMatchObject({ code: 'ENOENT' });
  expect(calls).toBe(1);
  await session.end();
});

it('says unavailable, never not-found, when its temporary file is removed under it', async () => {
  const root = temporaryDirectory();
  const store = new LocalFileStore({ root });
  await store.write('file', 'old');
  const removeMeanwhile = async function* (): AsyncGenerator<Uint8Array> {
    yield Buffer.from('new');
    rmSync(join(root, '.oh-tmp'), { recursive: true });
  };
  await expect(store.write('file', removeMeanwhile())).rejects.toMatchObject({ code: 'unavailable', retryable: true, path: 'file' });
  expect(await store.read('file')).toBe('old');
  await store.write('file', 'newer');
});
