import { FileStoreError, MemoryFileStore } from '@oh/file-store-core';
import { describe, expect, test } from 'vitest';
import { syncFiles } from '../../src/transfer/sync-files.ts';
import type { TransferFailure } from '../../src/transfer/transfer-report.ts';
import { root, run } from './run-sync.ts';
import { plant, treeOf } from './tree.ts';
import { watchedStore } from './watched-store.ts';

describe('failures', () => {
  test('a file that cannot be read, and one that cannot be written, are named and hinder no other', async () => {
    const base = new MemoryFileStore();
    await plant(base, Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`f${index}`, `${index}`])));
    const broken = (path: string) => new FileStoreError('permission-denied', `no access to ${JSON.stringify(path)}`, { path });
    const from = watchedStore(base, {
      before: (operation, path) => {
        if (operation === 'read' && path === 'f7') {
          throw broken(path);
        }
      },
    });
    const target = new MemoryFileStore();
    const to = watchedStore(target, {
      before: (operation, path) => {
        if (operation === 'write' && path === 'f9') {
          throw broken(path);
        }
      },
    });
    const result = await run(from, to, { delete: true });
    expect(result).toMatchObject({ copied: 48, failed: 2 });
    expect(result.failures.map(({ action, path }) => `${action} ${path}`).sort()).toEqual(['copy f7', 'copy f9']);
    expect(Object.keys(await treeOf(target))).toHaveLength(48);
  });

  test('what somebody else writes at the target after it was listed is left as it is, and told', async () => {
    const [from, target] = [new MemoryFileStore(), new MemoryFileStore()];
    await plant(from, { listed: 'ours', new: 'ours' });
    await plant(target, { listed: 'old' });
    const to = watchedStore(target, {
      before: async (operation, path) => {
        if (operation === 'write') {
          await target.write(path, 'theirs');
        }
      },
    });
    const result = await run(from, to);
    expect(result.failures.map(({ error }) => (error as FileStoreError).code).sort()).toEqual(['already-exists', 'version-mismatch']);
    expect(await treeOf(target)).toEqual({ listed: 'theirs', new: 'theirs' });
  });

  test('where a store holds no conditions it is looked at before each write', async () => {
    for (const capabilities of [{ conditions: false }, {}]) {
      const [from, target] = [new MemoryFileStore(), new MemoryFileStore()];
      await plant(from, { a: 'new', b: 'new', c: 'new' });
      await plant(target, { b: 'old', c: 'old' });
      const to = watchedStore(target, {
        capabilities,
        before: () => undefined,
      });
      const write = to.write.bind(to);
      to.write = async (path, contents, options = {}) => {
        if (options.ifAbsent === true || options.ifVersion !== undefined) {
          throw new FileStoreError('unsupported', 'conditions do not hold on this server', { path });
        }
        return await write(path, contents, options);
      };
      const open = from.open.bind(from);
      from.open = async (path, options) => {
        const file = await open(path, options);
        return path === 'c' ? { ...file, info: file.info, bytes: async () => await file.bytes(), close: () => file.close() } : file;
      };
      const stat = to.stat.bind(to);
      to.stat = async (path, options) => {
        if (path === 'c') {
          await target.write('c', 'theirs');
        }
        return await stat(path, options);
      };
      const result = await run(from, to);
      expect(result).toMatchObject({ copied: 1, replaced: 1, failed: 1, heldConditions: false });
      expect(result.failures).toMatchObject([{ path: 'c', error: { code: 'version-mismatch' } }]);
      expect(await treeOf(target)).toEqual({ a: 'new', b: 'new', c: 'theirs' });
    }
  });

  test('a file that went from the source before it was read is no failure', async () => {
    const base = new MemoryFileStore();
    await plant(base, { a: '1', b: '2' });
    const from = watchedStore(base, {
      before: async (operation, path) => {
        if (operation === 'read' && path === 'a') {
          await base.delete('a');
        }
      },
    });
    const to = new MemoryFileStore();
    expect(await run(from, to)).toMatchObject({ copied: 1, vanished: 1, failed: 0 });
  });

  test('a full target ends it', async () => {
    const from = new MemoryFileStore();
    await plant(from, Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`f${index}`, 'x'.repeat(100)])));
    const to = new MemoryFileStore({ maxBytes: 5000 });
    const failures: TransferFailure[] = [];
    const syncing = syncFiles(root(from), root(to), { onFailure: (failure) => failures.push(failure) });
    await expect(syncing).rejects.toMatchObject({ code: 'no-space', message: expect.stringContaining('make room and run it again') });
    expect(failures.length).toBeGreaterThan(0);
    expect(failures.length).toBeLessThanOrEqual(16);
  });

  test.each([
    ['unavailable', 32, 'run it again when it does'],
    ['permission-denied', 500, undefined],
  ] as const)('a store that answers nothing any more ends it, one that refuses files does not: %s', async (code, told, message) => {
    const from = new MemoryFileStore();
    await plant(from, Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`f${index}`, 'x'])));
    const to = watchedStore(new MemoryFileStore(), {
      before: (operation) => {
        if (operation === 'write') {
          throw new FileStoreError(code, 'no answer');
        }
      },
    });
    const failures: TransferFailure[] = [];
    const syncing = syncFiles(root(from), root(to), { onFailure: (failure) => failures.push(failure) });
    await (message === undefined
      ? expect(syncing).resolves.toMatchObject({ failed: 500 })
      : expect(syncing).rejects.toMatchObject({ code, message: expect.stringContaining(message) }));
    expect(failures).toHaveLength(told);
  });

  test('files that fail now and then do not end it', async () => {
    const from = new MemoryFileStore();
    await plant(from, Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`f${index}`, 'x'])));
    let writes = 0;
    const to = watchedStore(new MemoryFileStore(), {
      before: (operation) => {
        writes += operation === 'write' ? 1 : 0;
        if (operation === 'write' && writes % 4 !== 0) {
          throw new FileStoreError('unavailable', 'no answer');
        }
      },
    });
    expect(await run(from, to)).toMatchObject({ copied: 125, failed: 375 });
  });

  test('a listing that fails is thrown', async () => {
    const from = new MemoryFileStore();
    await plant(from, { a: '1' });
    const unreadable = watchedStore(new MemoryFileStore(), {
      before: (operation) => {
        if (operation === 'entries') {
          throw new FileStoreError('unavailable', 'no answer');
        }
      },
    });
    await expect(run(unreadable, from)).rejects.toMatchObject({ code: 'unavailable' });
    await expect(run(from, unreadable)).rejects.toMatchObject({ code: 'unavailable' });
  });
});
