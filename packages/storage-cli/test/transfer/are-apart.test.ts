import { FileStoreError, MemoryFileStore } from '@oh/file-store-core';
import { describe, expect, test } from 'vitest';
import { areApart } from '../../src/transfer/are-apart.ts';
import { watchedStore } from './watched-store.ts';

const here = { path: '' };

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
    expect([from, to, await areApart({ store: one, path: from }, { store: two, path: to }, {})]).toEqual([from, to, isApart]);
  }
  expect(await areApart({ store: one, ...here }, { store: watchedStore(), ...here }, {})).toBe(true);
  expect(await base.list()).toEqual([]);
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
    expect(await areApart({ store: new MemoryFileStore(), ...here }, { store: to, ...here }, {})).toBe(true);
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
    const areThey = areApart({ store: new MemoryFileStore(), ...here }, { store: to, ...here }, { signal: controller.signal });
    await expect(areThey).rejects.toThrow('This operation was aborted');
    expect(await base.list()).toEqual([]);
  });
});
