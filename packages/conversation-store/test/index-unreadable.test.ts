import { FileStoreError, homeLayout, MemoryFileStore, sessionsLayout } from '@oh/file-store-core';
import { interceptFileStore } from '@oh/file-store-core/testing';
import { describe, expect, it } from 'vitest';
import { dated, IndexPlace, idsOf } from './index-place.ts';
import { withCode } from './with-code.ts';

describe.each([homeLayout, sessionsLayout])('the index of what cannot be read, $name layout', (layout) => {
  const { index, open, plant, markers } = new IndexPlace(layout);

  it('names a record once it cannot be read, and shows it again once it can', async () => {
    const files = new MemoryFileStore();
    const store = open(files);
    for (const [at, id] of ['a', 'b', 'c'].entries()) {
      await store.saveMetadata(dated(id, -at));
    }
    const text = await files.read(layout.conversationMetadata('b'));
    await files.write(layout.conversationMetadata('b'), '{');
    const first = await store.search({ limit: 1 });
    const second = await store.search({ limit: 1, pageId: first.next_page_id });
    expect([...first.unreadable, ...second.unreadable].map(({ conversation_id }) => conversation_id)).toEqual(['b']);
    expect(second).toMatchObject({ results: [{ conversation_id: 'c' }], next_page_id: null });
    expect((await store.search()).unreadable).toMatchObject([{ conversation_id: 'b' }]);
    expect((await store.search({ limit: 1, pageId: first.next_page_id })).unreadable).toEqual([]);
    await files.write(layout.conversationMetadata('b'), text);
    expect(await store.search()).toMatchObject({ results: [{}, { conversation_id: 'b' }, {}], unreadable: [] });
    await files.write(layout.conversationMetadata('b'), '{');
    await idsOf(store);
    await store.deleteMetadata('b');
    expect(await store.search()).toMatchObject({ results: [{}, {}], unreadable: [] });
  });

  it.each([
    ['permission-denied', undefined],
    ['unavailable', false],
    ['unknown', undefined],
  ] as const)('names a record whose file alone fails with %s, and leaves the index as it is', async (code, retryable) => {
    const files = new MemoryFileStore();
    await plant(files, ['a', 'b', 'c']);
    expect(await idsOf(open(files))).toEqual(['a', 'b', 'c']);
    await plant(files, ['new'], -5);
    const closed = interceptFileStore(files, (operation, path) => {
      if (operation === 'read' && /\/(?:b|new)\/metadata\.json$/.test(String(path))) {
        throw new FileStoreError(code, 'no', { retryable });
      }
    });
    const before = await markers(files);
    const later = { now: () => new Date('2100-01-01') };
    const page = await open(closed, later).search();
    expect(page.results.map(({ conversation_id }) => conversation_id)).toEqual(['a', 'c']);
    expect(page.unreadable).toEqual(['b', 'new'].map((id) => ({ conversation_id: id, error: withCode(code) })));
    expect(page.unreadable[0]?.error.message).toBe(
      `[${code}] the record of conversation "b" at "${layout.conversationMetadata('b')}" cannot be read: no`,
    );
    expect(page.unreadable[0]?.error.retryable).toBe(false);
    expect(await markers(files)).toEqual(before);
    expect(await idsOf(open(files))).toEqual(['a', 'b', 'c', 'new']);
    expect(await files.list(`${index}/unreadable`)).toEqual([]);
  });

  it.each(['permission-denied', 'corrupt', 'corrupt in a store that is read only'])(
    'names a record behind the end of a page on the next one alone: %s',
    async (damage) => {
      const files = new MemoryFileStore();
      await plant(files, ['a', 'b', 'broken', 'c', 'd']);
      await idsOf(open(files));
      const path = layout.conversationMetadata('broken');
      await (damage === 'permission-denied' ? undefined : files.write(path, '{'));
      const failing = interceptFileStore(files, (operation, at) => {
        const isClosed = damage === 'permission-denied' && operation === 'read' && String(at) === path;
        const isChange = damage.endsWith('read only') && (operation === 'write' || operation === 'delete');
        if (isClosed || isChange) {
          throw new FileStoreError('permission-denied', 'no');
        }
      });
      const first = await open(failing).search({ limit: 2 });
      const second = await open(failing).search({ limit: 2, pageId: first.next_page_id });
      expect(first.unreadable).toEqual([]);
      expect(second.unreadable.map(({ conversation_id }) => conversation_id)).toEqual(['broken']);
      expect(second.results.map(({ conversation_id }) => conversation_id)).toEqual(['c', 'd']);
    },
  );

  it('names the records whose files cannot be read where there is no index', async () => {
    const files = new MemoryFileStore();
    await plant(files, ['a', 'b']);
    const closed = interceptFileStore(files, (operation, path) => {
      if (operation === 'write' || (operation === 'read' && String(path) === layout.conversationMetadata('b'))) {
        throw new FileStoreError('permission-denied', 'no');
      }
    });
    const page = await open(closed).search();
    expect(page).toMatchObject({ results: [{ conversation_id: 'a' }], unreadable: [{ conversation_id: 'b' }] });
  });

  it.each(['unavailable', 'rate-limited', 'timeout', 'no-space', 'closed'] as const)(
    'throws %s, which is not of one record',
    async (code) => {
      const files = new MemoryFileStore();
      await plant(files, ['a', 'b']);
      await idsOf(open(files));
      const failing = interceptFileStore(files, (operation, path) => {
        if (operation === 'read' && String(path) === layout.conversationMetadata('b')) {
          throw new FileStoreError(code, 'no');
        }
      });
      await expect(open(failing).search()).rejects.toThrow(withCode(code));
    },
  );

  it('forgets a record that could not be read when another program deletes it', async () => {
    const files = new MemoryFileStore();
    await plant(files, ['a']);
    await files.write(layout.conversationMetadata('torn'), '{');
    expect((await open(files).search()).unreadable).toHaveLength(1);
    await files.delete(layout.conversationMetadata('torn'));
    expect((await open(files).search()).unreadable).toEqual([]);
    await plant(files, ['torn'], -5);
    expect(await idsOf(open(files))).toEqual(['a', 'torn']);
  });
});
