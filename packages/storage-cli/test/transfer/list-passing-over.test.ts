import { createFileStore, FileStoreError, MemoryFileStore } from '@oh/file-store-core';
import { expect, test } from 'vitest';
import { PathFilter } from '../../src/filter/path-filter.ts';
import { copyFiles } from '../../src/transfer/copy-files.ts';
import { isAnythingThere } from '../../src/transfer/delete-extraneous.ts';
import { listPassingOver } from '../../src/transfer/list-passing-over.ts';
import { moveFiles } from '../../src/transfer/move-files.ts';
import { syncFiles } from '../../src/transfer/sync-files.ts';
import type { TransferPlace } from '../../src/transfer/transfer-place.ts';
import type { TransferFailure } from '../../src/transfer/transfer-report.ts';
import { treeOf } from './tree.ts';

type Place = { -readonly [name in keyof TransferPlace]: TransferPlace[name] } & { read: number };

/** A place whose listing tells how much of it was read, and that has a directory which may not be listed. */
function placeOf(store: MemoryFileStore, path: string, exclude: readonly string[], closed?: string): Place {
  const place = { store, path, read: 0, ignores: (file: string) => filter.leavesOut(file) };
  const filter = new PathFilter({ exclude });
  const watched = createFileStore({
    capabilities: { ...store.capabilities, append: false },
    write: async (file, contents, options) => await store.write(file, contents, options),
    read: async (file, options) => {
      const opened = await store.open(file, options);
      return { info: opened.info, body: opened.stream() };
    },
    stat: async (file, options) => await store.stat(file, options),
    delete: async (file, options) => await store.delete(file, options),
    entries: async function* (directory, options) {
      for await (const entry of store.entries(directory, options)) {
        if (closed !== undefined && entry.path.startsWith(`${closed}/`)) {
          throw new FileStoreError('permission-denied', `${closed} may not be listed`, { path: closed });
        }
        place.read += 1;
        yield entry;
      }
    },
  });
  return Object.assign(place, { store: watched });
}

async function list(place: TransferPlace): Promise<readonly string[]> {
  return (await Array.fromAsync(listPassingOver(place, {}))).map(({ path }) => path);
}

async function storeOf(...paths: readonly string[]): Promise<MemoryFileStore> {
  const store = new MemoryFileStore();
  for (const path of paths) {
    await store.write(path, '');
  }
  return store;
}

test.each(['', 'top'])('a large directory in which nothing counts is passed over, below %j', async (top) => {
  const prefix = top === '' ? '' : `${top}/`;
  const large = Array.from({ length: 5000 }, (_, index) => `${prefix}d/cache/${index}`);
  const counting = ['a', 'd/b', 'd/cache-', 'd/cache0', 'd/cache0/x', 'd/cache1', 'e'].map((path) => `${prefix}${path}`);
  const store = await storeOf(...large, ...counting, `${prefix}d/cache0.tmp`);
  const place = placeOf(store, top, ['cache/', '*.tmp']);
  expect([...(await list(place))].sort()).toEqual([...counting].sort());
  expect(place.read).toBeLessThan(1100);
});

test('files that are left out by their own names are no reason to pass over the others', async () => {
  const store = await storeOf(...Array.from({ length: 3000 }, (_, index) => `d/${index}.tmp`), 'd/9999', 'd/x');
  expect(await list(placeOf(store, '', ['*.tmp']))).toEqual(['d/9999', 'd/x']);
});

test('what follows a directory that is passed over counts only by the same rules', async () => {
  const store = await storeOf(...Array.from({ length: 1500 }, (_, index) => `cache/${index}`), 'cache0', 'x');
  expect(await list(placeOf(store, '', ['cache/', 'cache0']))).toEqual(['x']);
});

test('a directory that is closed is passed over when nothing in it counts, and else is an error', async () => {
  const store = await storeOf('a', 'closed/x', 'closed0', 'z');
  expect(await list(placeOf(store, '', ['/closed/'], 'closed'))).toEqual(['a', 'closed0', 'z']);
  await expect(list(placeOf(store, '', ['/other/'], 'closed'))).rejects.toThrow('may not be listed');
  // The listing goes on where the store does not let it.
  await expect(list(placeOf(await storeOf('a', 'closed/x'), '', ['/a/'], 'closed'))).rejects.toThrow('may not be listed');
});

test('a directory that is closed is told, and the rest is listed', async () => {
  const told: string[] = [];
  for (const top of ['', 'top']) {
    const prefix = top === '' ? '' : `${top}/`;
    const store = await storeOf(...['a', 'closed/x', 'closed0', 'z'].map((path) => `${prefix}${path}`));
    const place = placeOf(store, top, [], `${prefix}closed`);
    place.onClosed = (path, error) => void told.push(`${path} ${error.code}`);
    expect(await list(place)).toEqual(['a', 'closed0', 'z'].map((path) => `${prefix}${path}`));
  }
  expect(told).toEqual(['closed permission-denied', 'closed permission-denied']);
  // The directory itself is no part of it.
  const root = placeOf(await storeOf('top/x'), 'top', [], 'top');
  await expect(list({ ...root, onClosed: () => undefined })).rejects.toThrow('may not be listed');
});

test.each(['copyFiles', 'moveFiles', 'syncFiles'] as const)(
  '%s names a closed directory, takes the rest, and deletes nothing',
  async (name) => {
    const [from, to] = [await storeOf('a', 'closed/x', 'z'), await storeOf('closed/x', 'old')];
    const failures: TransferFailure[] = [];
    const options = { delete: true, onFailure: (failure: TransferFailure) => failures.push(failure) };
    const transfer = { copyFiles, moveFiles, syncFiles }[name];
    const result = await transfer({ store: placeOf(from, '', [], 'closed').store, path: '' }, { store: to, path: '' }, options);
    expect(result).toMatchObject({ copied: 2, failed: 1, deleted: 0 });
    expect(failures).toEqual([{ action: 'list', path: 'closed', error: expect.objectContaining({ code: 'permission-denied' }) }]);
    expect(Object.keys(await treeOf(to)).sort()).toEqual(['a', 'closed/x', 'old', 'z']);
  },
);

test('a directory with the longest name that there is is gone through', async () => {
  const long = 'n'.repeat(255);
  const store = await storeOf(...Array.from({ length: 1500 }, (_, index) => `${long}/${index}`), 'z');
  expect(await list(placeOf(store, '', ['nn*/']))).toEqual(['z']);
});

test('a closed directory that does not count keeps nobody from seeing that there is anything', async () => {
  const store = await storeOf('closed/x', 'z');
  expect(await isAnythingThere(placeOf(store, '', ['/closed/'], 'closed'), {})).toBe(true);
  expect(await isAnythingThere(placeOf(await storeOf('z'), '', ['z']), {})).toBe(true);
  expect(await isAnythingThere(placeOf(await storeOf(), '', ['z']), {})).toBe(false);
  await expect(isAnythingThere(placeOf(store, '', ['/other/'], 'closed'), {})).rejects.toThrow('may not be listed');
});
