import { MemoryFileStore } from '@oh/file-store-core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { syncFiles } from '../../src/transfer/sync-files.ts';
import { run } from './run-sync.ts';
import { plant, treeOf } from './tree.ts';
import { watchedStore } from './watched-store.ts';

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
