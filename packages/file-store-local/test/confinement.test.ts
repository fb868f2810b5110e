import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { FileStore } from '@oh/file-store-core';
import { expect, it, onTestFinished } from 'vitest';
import { LocalFileStore } from '../src/index.ts';
import { temporaryDirectory } from './temporary-root.ts';

/** A root with links planted in it, and a directory outside that nobody may touch. */
function plant(): { store: LocalFileStore; root: string; outside: string } {
  const base = temporaryDirectory();
  const root = join(base, 'root');
  const outside = join(base, 'outside');
  mkdirSync(join(root, 'dir'), { recursive: true });
  mkdirSync(join(outside, 'sub'), { recursive: true });
  writeFileSync(join(outside, 'secret'), 'secret');
  writeFileSync(join(outside, 'sub', 'deep'), 'deep');
  writeFileSync(join(root, 'mine'), 'mine');
  symlinkSync(outside, join(root, 'linked-dir'));
  symlinkSync(join(outside, 'secret'), join(root, 'linked-file'));
  symlinkSync(join(outside, 'secret'), join(root, 'dir', 'linked-file'));
  symlinkSync(join(outside, 'new'), join(root, 'dangling'));
  symlinkSync('../..', join(root, 'dir', 'up'));
  return { store: new LocalFileStore({ root }), root, outside };
}

function checkOutside(outside: string): void {
  expect(readdirSync(outside).sort()).toEqual(['secret', 'sub']);
  expect(readFileSync(join(outside, 'secret'), 'utf8')).toBe('secret');
  expect(readFileSync(join(outside, 'sub', 'deep'), 'utf8')).toBe('deep');
}

const throughLinks = ['linked-dir/secret', 'linked-dir/sub/deep', 'linked-dir/new', 'dir/up/outside/secret', 'dir/up/new'];
const finalLinks = ['linked-file', 'dir/linked-file', 'dangling', 'linked-dir'];

const reading: Readonly<Record<string, (store: FileStore, path: string) => Promise<unknown>>> = {
  read: (store, path) => store.read(path),
  readStream: (store, path) => store.readStream(path),
  open: (store, path) => store.open(path),
  stat: (store, path) => store.stat(path),
  exists: (store, path) => store.exists(path),
  copyFrom: (store, path) => store.copy(path, 'copied'),
  moveFrom: (store, path) => store.move(path, 'moved'),
};

const writing: Readonly<Record<string, (store: FileStore, path: string) => Promise<unknown>>> = {
  write: (store, path) => store.write(path, 'planted'),
  create: (store, path) => store.write(path, 'planted', { ifAbsent: true }),
  stream: (store, path) => store.write(path, new Blob(['planted']).stream()),
  append: (store, path) => store.append(path, 'planted'),
  copyTo: (store, path) => store.copy('mine', path),
  moveTo: (store, path) => store.move('mine', path),
};

for (const [name, operation] of Object.entries({ ...reading, ...writing })) {
  it(`never follows a symbolic link: ${name}`, async () => {
    const { store, outside } = plant();
    for (const path of [...throughLinks, ...finalLinks]) {
      await expect(operation(store, path), path).rejects.toMatchObject({
        code: 'permission-denied',
        message: expect.stringContaining('symbolic link'),
      });
    }
    checkOutside(outside);
    expect(await store.read('mine')).toBe('mine');
  });
}

it('lists neither links nor what is behind them', async () => {
  const { store, outside } = plant();
  expect(await store.list()).toEqual(['dir/', 'mine']);
  expect(await store.list('dir')).toEqual([]);
  await expect(store.list('linked-dir')).rejects.toMatchObject({ code: 'permission-denied' });
  await expect(store.list('linked-dir/sub')).rejects.toMatchObject({ code: 'permission-denied' });
  const entries = await Array.fromAsync(store.entries('', { recursive: true }));
  expect(entries.map((entry) => entry.path)).toEqual(['mine']);
  checkOutside(outside);
});

it('deletes a link itself, or with its directory, and never what it points to', async () => {
  const { store, root, outside } = plant();
  await expect(store.delete('linked-dir/secret')).rejects.toMatchObject({ code: 'permission-denied' });
  await expect(store.delete('dir/up/outside')).rejects.toMatchObject({ code: 'permission-denied' });
  await store.delete('linked-dir');
  await store.delete('linked-file');
  await store.delete('dir');
  checkOutside(outside);
  expect(readdirSync(root).sort()).toEqual(['.oh-tmp', 'dangling', 'mine']);
});

it('writes nothing through a link planted in place of its directory for temporary files', async () => {
  const { store, root, outside } = plant();
  symlinkSync(outside, join(root, '.oh-tmp'));
  await expect(store.write('new', 'x')).rejects.toMatchObject({ code: 'permission-denied' });
  await expect(store.delete('dir')).rejects.toMatchObject({ code: 'permission-denied' });
  checkOutside(outside);
});

it('opens a root that is itself behind a link', async () => {
  const { root } = plant();
  const store = new LocalFileStore({ root: join(root, 'linked-dir') });
  expect(await store.read('secret')).toBe('secret');
});

it.runIf(process.platform !== 'win32')('hangs on no pipe', async () => {
  const { store, root } = plant();
  execFileSync('mkfifo', [join(root, 'pipe')]);
  await expect(store.read('pipe')).rejects.toMatchObject({ code: 'permission-denied' });
  expect(await store.list()).toEqual(['dir/', 'mine']);
});

it.runIf(process.platform !== 'win32')('refuses pipes and sockets, to read and to write over, by one code', async () => {
  const { store, root } = plant();
  execFileSync('mkfifo', [join(root, 'pipe')]);
  const server = createServer().listen(join(root, 'socket'));
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  for (const path of ['pipe', 'socket']) {
    for (const operation of [
      () => store.read(path),
      () => store.stat(path),
      () => store.write(path, 'x'),
      () => store.append(path, 'x'),
      () => store.copy('mine', path),
      () => store.move('mine', path),
      () => store.move(path, 'other'),
    ]) {
      await expect(operation(), `${path}: ${operation}`).rejects.toMatchObject({ code: 'permission-denied' });
    }
  }
  expect(lstatSync(join(root, 'pipe')).isFIFO() && lstatSync(join(root, 'socket')).isSocket()).toBe(true);
  await store.delete('pipe');
  expect(existsSync(join(root, 'pipe'))).toBe(false);
});

it('reserves the name of its directory for temporary files at every level', async () => {
  const { store, root } = plant();
  for (const path of ['.oh-tmp', '.oh-tmp/x', 'a/.oh-tmp/x']) {
    await expect(store.write(path, 'x')).rejects.toMatchObject({ code: 'invalid-path' });
    await expect(store.read(path)).rejects.toMatchObject({ code: 'invalid-path' });
    await expect(store.delete(path)).rejects.toMatchObject({ code: 'invalid-path' });
  }
  mkdirSync(join(root, 'nested', '.oh-tmp'), { recursive: true });
  writeFileSync(join(root, 'nested', 'x'), 'x');
  expect(await store.list('nested')).toEqual(['nested/x']);
  expect(existsSync(join(root, 'a'))).toBe(false);
});
