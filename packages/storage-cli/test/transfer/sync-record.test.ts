import { type FileStore, MemoryFileStore } from '@oh/file-store-core';
import { expect, test } from 'vitest';
import { syncFiles } from '../../src/transfer/sync-files.ts';
import type { TransferPlace } from '../../src/transfer/transfer-place.ts';
import { plant, treeOf } from './tree.ts';
import { watchedStore } from './watched-store.ts';

const recordKey = 'local:/source';

/** A source and a target that count how often a file outside the record is read. */
function countedPlaces(): {
  readonly from: MemoryFileStore;
  readonly to: MemoryFileStore;
  sync(
    options?: Parameters<typeof syncFiles>[2],
  ): Promise<{ readonly reads: number; readonly summary: Awaited<ReturnType<typeof syncFiles>> }>;
} {
  const [from, to] = [new MemoryFileStore(), new MemoryFileStore()];
  let reads = 0;
  const before = (operation: string, path: string): void => {
    reads += operation === 'read' && !path.startsWith('.oh-sync/') ? 1 : 0;
  };
  const places = [
    { store: watchedStore(from, { before }), path: '' },
    { store: watchedStore(to, { before }), path: '' },
  ] as const;
  return {
    from,
    to,
    sync: async (options) => {
      reads = 0;
      const summary = await syncFiles(...places, { recordKey, ...options });
      return { reads, summary };
    },
  };
}

const many = Object.fromEntries(Array.from({ length: 2500 }, (_, index) => [`d${index % 7}/f${index}`, `${index}`]));

test('what a run has copied the next one does not read', async () => {
  const { from, sync } = countedPlaces();
  await plant(from, many);
  expect(await sync()).toMatchObject({ reads: 2500, summary: { copied: 2500 } });
  expect(await sync()).toMatchObject({ reads: 0, summary: { copied: 0, unchanged: 2500 } });
});

test('what was changed at either side, in its size or not, is found', async () => {
  const { from, to, sync } = countedPlaces();
  await plant(from, many);
  await sync();
  await from.write('d0/f7', 'x');
  await to.write('d1/f8', 'y');
  await to.delete('d2/f9');
  expect(await sync()).toMatchObject({ summary: { copied: 1, replaced: 2, unchanged: 2497 } });
  expect(await treeOf(to)).toEqual({ ...many, 'd0/f7': 'x' });
  expect(await sync()).toMatchObject({ reads: 0, summary: { unchanged: 2500 } });
});

test('without a record files of one size are compared, and with --checksum all the same', async () => {
  const { from, to, sync } = countedPlaces();
  await plant(from, many);
  await plant(to, many);
  expect(await sync()).toMatchObject({ reads: 5000, summary: { unchanged: 2500 } });
  expect(await sync()).toMatchObject({ reads: 0, summary: { unchanged: 2500 } });
  expect(await sync({ checksum: true })).toMatchObject({ reads: 5000, summary: { unchanged: 2500 } });
  expect(await sync({ recordKey: 'another source' })).toMatchObject({ reads: 5000 });
  expect(await sync({ recordKey: undefined })).toMatchObject({ reads: 5000 });
});

test('an interrupted run leaves what it knows, so that the next one reads no more than the rest', async () => {
  const { from, to, sync } = countedPlaces();
  await plant(from, many);
  const abort = new AbortController();
  const reason = new Error('enough');
  const onProgress = ({ files }: { readonly files: number }): void => {
    if (files === 2200) {
      abort.abort(reason);
    }
  };
  await expect(sync({ signal: abort.signal, onProgress })).rejects.toBe(reason);
  const there = Object.keys(await treeOf(to)).length;
  const { reads, summary } = await sync();
  expect(summary).toMatchObject({ copied: 2500 - there, unchanged: there });
  // Some 200 were not written down: those are compared, which reads both sides.
  expect(reads).toBeLessThan(1000);
  expect(await treeOf(to)).toEqual(many);
});

test('a damaged record costs comparisons and nothing else', async () => {
  const { from, to, sync } = countedPlaces();
  await plant(from, many);
  await sync();
  for await (const { path } of to.entries('.oh-sync', { recursive: true })) {
    const lines = (await to.read(path)).split('\n');
    await to.write(path, ['{"path":', 'null', '[]', '{"path":1}', ...lines.slice(10)].join('\n'));
  }
  const { reads, summary } = await sync();
  expect(summary).toMatchObject({ copied: 0, replaced: 0, unchanged: 2500 });
  expect(reads).toBe(2 * 3 * 10);
});

test('the records of many runs become one', async () => {
  const { from, to, sync } = countedPlaces();
  await plant(from, Object.fromEntries(Object.entries(many).slice(0, 300)));
  for (let run = 0; run < 12; run += 1) {
    await from.write('d0/f0', `${run}`);
    await sync();
    const [directory = ''] = await to.list('.oh-sync');
    expect((await to.list(directory)).length).toBeLessThanOrEqual(5);
  }
  expect(await sync()).toMatchObject({ reads: 0, summary: { unchanged: 300 } });
});

test('a run that changes nothing writes no record, nor does a dry run; a record is neither copied nor deleted', async () => {
  const { from, to, sync } = countedPlaces();
  await plant(from, { a: '1', '.oh-sync/foreign/1/0.jsonl': 'x' });
  await sync({ dryRun: true });
  expect(await to.list()).toEqual([]);
  await sync();
  const records = await Array.fromAsync(to.entries('.oh-sync', { recursive: true }));
  expect(records).toHaveLength(1);
  await sync({ delete: true });
  expect(await Array.fromAsync(to.entries('.oh-sync', { recursive: true }))).toEqual(records);
});

test('a large file in front holds back no more of the others than there is room for, and an abort ends the waiting', async () => {
  const from = new MemoryFileStore();
  await plant(from, Object.fromEntries(Array.from({ length: 10_500 }, (_, index) => [`f${String(index).padStart(5, '0')}`, ''])));
  const gate = Promise.withResolvers<void>();
  const store = watchedStore(from, {
    before: async (operation, path) => {
      if (operation === 'read' && path === 'f00000') {
        await gate.promise;
      }
    },
  });
  const to = new MemoryFileStore();
  const abort = new AbortController();
  const reason = new Error('enough');
  let most = 0;
  const stuck = syncFiles(
    { store, path: '' },
    { store: to, path: '' },
    {
      recordKey,
      signal: abort.signal,
      onProgress: ({ files }) => {
        most = files;
        if (files === 9_999) {
          setImmediate(() => {
            abort.abort(reason);
            gate.resolve();
          });
        }
      },
    },
  );
  await expect(stuck).rejects.toBe(reason);
  expect(most).toBe(9_999);
  expect(await syncFiles({ store: from, path: '' }, { store: to, path: '' }, { recordKey })).toMatchObject({ failed: 0 });
  expect(await to.list()).toHaveLength(10_501);
});

test('a record that another run removes meanwhile is missed by nobody', async () => {
  const [from, target] = [new MemoryFileStore(), new MemoryFileStore()];
  await plant(from, many);
  const places = (to: FileStore): [TransferPlace, TransferPlace] => [
    { store: from, path: '' },
    { store: to, path: '' },
  ];
  await syncFiles(...places(target), { recordKey });
  const to = watchedStore(target, {
    before: async (operation, path) => {
      if (operation === 'read' && path.startsWith('.oh-sync/')) {
        await target.delete('.oh-sync');
      }
    },
  });
  expect(await syncFiles(...places(to), { recordKey })).toMatchObject({ copied: 0, unchanged: 2500, failed: 0 });
});
