import { type FileInfo, type FileStore, FileStoreError, MemoryFileStore } from '@oh/file-store-core';
import type { FileWrite } from '@oh/file-store-local';
import { expect, onTestFinished, test, vi } from 'vitest';
import { copyFiles } from '../../src/transfer/copy-files.ts';
import { syncFiles } from '../../src/transfer/sync-files.ts';
import type { BatchStore } from '../../src/transfer/write-batches.ts';
import { plant, treeOf } from './tree.ts';
import { type Watch, watchedStore } from './watched-store.ts';

const recordKey = 'source';

/** A store that writes files together, when `before` is over. */
function batchStore(base: FileStore, before: (writes: readonly FileWrite[]) => void | Promise<void>, watch?: Watch): BatchStore {
  const writeAll = async (writes: readonly FileWrite[], { signal }: { readonly signal?: AbortSignal | undefined } = {}) => {
    await before(writes);
    const write = async ({ path, contents, ...options }: FileWrite): Promise<FileInfo> =>
      await base.write(path, contents, { ...options, signal });
    return await Promise.allSettled(writes.map(write));
  };
  return Object.assign(watchedStore(base, watch), { writeAll });
}

const root = <Store extends FileStore>(store: Store): { readonly store: Store; readonly path: '' } => ({ store, path: '' });

const many = Object.fromEntries(Array.from({ length: 1700 }, (_, index) => [`d${index % 7}/f${index}`, `${index}`]));

async function source(tree: Readonly<Record<string, string>> = many): Promise<MemoryFileStore> {
  const store = new MemoryFileStore();
  await plant(store, tree);
  return store;
}

async function recordOf(store: FileStore): Promise<string> {
  let text = '';
  for await (const { kind, path } of store.entries('.oh-sync', { recursive: true })) {
    text += kind === 'file' ? await store.read(path) : '';
  }
  return text;
}

test('small files are written together, a few hundred at a time, and large ones by themselves', async () => {
  const tree = { ...many, large: 'x'.repeat(64 * 1024 + 1) };
  const target = new MemoryFileStore();
  const batches: number[] = [];
  const alone: string[] = [];
  const before = (operation: string, path: string): void => void (operation === 'write' && alone.push(path));
  const to = batchStore(target, (writes) => void batches.push(writes.length), { before });
  expect(await syncFiles(root(await source(tree)), root(to))).toMatchObject({ copied: 1701, failed: 0 });
  expect(batches.reduce((sum, size) => sum + size)).toBe(1700);
  expect(Math.max(...batches)).toBeLessThanOrEqual(500);
  expect(alone).toEqual(['large']);
  expect(await treeOf(target)).toEqual(tree);
  await target.delete('d1');
  expect(await copyFiles(root(await source(tree)), root(to))).toMatchObject({ copied: 1701, failed: 0 });
  expect(await treeOf(target)).toEqual(tree);
});

test('neither the record nor the result nor a deletion comes before files are durable', async () => {
  const [base, target] = [await source(), new MemoryFileStore()];
  await plant(target, { extraneous: 'x' });
  const gate = Promise.withResolvers<void>();
  const inBatch = Promise.withResolvers<void>();
  let waiting = 0;
  const to = batchStore(target, async (writes) => {
    waiting += writes.length;
    if (waiting >= 1000) {
      inBatch.resolve();
    }
    await gate.promise;
  });
  let done = 0;
  let isOver = false;
  const onProgress = ({ files }: { readonly files: number }): void => {
    done = files;
  };
  const syncing = syncFiles(root(base), root(to), { recordKey, delete: true, onProgress }).finally(() => {
    isOver = true;
  });
  await inBatch.promise;
  // Whatever can still happen has happened.
  for (let turn = 0; turn < 50; turn += 1) {
    await new Promise(setImmediate);
  }
  expect([done, isOver, await recordOf(target)]).toEqual([0, false, '']);
  expect(await target.exists('extraneous')).toBe(true);
  gate.resolve();
  expect(await syncing).toMatchObject({ copied: 1700, deleted: 1 });
  expect((await recordOf(target)).trim().split('\n')).toHaveLength(1700);
});

