import { FileStoreError, MemoryFileStore } from '@oh/file-store-core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CopyFilesOptions, copyFiles } from '../../src/transfer/copy-files.ts';
import { moveFiles } from '../../src/transfer/move-files.ts';
import type { SyncResult } from '../../src/transfer/sync-files.ts';
import type { TransferFailure } from '../../src/transfer/transfer-report.ts';
import { plant, treeOf } from './tree.ts';
import { watchedStore } from './watched-store.ts';

type Store = MemoryFileStore | ReturnType<typeof watchedStore>;

/** Moves all of a store to another. */
async function run(
  from: Store,
  to: Store,
  options: CopyFilesOptions = {},
): Promise<SyncResult & { readonly failures: readonly TransferFailure[] }> {
  const failures: TransferFailure[] = [];
  const onFailure = (failure: TransferFailure): number => failures.push(failure);
  const result = await moveFiles({ store: from, path: '' }, { store: to, path: '' }, { ...options, onFailure });
  return { ...result, failures };
}

test('what lies in a place lies in another afterwards, and there alone', async () => {
  const [from, to] = [new MemoryFileStore(), new MemoryFileStore()];
  await from.write('a', 'x', { contentType: 'text/plain', metadata: { by: 'me' } });
  await plant(from, { 'deep/er/b': '2', '.oh-sync/record': '' });
  await plant(to, { 'deep/er/b': 'old', other: 'other' });
  expect(await run(from, to)).toMatchObject({ copied: 2, bytes: 2, failed: 0 });
  expect(await treeOf(from)).toEqual({});
  expect(await treeOf(to)).toEqual({ a: 'x', 'deep/er/b': '2', other: 'other' });
  expect(await to.stat('a')).toMatchObject({ contentType: 'text/plain', metadata: { by: 'me' } });
});

describe('between stores', () => {
  test('a file that is changed after it was copied is kept, and named', async () => {
    const base = new MemoryFileStore();
    await plant(base, { a: 'old', b: 'b' });
    const target = new MemoryFileStore();
    const to = watchedStore(target, {
      // What arrived is read to be compared.
      before: async (operation, path) => {
        if (operation === 'read' && path === 'a') {
          await base.write('a', 'new');
        }
      },
    });
    const { failures, ...result } = await run(watchedStore(base), to);
    expect(result).toMatchObject({ copied: 1, failed: 1 });
    expect(failures).toEqual([{ action: 'move', path: 'a', error: expect.objectContaining({ code: 'version-mismatch' }) }]);
    expect(await treeOf(base)).toEqual({ a: 'new' });
    expect(await treeOf(target)).toEqual({ a: 'old', b: 'b' });
    expect(await run(base, target)).toMatchObject({ copied: 1, failed: 0 });
    expect(await treeOf(target)).toEqual({ a: 'new', b: 'b' });
  });

  test('a file that is changed while it is copied is kept, and named', async () => {
    const base = new MemoryFileStore();
    await plant(base, { a: 'old' });
    const to = watchedStore(new MemoryFileStore(), {
      before: async (operation) => {
        if (operation === 'write') {
          await base.write('a', 'new');
        }
      },
    });
    const { failures } = await run(base, to);
    expect(failures).toEqual([{ action: 'move', path: 'a', error: expect.objectContaining({ code: 'version-mismatch' }) }]);
    expect(await treeOf(base)).toEqual({ a: 'new' });
  });

  test.each(['other', 'oldx'])('a file is kept when the target is changed to %j before it was compared', async (contents) => {
    const [base, target] = [new MemoryFileStore(), new MemoryFileStore()];
    await plant(base, { a: 'old' });
    const to = watchedStore(target, {
      before: async (operation) => {
        if (operation === 'read') {
          await target.write('a', contents);
        }
      },
    });
    const { failures } = await run(base, to);
    expect(failures).toEqual([{ action: 'move', path: 'a', error: expect.objectContaining({ code: 'version-mismatch' }) }]);
    expect(await treeOf(base)).toEqual({ a: 'old' });
  });

  test('a file is kept when what arrived is something else', async () => {
    const base = new MemoryFileStore();
    await plant(base, { a: 'good' });
    const target = new MemoryFileStore();
    const to = watchedStore(target);
    const write = target.write.bind(target);
    target.write = async (path, _contents, options) => await write(path, 'flip', options);
    const { failures } = await run(base, to);
    expect(failures).toEqual([{ action: 'move', path: 'a', error: expect.objectContaining({ code: 'corrupt' }) }]);
    expect(await treeOf(base)).toEqual({ a: 'good' });
  });

  test.each(['moveFiles', 'copyFiles'] as const)('a file that goes from the source meanwhile is no failure of %s', async (name) => {
    const base = new MemoryFileStore();
    await plant(base, { a: 'a', b: 'b' });
    const from = watchedStore(base, {
      before: async (operation, path) => {
        if (operation === 'read' && path === 'a') {
          await base.delete('a');
        }
      },
    });
    const transfer = { moveFiles, copyFiles }[name];
    const result = await transfer({ store: from, path: '' }, { store: new MemoryFileStore(), path: '' });
    expect(result).toMatchObject({ copied: 1, vanished: 1, failed: 0 });
  });

  test('a store without conditions is looked at before a file is deleted', async () => {
    const base = new MemoryFileStore();
    await plant(base, { a: 'a', 'sub/b': 'b' });
    const to = new MemoryFileStore();
    const from = watchedStore(base, { capabilities: { conditions: false, conditionalDelete: false } });
    expect(await run(from, to)).toMatchObject({ copied: 2, failed: 0 });
    expect([await treeOf(base), await treeOf(to)]).toEqual([{}, { a: 'a', 'sub/b': 'b' }]);
  });
});

