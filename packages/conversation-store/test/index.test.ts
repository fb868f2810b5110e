import { FileStoreError, homeLayout, MemoryFileStore, sessionsLayout } from '@oh/file-store-core';
import { interceptFileStore } from '@oh/file-store-core/testing';
import { describe, expect, it } from 'vitest';
import { dated, IndexPlace, idsOf, textOf } from './index-place.ts';
import { withCode } from './with-code.ts';

describe.each([homeLayout, sessionsLayout])('the index, $name layout', (layout) => {
  const { index, open, plant, readsOf, markers } = new IndexPlace(layout);

  it('lets a page read its own records, and one more that tells of the next page', async () => {
    const files = new MemoryFileStore();
    const ids = Array.from({ length: 300 }, (_, at) => `c${at + 100}`);
    for (const [at, id] of ids.entries()) {
      await open(files).saveMetadata(dated(id, -at * 86_400));
    }
    await open(files).search();
    expect(await readsOf(files, (store) => store.search())).toEqual(ids.slice(0, 21).map((id) => layout.conversationMetadata(id)));
    const { next_page_id: pageId } = await open(files).search({ limit: 100 });
    const reads = await readsOf(files, (store) => store.search({ pageId, limit: 5 }));
    expect(reads).toEqual(ids.slice(100, 106).map((id) => layout.conversationMetadata(id)));
  });

  it('shows what another program writes and deletes on the next first page', async () => {
    const files = new MemoryFileStore();
    const store = open(files);
    await store.saveMetadata(dated('mine', 0));
    await plant(files, ['foreign', 'other'], 5);
    expect(await idsOf(store)).toEqual(['foreign', 'other', 'mine']);
    await plant(files, ['late'], 9);
    await files.delete(`${layout.conversations()}/foreign`);
    expect(await idsOf(store)).toEqual(['late', 'other', 'mine']);
    expect(await files.list(`${index}/ids`)).toEqual(['late', 'mine', 'other'].map((id) => `${index}/ids/${id}`));
    await plant(files, ['foreign'], 7);
    expect(await idsOf(store)).toEqual(['late', 'foreign', 'other', 'mine']);
  });

  it.each(['', '/state.json', '/created', '/ids'])('comes back when %j of it is deleted', async (part) => {
    const files = new MemoryFileStore();
    const store = open(files);
    await plant(files, ['a', 'b', 'c']);
    expect(await idsOf(store)).toEqual(['a', 'b', 'c']);
    await files.delete(`${index}${part}`);
    if (part === '/created') {
      // As a whole it is taken for what it says; whoever deletes a part deletes the state with it.
      await files.delete(`${index}/ids`);
    }
    expect(await idsOf(store)).toEqual(['a', 'b', 'c']);
    expect(await markers(files)).toHaveLength(3);
  });

  it.each(['{', '[]', '{"version":1}', '{"version":1,"conversations":-1,"compared_at":"2025-01-01T00:00:00Z"}', new Uint8Array([0xff])])(
    'is made anew where its state is damaged: %s',
    async (state) => {
      const files = new MemoryFileStore();
      await plant(files, ['a', 'b']);
      await idsOf(open(files));
      await files.write(`${index}/state.json`, state);
      expect(await idsOf(open(files))).toEqual(['a', 'b']);
      expect(JSON.parse(await files.read(`${index}/state.json`))).toMatchObject({ version: 1, conversations: 2 });
    },
  );

  it('of a later version is left alone', async () => {
    const files = new MemoryFileStore();
    await plant(files, ['a', 'b']);
    await files.write(`${index}/state.json`, '{"version":2}');
    const readOnly = interceptFileStore(files, (operation) => expect(['write', 'delete']).not.toContain(operation));
    expect(await idsOf(open(readOnly))).toEqual(['a', 'b']);
  });

  it.each(['permission-denied', 'unsupported', 'no-space'] as const)('is done without where writing it fails with %s', async (code) => {
    const files = new MemoryFileStore();
    await plant(files, ['a', 'b']);
    await files.write(layout.conversationMetadata('torn'), '{');
    const readOnly = interceptFileStore(files, (operation) => {
      if (operation === 'write' || operation === 'delete') {
        throw new FileStoreError(code, 'no');
      }
    });
    const page = await open(readOnly).search({ limit: 1 });
    expect(page).toMatchObject({ results: [{ conversation_id: 'a' }], unreadable: [{ conversation_id: 'torn' }] });
    expect(await idsOf(open(readOnly), { pageId: page.next_page_id })).toEqual(['b']);
    await idsOf(open(files));
    const later = { now: () => new Date('2100-01-01') };
    await files.write(layout.conversationMetadata('b'), '{');
    expect((await open(readOnly, later).search()).unreadable).toMatchObject([{ conversation_id: 'b' }, { conversation_id: 'torn' }]);
    await files.write(layout.conversationMetadata('b'), textOf('b', 9));
    expect(await idsOf(open(readOnly, later))).toEqual(['b', 'a']);
    await files.write(layout.conversationMetadata('torn'), textOf('torn', 99));
    expect(await idsOf(open(readOnly, later))).toEqual(['torn', 'b', 'a']);
    await files.delete(layout.conversationMetadata('torn'));
    expect(await idsOf(open(readOnly, later))).toEqual(['b', 'a']);
  });

  it('tells when it cannot be written for another reason', async () => {
    const files = new MemoryFileStore();
    await plant(files, ['a']);
    const failing = interceptFileStore(files, (operation) => {
      if (operation === 'write') {
        throw new FileStoreError('unavailable', 'no');
      }
    });
    await expect(open(failing).search()).rejects.toThrow(withCode('unavailable'));
  });

  it('is not begun where nothing is', async () => {
    const files = new MemoryFileStore();
    await open(files).search();
    expect(await files.list()).toEqual([]);
  });

  it('lets a filter pass over records without reading them, and read all that a title may be in', async () => {
    const files = new MemoryFileStore();
    for (let at = 0; at < 50; at += 1) {
      await open(files).saveMetadata(dated(`c${at + 10}`, -at, { trigger: at % 10 === 0 ? 'slack' : 'gui', title: `t${at}` }));
    }
    await open(files).search();
    expect(await readsOf(files, (store) => store.search({ filter: { trigger: 'slack' } }))).toHaveLength(5);
    expect(await readsOf(files, (store) => store.search({ filter: { trigger: 'jira' } }))).toEqual([]);
    const range = { createdFrom: '2024-12-31T23:59:30Z', createdBefore: '2024-12-31T23:59:35Z' };
    expect(await readsOf(files, (store) => store.search({ filter: range }))).toHaveLength(5);
    expect(await readsOf(files, (store) => store.search({ filter: { ...range, title: 't27' } }))).toHaveLength(5);
    expect(await idsOf(open(files), { filter: { title: 't27' } })).toEqual(['c37']);
  });

  it('passes over files that are no markers', async () => {
    const files = new MemoryFileStore();
    await plant(files, ['a']);
    await idsOf(open(files));
    await files.write(`${index}/created/notes.txt`, 'x');
    await files.write(`${index}/created/00000/00/x`, 'x');
    await files.write(`${index}/ids/not an id`, 'x');
    expect(await idsOf(open(files))).toEqual(['a']);
  });
});
