import { createHash } from 'node:crypto';
import { type FileStore, FileStoreError, MemoryFileStore } from '@oh/file-store-core';
import { describe, expect, test } from 'vitest';
import { areApart } from '../../src/transfer/are-apart.ts';
import { watchedStore } from './watched-store.ts';

const here = { path: '' };
const address = 'test:dir';

test('two directories of one store that has two names are told from those of two stores', async () => {
  const base = new MemoryFileStore();
  const [one, two] = [watchedStore(base), watchedStore(base)];
  for (const [from, to, isApart] of [
    ['', '', false],
    ['a', 'a', false],
    ['a', 'a/b', false],
    ['a/b', 'a', false],
    ['a', 'b', true],
  ] as const) {
    expect([from, to, await areApart({ store: one, path: from }, { store: two, path: to }, { address })]).toEqual([from, to, isApart]);
  }
  expect(await areApart({ store: one, ...here }, { store: watchedStore(), ...here }, { address })).toBe(true);
  expect(await base.list()).toEqual([]);
});

describe('a source that may be read below a directory alone', () => {
  /** As a bucket of S3 whose user may list and read `team/` only. */
  function openTeam(base: MemoryFileStore): FileStore {
    return watchedStore(base, {
      before: (_, path) => {
        if (!path.startsWith('team/') || path.includes('/.oh-sync/')) {
          throw new FileStoreError('permission-denied', 'denied', { path });
        }
      },
    });
  }

  test('is apart from another store', async () => {
    const base = new MemoryFileStore();
    await base.write('team/a/file', 'x');
    expect(await areApart({ store: openTeam(base), path: 'team/a' }, { store: new MemoryFileStore(), ...here }, { address })).toBe(true);
  });

  test('is not taken for apart from what may be around it', async () => {
    const base = new MemoryFileStore();
    await base.write('team/a/file', 'x');
    for (const path of ['', 'team']) {
      const areThey = areApart({ store: openTeam(base), path: 'team/a' }, { store: watchedStore(base), path }, { address });
      await expect(areThey).rejects.toThrow('denied');
    }
  });
});

test('runs from one source to one target at the same time find the same', async () => {
  const base = new MemoryFileStore();
  const other = new MemoryFileStore();
  const find = async (to: FileStore): Promise<boolean[]> => {
    const runs = Array.from({ length: 4 }, () =>
      areApart({ store: watchedStore(base), ...here }, { store: watchedStore(to), ...here }, { address }),
    );
    return await Promise.all(runs);
  };
  expect(await find(base)).toEqual([false, false, false, false]);
  expect(await find(other)).toEqual([true, true, true, true]);
  expect(await Promise.all([base.list(), other.list()])).toEqual([[], []]);
});

test('a run that finds the file of another one in place of its own looks again', async () => {
  const base = new MemoryFileStore();
  const file = `.oh-sync/apart-${createHash('sha256').update(address).digest('hex').slice(0, 16)}`;
  let disturbed = 0;
  const from = watchedStore(base, {
    before: async (operation, path) => {
      if (operation === 'read' && path === file && disturbed < 3) {
        disturbed += 1;
        await (disturbed === 2 ? base.write(file, 'the text of another run') : base.delete(file));
      }
    },
  });
  expect(await areApart({ store: from, ...here }, { store: watchedStore(base), ...here }, { address })).toBe(false);
  expect(disturbed).toBe(2);
});

describe('the file that is written for it', () => {
  test('stays where nothing may be deleted, and hinders nothing', async () => {
    const base = new MemoryFileStore();
    const to = watchedStore(base, {
      before: (operation, path) => {
        if (operation === 'delete') {
          throw new FileStoreError('permission-denied', 'it may be written only', { path });
        }
      },
    });
    expect(await areApart({ store: new MemoryFileStore(), ...here }, { store: to, ...here }, { address })).toBe(true);
    expect(await base.list('.oh-sync')).toEqual([expect.stringMatching(/^\.oh-sync\/apart-/)]);
  });

  test('is deleted also when an abort meets it while it is written', async () => {
    const base = new MemoryFileStore();
    const controller = new AbortController();
    const to = watchedStore(base);
    const write = to.write.bind(to);
    to.write = async (path, contents) => {
      await write(path, contents);
      controller.abort();
      throw controller.signal.reason;
    };
    const areThey = areApart({ store: new MemoryFileStore(), ...here }, { store: to, ...here }, { address, signal: controller.signal });
    await expect(areThey).rejects.toThrow('This operation was aborted');
    expect(await base.list()).toEqual([]);
  });
});
