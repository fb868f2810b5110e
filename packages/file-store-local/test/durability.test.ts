import { existsSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { createFileStore, type FileStore } from '@oh/file-store-core';
import { expect, it } from 'vitest';
import { syncDirectory } from '../src/directories.ts';
import { LocalDriver, type SyncCalls } from '../src/local-driver.ts';
import { temporaryDirectory } from './temporary-root.ts';

/** A store whose syncs are recorded, and fail when told to. */
function recorded(durability: 'durable' | 'atomic' = 'durable'): { store: FileStore; root: string; log: string[]; fail: Set<string> } {
  const root = temporaryDirectory();
  const log: string[] = [];
  const fail = new Set<string>();
  const calls: SyncCalls = {
    file: async (handle) => {
      log.push(`file ${(await handle.stat()).size}, visible: ${existsSync(join(root, 'dir/file'))}`);
      if (fail.has('file')) {
        throw Object.assign(new Error('EIO: i/o error, fsync'), { code: 'EIO' });
      }
      await handle.sync();
    },
    directory: async (directory) => {
      log.push(`directory "${relative(root, directory)}", visible: ${existsSync(join(root, 'dir/file'))}`);
      if (fail.has('directory')) {
        throw Object.assign(new Error('EIO: i/o error, fsync'), { code: 'EIO' });
      }
      await syncDirectory(directory);
    },
  };
  return { store: createFileStore(new LocalDriver({ root, durability }, calls)), root, log, fail };
}

it('syncs the contents before they are visible, then each new directory, then the name', async () => {
  const { store, log } = recorded();
  await store.write('dir/file', '12345');
  expect(log).toEqual([
    'directory "", visible: false',
    'file 5, visible: false',
    'directory "", visible: false',
    'directory "dir", visible: true',
  ]);
});

it('syncs what it appends, moves and deletes', async () => {
  const { store, log } = recorded();
  await store.write('dir/file', '12345');
  log.length = 0;
  await store.append('dir/file', '67');
  expect(log).toEqual(['file 7, visible: true', 'directory "dir", visible: true']);
  log.length = 0;
  await store.move('dir/file', 'moved');
  expect(log).toEqual(['file 7, visible: true', 'directory "", visible: false', 'directory "", visible: false']);
  log.length = 0;
  await store.delete('moved');
  expect(log).toEqual(['directory "", visible: false']);
});

it('syncs nothing when it is only atomic', async () => {
  const { store, log } = recorded('atomic');
  await store.write('dir/file', '12345');
  await store.append('dir/file', '67');
  await store.delete('dir');
  expect(log).toEqual([]);
});

it('shares the syncs of a directory between concurrent writes', async () => {
  const { store, log } = recorded();
  await store.write('dir/start', 'x');
  log.length = 0;
  await Promise.all(Array.from({ length: 64 }, (_, i) => store.write(`dir/${i}`, 'x')));
  const directorySyncs = log.filter((line) => line.startsWith('directory')).length;
  expect(log.length - directorySyncs).toBe(64);
  expect(directorySyncs).toBeLessThan(64);
});

it('keeps the old file when its contents cannot be synced, and takes no more changes', async () => {
  const { store, root, fail } = recorded();
  await store.write('dir/file', 'old');
  fail.add('file');
  const refused = { code: 'unavailable', retryable: false, message: expect.stringContaining('fsync failed') };
  await expect(store.write('dir/file', 'new')).rejects.toMatchObject(refused);
  fail.clear();
  await expect(store.write('dir/file', 'newer')).rejects.toMatchObject({ ...refused, path: 'dir/file' });
  await expect(store.append('dir/file', 'x')).rejects.toMatchObject(refused);
  await expect(store.move('dir/file', 'x')).rejects.toMatchObject(refused);
  await expect(store.copy('dir/file', 'x')).rejects.toMatchObject(refused);
  await expect(store.delete('dir/file')).rejects.toMatchObject(refused);
  expect(await store.read('dir/file')).toBe('old');
  expect(readdirSync(join(root, '.oh-tmp')).filter((name) => !/^(lock|session)-/.test(name))).toEqual([]);
});

it('never acknowledges a write whose name could not be synced, nor syncs again', async () => {
  const { store, log, fail } = recorded();
  await store.write('dir/other', 'x');
  fail.add('directory');
  const results = await Promise.allSettled([store.write('dir/file', 'x'), store.write('dir/file2', 'x')]);
  expect(results.map((result) => result.status)).toEqual(['rejected', 'rejected']);
  const synced = log.length;
  await expect(store.write('dir/file', 'x')).rejects.toMatchObject({ code: 'unavailable' });
  expect(log.length).toBe(synced);
});
