import { expect, it } from 'vitest';
import { createFileStore, FileStoreError, MemoryFileStore, type WatchedChange, withPrefix } from '../src/index.ts';
import { MemoryDriver } from '../src/memory-driver.ts';

/** A store that can watch, what it watches, and how to change that. */
function watchable(): {
  readonly store: ReturnType<typeof createFileStore>;
  readonly watched: Map<string, (change: WatchedChange) => void>;
} {
  const watched = new Map<string, (change: WatchedChange) => void>();
  const driver = Object.assign(new MemoryDriver(1_000, () => new Date()), {
    watch: async (path: string, onChange: (change: WatchedChange) => void) => {
      if (path === 'refused') {
        throw new FileStoreError('permission-denied', 'refused', { path });
      }
      watched.set(path, onChange);
      return path === 'nothing' ? undefined : { [Symbol.dispose]: () => void watched.delete(path) };
    },
  });
  return { store: createFileStore(driver), watched };
}

it('tells of changes until it is ended', async () => {
  const { store, watched } = watchable();
  const changes: WatchedChange[] = [];
  const watch = await store.watch?.('dir/log', (change) => {
    changes.push(change);
  });
  watched.get('dir/log')?.('changed');
  watched.get('dir/log')?.('gone');
  expect(changes).toEqual(['changed', 'gone']);
  watch?.[Symbol.dispose]();
  watch?.[Symbol.dispose]();
  expect([...watched.keys()]).toEqual([]);
});

it('watches in a view of a directory, by the path in the store beneath', async () => {
  const { store, watched } = watchable();
  await withPrefix(store, 'dir').watch?.('log', () => undefined);
  expect([...watched.keys()]).toEqual(['dir/log']);
});

it('watches nothing where nothing is, or where the store cannot', async () => {
  const { store } = watchable();
  expect(await store.watch?.('nothing', () => undefined)).toBeUndefined();
  expect(await new MemoryFileStore().watch('file', () => undefined)).toBeUndefined();
});

it('ends with the store, and refuses afterwards', async () => {
  const { store, watched } = watchable();
  await store.watch?.('log', () => undefined);
  await store.close();
  expect([...watched.keys()]).toEqual([]);
  await expect(store.watch?.('log', () => undefined)).rejects.toMatchObject({ code: 'closed' });
});

it('ends a watch that begins while the store is closed', async () => {
  const { store, watched } = watchable();
  const beginning = store.watch?.('log', () => undefined);
  await store.close();
  await beginning;
  expect([...watched.keys()]).toEqual([]);
});

it('hands on what the driver refuses, and an abort', async () => {
  const { store } = watchable();
  await expect(store.watch?.('refused', () => undefined)).rejects.toMatchObject({ code: 'permission-denied' });
  const reason = new Error('stopped');
  await expect(store.watch?.('log', () => undefined, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
});

it('rejects with the reason of an abort that comes while it begins, and watches nothing', async () => {
  const { store, watched } = watchable();
  const controller = new AbortController();
  const beginning = store.watch?.('log', () => undefined, { signal: controller.signal });
  controller.abort('not any more');
  await expect(beginning).rejects.toBe('not any more');
  expect([...watched.keys()]).toEqual([]);
});