test('no more is read than two batches hold', async () => {
  const gate = Promise.withResolvers<void>();
  let reads = 0;
  const from = watchedStore(await source(), {
    before: (operation) => {
      reads += operation === 'read' ? 1 : 0;
    },
  });
  const full = Promise.withResolvers<void>();
  let batches = 0;
  const to = batchStore(new MemoryFileStore(), async () => {
    batches += 1;
    if (batches === 2) {
      full.resolve();
    }
    await gate.promise;
  });
  const syncing = syncFiles(root(from), root(to), { concurrency: 4 });
  await full.promise;
  for (let turn = 0; turn < 50; turn += 1) {
    await new Promise(setImmediate);
  }
  expect(reads).toBeLessThanOrEqual(1004);
  gate.resolve();
  expect(await syncing).toMatchObject({ copied: 1700 });
  expect(reads).toBe(1700);
});

test('files that could not be made durable have failed, are in no record, and are copied by the next run', async () => {
  const [base, target] = [await source(), new MemoryFileStore()];
  let isBroken = true;
  const to = batchStore(target, () => {
    if (isBroken) {
      throw new FileStoreError('unavailable', 'an fsync failed (EIO)', { retryable: false });
    }
  });
  const failures: unknown[] = [];
  const options = { recordKey, delete: true, onFailure: ({ error }: { readonly error: unknown }): void => void failures.push(error) };
  await plant(target, { extraneous: 'x' });
  expect(await syncFiles(root(base), root(to), options)).toMatchObject({ copied: 0, failed: 1700, deleted: 0 });
  expect(failures).toHaveLength(1700);
  expect(await recordOf(target)).toBe('');
  isBroken = false;
  expect(await syncFiles(root(base), root(to), options)).toMatchObject({ copied: 1700, failed: 0, deleted: 1 });
});

test('files that wait for others are written though they do not come', async () => {
  const base = await source({ a: '1', b: '2', c: '3' });
  const written = { a: Promise.withResolvers<void>(), b: Promise.withResolvers<void>() };
  const wanted: Readonly<Record<string, Promise<void>>> = { b: written.a.promise, c: written.b.promise };
  const from = watchedStore(base, { before: (operation, path) => (operation === 'read' ? wanted[path] : undefined) });
  const to = batchStore(new MemoryFileStore(), (writes) => {
    written.a.resolve();
    if (writes.some(({ path }) => path === 'b')) {
      written.b.resolve();
    }
  });
  expect(await syncFiles(root(from), root(to), { concurrency: 1 })).toMatchObject({ copied: 3 });
});

test('the last files wait for nobody, and neither do those that had something in their way', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const target = new MemoryFileStore();
  await plant(target, { a: 'in the way' });
  const to = batchStore(target, async (writes) => {
    if (writes.some(({ path }) => path === 'a/b') && (await target.exists('a'))) {
      throw new FileStoreError('path-conflict', 'something is in the way of "a/b"');
    }
  });
  const tree = { 'a/b': '1', c: '2' };
  await syncFiles(root(await source({ 'a/b': '1' })), root(to), { delete: true });
  expect(await syncFiles(root(await source(tree)), root(to), { delete: true })).toMatchObject({ copied: 1, failed: 0 });
  expect(await treeOf(target)).toEqual(tree);
});

test('an abort while files are made durable ends it with its reason, and the next run does the rest', async () => {
  const [base, target] = [await source(), new MemoryFileStore()];
  const abort = new AbortController();
  const reason = new Error('enough');
  let batches = 0;
  const to = batchStore(target, () => {
    batches += 1;
    if (batches === 2) {
      abort.abort(reason);
    }
  });
  await expect(syncFiles(root(base), root(to), { recordKey, signal: abort.signal })).rejects.toBe(reason);
  expect(Object.keys(await treeOf(target))).toHaveLength(500);
  expect(await syncFiles(root(base), root(to), { recordKey })).toMatchObject({ copied: 1200, unchanged: 500 });
  expect(await treeOf(target)).toEqual(many);
});

test.each([1700, 10])('a full target ends it, is told once, and nothing goes on being read (%i files)', async (count) => {
  let reads = 0;
  const tree = Object.fromEntries(Object.entries(many).slice(0, count));
  const from = watchedStore(await source(tree), {
    before: (operation) => {
      reads += operation === 'read' ? 1 : 0;
    },
  });
  const to = batchStore(new MemoryFileStore({ maxBytes: 4 }), () => undefined);
  const told: unknown[] = [];
  const syncing = syncFiles(root(from), root(to), { onFailure: (failure) => told.push(failure) });
  await expect(syncing).rejects.toMatchObject({ code: 'no-space', message: expect.stringContaining('make room and run it again') });
  expect(told).toHaveLength(1);
  expect(reads).toBeLessThanOrEqual(1020);
});
