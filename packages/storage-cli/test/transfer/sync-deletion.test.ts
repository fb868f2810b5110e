import { FileStoreError, MemoryFileStore } from '@oh/file-store-core';
import { describe, expect, test } from 'vitest';
import { run } from './run-sync.ts';
import { plant, treeOf } from './tree.ts';
import { watchedStore } from './watched-store.ts';

describe('deleting', () => {
  test('nothing is deleted when anything failed, nor when the source cannot be listed to its end', async () => {
    const base = new MemoryFileStore();
    await plant(base, { a: '1', m: '2' });
    const to = new MemoryFileStore();
    await plant(to, { a0: 'x', z: 'y' });
    const failing = watchedStore(base, {
      before: (operation, path) => {
        if (operation === 'read' && path === 'm') {
          throw new FileStoreError('unavailable', 'no answer');
        }
      },
    });
    expect(await run(failing, to, { delete: true })).toMatchObject({ failed: 1, deleted: 0 });
    const torn = watchedStore(base);
    torn.entries = async function* (path, options) {
      yield* base.entries(path, { ...options, limit: 1 });
      throw new FileStoreError('unavailable', 'no answer');
    };
    await expect(run(torn, to, { delete: true, allowEmpty: true })).rejects.toMatchObject({ code: 'unavailable' });
    expect(Object.keys(await treeOf(to))).toEqual(expect.arrayContaining(['a0', 'z']));
  });

  test('an empty source deletes nothing, unless that is allowed', async () => {
    const [from, to] = [new MemoryFileStore(), new MemoryFileStore()];
    expect(await run(from, to, { delete: true })).toMatchObject({ deleted: 0 });
    await plant(to, { a: '1', b: '2' });
    for (const dryRun of [true, false]) {
      await expect(run(from, to, { delete: true, dryRun })).rejects.toMatchObject({
        code: 'invalid-argument',
        message: expect.stringContaining('--allow-empty'),
      });
    }
    expect(Object.keys(await treeOf(to))).toEqual(['a', 'b']);
    expect(await run(from, to, { delete: true, allowEmpty: true })).toMatchObject({ deleted: 2 });
    expect(await treeOf(to)).toEqual({});
  });

  test('a source that goes meanwhile, as a disk that is taken out, deletes nothing', async () => {
    const target = Object.fromEntries(Array.from({ length: 2500 }, (_, index) => [`old/${String(index).padStart(4, '0')}`, '1']));
    for (const allowEmpty of [false, true]) {
      const [base, to] = [new MemoryFileStore(), new MemoryFileStore()];
      await plant(base, { a: '1', 'old/1000': '1' });
      await plant(to, target);
      let listings = 0;
      const from = watchedStore(base, {
        before: async (operation) => {
          listings += operation === 'entries' ? 1 : 0;
          if (listings === 2) {
            await base.delete('a');
            await base.delete('old');
          }
        },
      });
      const outcome = await run(from, to, { delete: true, allowEmpty }).catch((error: unknown) => error);
      expect(outcome).toMatchObject(allowEmpty ? { deleted: 2501 } : { code: 'unavailable' });
      expect(Object.keys(await treeOf(to))).toHaveLength(allowEmpty ? 0 : 2501);
    }
  });

  test('only the version that is listed is deleted, and what has come to the source meanwhile is kept', async () => {
    const [from, target] = [new MemoryFileStore(), new MemoryFileStore()];
    await plant(from, { a: '1' });
    await plant(target, { changed: 'old', gone: 'old', late: 'old' });
    const to = watchedStore(target, {
      before: async (operation, path) => {
        if (operation === 'write' && path === 'a') {
          await plant(from, { late: 'old' });
        }
        if (operation === 'delete' && path === 'changed') {
          await target.write('changed', 'new');
        }
      },
    });
    const result = await run(from, to, { delete: true });
    expect(result.failures).toMatchObject([{ action: 'delete', path: 'changed', error: { code: 'version-mismatch' } }]);
    expect(await treeOf(target)).toEqual({ a: '1', changed: 'new', late: 'old' });
  });

  test('a file that stands where a directory belongs gives way, and the other way round', async () => {
    const flat = { fileBesideDirectory: false };
    const [from, target] = [new MemoryFileStore(), new MemoryFileStore()];
    await plant(from, { 'a/b': '1', c: '2' });
    await plant(target, { a: 'x', 'c/d': 'y' });
    const to = watchedStore(target, {
      capabilities: flat,
      before: async (operation, path) => {
        const inTheWay =
          operation === 'write' && ((path === 'a/b' && (await target.exists('a'))) || (path === 'c' && (await target.exists('c/d'))));
        if (inTheWay) {
          throw new FileStoreError('path-conflict', `something is in the way of ${path}`, { path });
        }
      },
    });
    expect(await run(from, to)).toMatchObject({ failed: 2, extraneous: 2 });
    expect(await run(from, to, { delete: true })).toMatchObject({ failed: 0, deleted: 2, copied: 2 });
    expect(await treeOf(target)).toEqual({ 'a/b': '1', c: '2' });
  });

  test('where a store cannot delete by version nothing below the name is deleted', async () => {
    const [from, target] = [new MemoryFileStore(), new MemoryFileStore()];
    await plant(from, { 'a/b': '1' });
    await plant(target, { a: 'x', 'a/b': '1', other: 'y' });
    const to = watchedStore(target, { capabilities: { conditionalDelete: false } });
    const result = await run(from, to, { delete: true });
    expect(result.failures).toMatchObject([{ action: 'delete', path: 'a', error: { code: 'unsupported' } }]);
    expect(await treeOf(target)).toEqual({ a: 'x', 'a/b': '1' });
  });
});
