import { existsSync, fstatSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { createFileStore, type FileStore } from '@oh/file-store-core';
import { expect, it } from 'vitest';
import { fdatasync, fsync } from '../src/descriptors.ts';
import { type DiskCalls, LocalDriver } from '../src/local-driver.ts';
import { temporaryDirectory } from './temporary-root.ts';

/** A store whose syncs are recorded, and fail when told to. */
function recorded(durability: 'durable' | 'atomic' = 'durable'): { store: FileStore; root: string; log: string[]; fail: Set<string> } {
  const root = temporaryDirectory();
  const log: string[] = [];
  const fail = new Set<string>();
  const check = (kind: string): void => {
    if (fail.has('ENOSPC')) {
      throw Object.assign(new Error('ENOSPC: no space left on device, fsync'), { code: 'ENOSPC' });
    }
    if (fail.has(kind)) {
      throw Object.assign(new Error('EIO: i/o error, fsync'), { code: 'EIO' });
    }
  };
  const isVisible = (): boolean => existsSync(join(root, 'dir/file'));
  const calls: Partial<DiskCalls> = {
    file: async (fd) => {
      log.push(`file ${fstatSync(fd).size}, visible: ${isVisible()}`);
      check('file');
      await fsync(fd);
    },
    data: async (fd) => {
      log.push(`data ${fstatSync(fd).size}, visible: ${isVisible()}`);
      check('file');
      await fdatasync(fd);
    },
    directory: async (fd, directory) => {
      log.push(`directory "${relative(root, directory)}", visible: ${isVisible()}`);
      check('directory');
      await fsync(fd);
    },
    isLocal: () => true,
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

it.each([
  ['file', 'EINVAL', 'unsupported', 'has no fsync (EINVAL); open the store with the durability "atomic"'],
  ['directory', 'ENOTSUP', 'unsupported', 'has no fsync (ENOTSUP)'],
  ['directory', 'ERR_ACCESS_DENIED', 'permission-denied', 'Node runs with --permission'],
] as const)('says of a %s that cannot be synced at all (%s) why, each time', async (kind, errno, code, message) => {
  const refuse = async (): Promise<never> => {
    throw Object.assign(new Error(errno), { code: errno });
  };
  const store = createFileStore(new LocalDriver({ root: temporaryDirectory() }, { [kind]: refuse }));
  for (const path of ['a', 'b/c']) {
    await expect(store.write(path, 'x')).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  }
  expect(await Array.fromAsync(store.entries('', { recursive: true }))).toEqual([]);
});

it('syncs what it appends, moves and deletes', async () => {
  const { store, log } = recorded();
  await store.write('dir/file', '12345');
  log.length = 0;
  await store.append('dir/file', '67');
  expect(log).toEqual(['data 7, visible: true', 'directory "dir", visible: true']);
  log.length = 0;
  await store.move('dir/file', 'moved');
  expect(log).toEqual(['file 7, visible: true', 'directory "", visible: false', 'directory "", visible: false']);
  log.length = 0;
  await store.delete('moved');
  expect(log).toEqual(['directory "", visible: false']);
});

it('syncs the directory once for all that is appended to a file, also where more files grow than stay open', async () => {
  const { store, log } = recorded();
  for (let file = 0; file < 20; file += 1) {
    await store.append(`log-${file}`, 'one');
  }
  log.length = 0;
  await store.append('log-0', 'two');
  expect(log).toEqual(['data 6, visible: false']);
});

it('syncs metadata before its file is visible', async () => {
  const { store, log } = recorded();
  await store.write('dir/other', 'x');
  log.length = 0;
  await store.write('dir/file', '12345', { metadata: { a: 'b' } });
  expect(log).toEqual([
    'file 5, visible: false',
    'directory "", visible: false',
    'file 23, visible: false',
    'directory ".oh-metadata", visible: false',
    'directory "dir", visible: true',
  ]);
});

it('says no-space for an fsync that finds none, then that it takes no more changes', async () => {
  const { store, fail } = recorded();
  fail.add('ENOSPC');
  await expect(store.write('dir/file', 'x')).rejects.toMatchObject({ code: 'no-space', message: expect.stringContaining('ENOSPC') });
  await expect(store.write('dir/file', 'x')).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining('no more changes'),
  });
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
  const refused = {
    code: 'unavailable',
    retryable: false,
    message: expect.stringMatching(/^\[unavailable\] cannot .* ".*": an fsync failed \(EIO\)/),
  };
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

it('acknowledges no append that waited while an fsync failed, and does not make it', async () => {
  const root = temporaryDirectory();
  let waiting: Promise<unknown> | undefined;
  const data = async (fd: number): Promise<void> => {
    if (waiting === undefined) {
      waiting = store.append('log', 'second,').catch((error: unknown) => error);
      throw Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' });
    }
    await fdatasync(fd);
  };
  const store: FileStore = createFileStore(new LocalDriver({ root }, { data, isLocal: () => true }));
  await store.append('log', 'zeroth,');
  await expect(store.append('log', 'first,')).rejects.toMatchObject({ code: 'unavailable', retryable: false });
  expect(await waiting).toMatchObject({ code: 'unavailable', retryable: false });
  expect(await store.read('log')).toBe('zeroth,first,');
});

it('acknowledges no name whose fsync came after a failed one of the same directory', async () => {
  const root = temporaryDirectory();
  let second: Promise<unknown> | undefined;
  const directory = async (fd: number, path: string): Promise<void> => {
    if (path === join(root, 'dir') && existsSync(join(root, 'dir/first')) && second === undefined) {
      second = store.write('dir/second', 'x').catch((error: unknown) => error);
      await expect.poll(() => existsSync(join(root, 'dir/second'))).toBe(true);
      throw Object.assign(new Error('EIO: i/o error, fsync'), { code: 'EIO' });
    }
    await fsync(fd);
  };
  const store: FileStore = createFileStore(new LocalDriver({ root }, { directory }));
  await expect(store.write('dir/first', 'x')).rejects.toMatchObject({ code: 'unavailable', retryable: false });
  expect(await second).toMatchObject({ code: 'unavailable', retryable: false });
});