test.each([false, true])(
  'a file that has two names is kept, also where the two seem to be of different stores (ifAbsent: %s)',
  async (ifAbsent) => {
    const base = new MemoryFileStore();
    await plant(base, { a: 'a' });
    const { failures } = await run(watchedStore(base), watchedStore(base), { ifAbsent });
    const code = ifAbsent ? 'already-exists' : 'invalid-argument';
    expect(failures).toEqual([{ action: 'move', path: 'a', error: expect.objectContaining({ code }) }]);
    expect(await treeOf(base)).toEqual({ a: 'a' });
  },
);

describe('ifAbsent', () => {
  test('replaces nothing; what is there with the same contents was moved before', async () => {
    const [from, to] = [new MemoryFileStore(), new MemoryFileStore()];
    await plant(from, { differs: 'mine', same: 'same', new: 'new' });
    await plant(to, { differs: 'kept', same: 'same' });
    const { failures, ...result } = await run(from, to, { ifAbsent: true });
    expect(result).toMatchObject({ copied: 2, failed: 1 });
    expect(failures).toEqual([{ action: 'move', path: 'differs', error: expect.objectContaining({ code: 'already-exists' }) }]);
    expect(await treeOf(from)).toEqual({ differs: 'mine' });
    expect(await treeOf(to)).toEqual({ differs: 'kept', same: 'same', new: 'new' });
  });

  test('holds within one store too, also where it has no conditions', async () => {
    for (const conditions of [true, false]) {
      const base = new MemoryFileStore();
      await plant(base, { 'a/differs': 'mine', 'a/same': 'same', 'a/new': 'new', 'b/differs': 'kept', 'b/same': 'same' });
      const store = watchedStore(base, { capabilities: { conditions } });
      const result = await moveFiles({ store, path: 'a' }, { store, path: 'b' }, { ifAbsent: true });
      expect(result).toMatchObject({ copied: 2, failed: 1 });
      expect(await treeOf(base)).toEqual({ 'a/differs': 'mine', 'b/differs': 'kept', 'b/same': 'same', 'b/new': 'new' });
    }
  });
});

test('within one store the move of the store is used; what is written anew meanwhile is kept, and named', async () => {
  const store = new MemoryFileStore();
  await plant(store, { 'a/x': 'x', 'a/y': 'y' });
  const move = store.move.bind(store);
  store.move = async (from, to, options) => {
    const moved = await move(from, to, options);
    if (from === 'a/y') {
      await store.write('a/y', 'new');
    }
    return moved;
  };
  store.copy = async () => await Promise.reject(new Error('nothing is copied'));
  const failures: TransferFailure[] = [];
  const options = { onFailure: (failure: TransferFailure) => void failures.push(failure) };
  expect(await moveFiles({ store, path: 'a' }, { store, path: 'b' }, options)).toMatchObject({ copied: 1, failed: 1 });
  expect(failures).toEqual([{ action: 'move', path: 'y', error: expect.objectContaining({ code: 'version-mismatch' }) }]);
  expect(await treeOf(store)).toEqual({ 'a/y': 'new', 'b/x': 'x', 'b/y': 'y' });
});

test('whatever step it ends at, each file is whole at one of the places, and the next run moves the rest', async () => {
  const names = fc.constantFrom('a', 'a.b', 'b/c', 'b/c/d', 'z');
  const tree = fc.dictionary(names, fc.constantFrom('', 'x', 'yy'), { minKeys: 1 });
  await fc.assert(
    fc.asyncProperty(tree, fc.nat({ max: 30 }), fc.boolean(), fc.boolean(), fc.boolean(), async (source, end, fails, inside, ifAbsent) => {
      const [base, other] = [new MemoryFileStore(), new MemoryFileStore()];
      const target = inside ? base : other;
      await plant(base, Object.fromEntries(Object.entries(source).map(([path, text]) => [`from/${path}`, text])));
      const ended = new AbortController();
      let steps = 0;
      const before = (): void => {
        steps += 1;
        if (steps === end) {
          ended.abort();
          if (fails) {
            throw new FileStoreError('unavailable', 'the process was killed');
          }
        }
      };
      const watched = watchedStore(base, { before });
      const to = { store: inside ? watched : watchedStore(other, { before }), path: 'to' };
      await moveFiles({ store: watched, path: 'from' }, to, { signal: ended.signal, concurrency: 2, ifAbsent }).catch(() => undefined);
      const [left, arrived] = [await treeOf(base, 'from'), await treeOf(target, 'to')];
      expect({ ...strip(left, 'from/'), ...strip(arrived, 'to/') }).toEqual(source);
      const places = [{ store: base, path: 'from' } as const, { store: target, path: 'to' } as const] as const;
      expect(await moveFiles(...places, { ifAbsent })).toMatchObject({ failed: 0 });
      expect(await treeOf(base, 'from')).toEqual({});
      expect(strip(await treeOf(target, 'to'), 'to/')).toEqual(source);
    }),
    { numRuns: 300 },
  );
});

function strip(tree: Readonly<Record<string, string>>, prefix: string): Record<string, string> {
  return Object.fromEntries(Object.entries(tree).map(([path, text]) => [path.slice(prefix.length), text]));
}
