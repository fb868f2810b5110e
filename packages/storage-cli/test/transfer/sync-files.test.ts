import { FileStoreError, MemoryFileStore } from '@oh/file-store-core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type SyncFilesOptions, type SyncResult, syncFiles } from '../../src/transfer/sync-files.ts';
import type { TransferFailure } from '../../src/transfer/transfer-report.ts';
import { plant, treeOf } from './tree.ts';
import { watchedStore } from './watched-store.ts';

const root = (store: MemoryFileStore | ReturnType<typeof watchedStore>): { store: typeof store; path: '' } => ({ store, path: '' });

/** Runs a sync of two whole stores. */
async function run(
  from: Parameters<typeof root>[0],
  to: Parameters<typeof root>[0],
  options: SyncFilesOptions = {},
): Promise<SyncResult & { readonly failures: readonly TransferFailure[] }> {
  const failures: TransferFailure[] = [];
  const result = await syncFiles(root(from), root(to), { ...options, onFailure: (failure) => failures.push(failure) });
  return { ...result, failures };
}

describe('what differs', () => {
  test('what is new is copied, what differs is replaced, and what is the same is left alone', async () => {
    const [from, to] = [new MemoryFileStore(), new MemoryFileStore()];
    await plant(from, { new: '1', 'deep/er/new': '2', differs: 'xyz', longer: 'longer', same: 'same' });
    await plant(to, { differs: 'abc', longer: 'long', same: 'same', other: 'other' });
    const { version } = await to.stat('same');
    const result = await run(from, to);
    expect(result).toMatchObject({ copied: 2, replaced: 2, unchanged: 1, extraneous: 1, deleted: 0, failed: 0, bytes: 11 });
    expect(await treeOf(to)).toEqual({ ...(await treeOf(from)), other: 'other' });
    expect((await to.stat('same')).version).toBe(version);
  });

  test('contents of one size are told apart, however their times are, in any order', async () => {
    const names = fc.constantFrom('a', 'a/b', 'a.b', 'a-', 'b', 'b/c/d', 'ä', '\u{1f600}', '\uffee', 'z');
    const tree = fc.dictionary(names, fc.constantFrom('', 'x', 'y', 'xx', 'xy'));
    await fc.assert(
      fc.asyncProperty(tree, tree, fc.boolean(), fc.integer({ min: 1, max: 5 }), async (source, target, deletes, concurrency) => {
        const [from, to] = [new MemoryFileStore(), new MemoryFileStore()];
        await plant(from, source);
        await plant(to, target);
        const options = { delete: deletes, allowEmpty: true, concurrency, recordKey: 'source' };
        const result = await run(from, to, options);
        const extraneous = Object.keys(target).filter((path) => !Object.hasOwn(source, path));
        expect(await treeOf(to)).toEqual(deletes ? source : { ...target, ...source });
        expect(result).toMatchObject({ failed: 0, extraneous: extraneous.length, deleted: deletes ? extraneous.length : 0 });
        expect(result.copied + result.replaced + result.unchanged).toBe(Object.keys(source).length);
        expect(await run(from, to, options)).toMatchObject({ copied: 0, replaced: 0, unchanged: Object.keys(source).length });
      }),
    );
  });

  test('another content type or other metadata is a difference', async () => {
    const [from, to] = [new MemoryFileStore(), new MemoryFileStore()];
    await from.write('a', 'x', { contentType: 'text/plain', metadata: { by: 'me' } });
    await to.write('a', 'x', { contentType: 'text/plain', metadata: { by: 'you' } });
    expect(await run(from, to)).toMatchObject({ replaced: 1 });
    expect(await to.stat('a')).toMatchObject({ contentType: 'text/plain', metadata: { by: 'me' } });
    expect(await run(from, to)).toMatchObject({ replaced: 0, unchanged: 1 });
  });

  test('large files are streamed, and compared by their digests', async () => {
    const [from, to] = [new MemoryFileStore(), new MemoryFileStore()];
    const bytes = Buffer.alloc(3 * 1024 * 1024, 'abc');
    await from.write('large', bytes);
    await to.write('large', Buffer.alloc(bytes.byteLength, 'abd'));
    const seen: number[] = [];
    expect(await run(from, to, { onProgress: (progress) => seen.push(progress.bytes) })).toMatchObject({ replaced: 1 });
    expect(Buffer.compare(await to.readBytes('large'), bytes)).toBe(0);
    expect(seen.at(-1)).toBe(bytes.byteLength);
    expect(await run(from, to)).toMatchObject({ unchanged: 1 });
  });

  test('a directory is made the same as another, of one store too', async () => {
    const store = new MemoryFileStore();
    await plant(store, { 'a/x': '1', 'a/sub/y': '2', 'ab/z': '3', 'b/sub/y': '0' });
    const places = [
      { store, path: 'a' },
      { store, path: 'b' },
    ] as const;
    expect(await syncFiles(...places)).toMatchObject({ copied: 1, replaced: 1 });
    expect(await treeOf(store, 'b')).toEqual({ 'b/x': '1', 'b/sub/y': '2' });
    expect(await syncFiles(...places)).toMatchObject({ unchanged: 2 });
  });

  test('a dry run tells every change and makes none', async () => {
    const [from, to] = [new MemoryFileStore(), new MemoryFileStore()];
    await plant(from, { a: '1', b: '2', same: 'x' });
    await plant(to, { b: '0', c: '3', same: 'x' });
    const before = await treeOf(to);
    const changes: string[] = [];
    const onChange = ({ action, path }: { readonly action: string; readonly path: string }): void => void changes.push(`${action} ${path}`);
    const result = await run(from, to, { dryRun: true, delete: true, recordKey: 'source', onChange });
    expect(changes).toEqual(['copy a', 'replace b', 'delete c']);
    expect(result).toMatchObject({ copied: 1, replaced: 1, deleted: 1, unchanged: 1 });
    expect(await to.list()).toEqual(Object.keys(before));
    expect(await treeOf(to)).toEqual(before);
  });
});

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

