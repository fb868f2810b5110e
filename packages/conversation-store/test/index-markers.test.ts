import { FileStoreError, homeLayout, MemoryFileStore, sessionsLayout } from '@oh/file-store-core';
import { interceptFileStore } from '@oh/file-store-core/testing';
import { TombstoneFile } from '@oh/file-store-core/tombstones';
import { describe, expect, it } from 'vitest';
import { dated, IndexPlace, idsOf, textOf } from './index-place.ts';
import { withCode } from './with-code.ts';

describe.each([homeLayout, sessionsLayout])('the markers of the index, $name layout', (layout) => {
  const { index, open, plant, markers } = new IndexPlace(layout);

  it('shows no conversation whose creation was interrupted, and every one that was saved', async () => {
    const memory = new MemoryFileStore();
    await open(memory).saveMetadata(dated('before', 0));
    await idsOf(open(memory));
    for (let failing = 1; failing <= 6; failing += 1) {
      let writes = 0;
      const files = interceptFileStore(memory, (operation) => {
        writes += operation === 'write' ? 1 : 0;
        if (writes === failing) {
          throw new FileStoreError('unavailable', 'no');
        }
      });
      const id = `c${failing}`;
      const outcome = await open(files)
        .saveMetadata(dated(id, failing))
        .then(
          () => true,
          () => false,
        );
      expect((await idsOf(open(memory))).includes(id)).toBe(outcome);
      expect(await open(memory).exists(id)).toBe(outcome);
      await open(memory).saveMetadata(dated(id, failing));
      expect(await idsOf(open(memory))).toContain(id);
    }
  });

  it('passes over a conversation whose deletion was interrupted, wherever that was', async () => {
    for (let failing = 1; failing <= 7; failing += 1) {
      const memory = new MemoryFileStore();
      await open(memory).saveMetadata(dated('c1', 0));
      let changes = 0;
      const files = interceptFileStore(memory, (operation) => {
        changes += operation === 'write' || operation === 'delete' ? 1 : 0;
        if (changes === failing) {
          throw new FileStoreError('unavailable', 'no');
        }
      });
      await expect(open(files).deleteMetadata('c1')).rejects.toThrow(withCode('unavailable'));
      const exists = await open(memory).exists('c1');
      expect(exists).toBe(failing <= 2);
      expect(await idsOf(open(memory))).toEqual(exists ? ['c1'] : []);
      expect((await open(memory).search({ pageId: null, limit: 1 })).next_page_id).toBe(null);
      await open(memory).deleteMetadata('c1');
    }
  });

  it('drops a marker without record, but not before an hour', async () => {
    const files = new MemoryFileStore();
    await plant(files, ['a', 'b']);
    await idsOf(open(files));
    await files.delete(`${layout.conversations()}/a`);
    const inMinutes = (minutes: number): Date => new Date(Date.now() + minutes * 60_000);
    expect(await idsOf(open(files, { now: () => inMinutes(50) }))).toEqual(['b']);
    expect(await markers(files)).toHaveLength(2);
    expect(await idsOf(open(files, { now: () => inMinutes(61) }))).toEqual(['b']);
    expect(await markers(files)).toHaveLength(1);
  });

  it('finds a conversation that came back after its marker was dropped, though nothing was compared in between', async () => {
    const files = new MemoryFileStore();
    await plant(files, ['a', 'b']);
    await idsOf(open(files));
    const later = new Date(Date.now() + 7_200_000);
    const state = { version: 1, conversations: 5000, compared_at: later.toISOString() };
    await files.write(`${index}/state.json`, JSON.stringify(state));
    await files.delete(`${layout.conversations()}/a`);
    expect(await idsOf(open(files, { now: () => later }))).toEqual(['b']);
    await plant(files, ['a']);
    expect(await idsOf(open(files, { now: () => later }), { refresh: true })).toEqual(['a', 'b']);
  });

  it('never writes a marker with the same bytes, so that also a version made of the bytes tells', async () => {
    const files = new MemoryFileStore();
    const contents = new Set<string>();
    for (let time = 0; time < 2; time += 1) {
      await plant(files, ['a']);
      await idsOf(open(files));
      const [marker = ''] = await markers(files);
      contents.add(await files.read(marker));
      await files.delete(index);
    }
    expect(contents.size).toBe(2);
  });

  it('keeps a marker that is written again while it is dropped', async () => {
    const memory = new MemoryFileStore();
    await plant(memory, ['a', 'b']);
    await idsOf(open(memory));
    await memory.delete(`${layout.conversations()}/a`);
    const files = interceptFileStore(memory, async (operation, path) => {
      if (operation === 'delete' && String(path).startsWith(`${index}/created`)) {
        await open(memory).saveMetadata(dated('a', 0));
      }
    });
    await idsOf(open(files, { now: () => new Date('2100-01-01') }));
    expect(await idsOf(open(memory))).toEqual(['a', 'b']);
  });

  it('follows a record whose instant changes, whoever changes it', async () => {
    const files = new MemoryFileStore();
    const store = open(files);
    for (const [at, id] of ['a', 'b', 'c', 'd'].entries()) {
      await store.saveMetadata(dated(id, -at));
    }
    await store.updateMetadata('a', (current) => ({ ...current, created_at: dated('a', -2.5).created_at }));
    expect(await idsOf(store)).toEqual(['b', 'c', 'a', 'd']);
    await files.write(layout.conversationMetadata('d'), textOf('d', 7));
    await idsOf(store);
    expect(await idsOf(store)).toEqual(['d', 'b', 'c', 'a']);
    expect(await idsOf(open(files, { now: () => new Date('2100-01-01') }))).toEqual(['d', 'b', 'c', 'a']);
    expect(await markers(files)).toHaveLength(4);
    expect(await idsOf(store)).toEqual(['d', 'b', 'c', 'a']);
  });

  it('leaves a record whose instant another program has changed to the page where it belongs', async () => {
    const files = new MemoryFileStore();
    const store = open(files);
    for (const [at, id] of ['a', 'b', 'c', 'd'].entries()) {
      await store.saveMetadata(dated(id, -at));
    }
    const { results, next_page_id } = await store.search({ limit: 2 });
    expect(results.map(({ conversation_id }) => conversation_id)).toEqual(['a', 'b']);
    await files.write(layout.conversationMetadata('c'), textOf('c', 5));
    expect(await idsOf(store, { limit: 2, pageId: next_page_id })).toEqual(['d']);
  });

  it('shows nothing of a conversation whose deletion nobody has noted, whatever another program writes there', async () => {
    const files = new MemoryFileStore();
    const store = open(files);
    await store.saveMetadata(dated('a', 0));
    await files.write(layout.conversationMetadata('torn'), '{');
    expect((await store.search()).unreadable).toMatchObject([{ conversation_id: 'torn' }]);
    for (const id of ['a', 'torn']) {
      await new TombstoneFile(files, layout.conversationTombstone(id)).insist(id, undefined, {});
    }
    await files.write(layout.conversationMetadata('a'), textOf('a', 5));
    expect(await store.search()).toMatchObject({ results: [], unreadable: [] });
    expect(await store.search()).toMatchObject({ results: [], unreadable: [] });
  });

  it('finds by a field that another program changed, once the record was on a page', async () => {
    const files = new MemoryFileStore();
    const store = open(files);
    await store.saveMetadata(dated('a', 0, { selected_repository: 'old' }));
    await files.write(layout.conversationMetadata('a'), textOf('a', 0, { selected_repository: 'new' }));
    expect(await idsOf(store, { filter: { repository: 'old' } })).toEqual([]);
    expect(await idsOf(store)).toEqual(['a']);
    expect(await idsOf(store, { filter: { repository: 'new' } })).toEqual(['a']);
    expect(await idsOf(store)).toEqual(['a']);
    await store.updateMetadata('a', (current) => ({ ...current, selected_repository: 'newer' }));
    expect(await idsOf(store, { filter: { repository: 'newer' } })).toEqual(['a']);
    expect(await idsOf(store, { filter: { repository: 'new' } })).toEqual([]);
  });

  it('does not write on a page for a marker that was left behind', async () => {
    const files = new MemoryFileStore();
    await open(files).saveMetadata(dated('a', 0, { selected_repository: 'old' }));
    await open(files).updateMetadata('a', (current) => ({ ...current, selected_repository: 'new' }));
    await open(files).search();
    const readOnly = interceptFileStore(files, (operation) => expect(['write', 'delete']).not.toContain(operation));
    expect(await idsOf(open(readOnly))).toEqual(['a']);
  });
});