describe('bounds and interruptions', () => {
  test('so many files are under way at a time, and no more', async () => {
    const base = new MemoryFileStore();
    await plant(base, Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`f${index}`, `${index}`])));
    let inFlight = 0;
    let most = 0;
    const gate = Promise.withResolvers<void>();
    const from = watchedStore(base, {
      before: async (operation) => {
        if (operation === 'read') {
          inFlight += 1;
          most = Math.max(most, inFlight);
          if (inFlight === 7) {
            // An eighth would be there by then.
            setImmediate(gate.resolve);
          }
          await gate.promise;
          inFlight -= 1;
        }
      },
    });
    expect(await run(from, new MemoryFileStore(), { concurrency: 7 })).toMatchObject({ copied: 100 });
    expect(most).toBe(7);
  });

  test('an abort before it reads nothing; one in flight ends it, and the next run does the rest', async () => {
    const base = new MemoryFileStore();
    const source = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`f${index}`, `${index}`]));
    await plant(base, source);
    const to = new MemoryFileStore();
    const reason = new Error('enough');
    await expect(run(base, to, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(await to.list()).toEqual([]);
    const abort = new AbortController();
    let reads = 0;
    const from = watchedStore(base, {
      before: (operation) => {
        reads += operation === 'read' ? 1 : 0;
        if (reads === 30) {
          abort.abort(reason);
        }
      },
    });
    await expect(run(from, to, { concurrency: 4, signal: abort.signal })).rejects.toBe(reason);
    const there = Object.keys(await treeOf(to)).length;
    expect(there).toBeGreaterThan(20);
    expect(there).toBeLessThan(35);
    expect(await run(base, to)).toMatchObject({ copied: 100 - there, unchanged: there, failed: 0 });
    expect(await treeOf(to)).toEqual(source);
  });
});
