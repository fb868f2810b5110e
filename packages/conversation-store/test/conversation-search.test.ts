import { type FileStore, homeLayout, MemoryFileStore, sessionsLayout } from '@oh/file-store-core';
import { interceptFileStore } from '@oh/file-store-core/testing';
import { describe, expect, it } from 'vitest';
import type { ConversationMetadataInput } from '../src/conversation-metadata.ts';
import type { ConversationStore } from '../src/conversation-store.ts';
import { FileConversationStore } from '../src/file-conversation-store.ts';
import { newRecord } from './new-record.ts';
import { withCode } from './with-code.ts';

/** A record `seconds` after 2025-01-01. */
function dated(id: string, seconds: number): ConversationMetadataInput {
  return newRecord(id, { created_at: Date.parse('2025-01-01T00:00:00Z') / 1000 + seconds });
}

async function searchAll(store: ConversationStore, limit: number): Promise<string[][]> {
  const pages: string[][] = [];
  let pageId: string | null = null;
  do {
    const page = await store.search({ pageId, limit });
    pages.push(page.results.map(({ conversation_id }) => conversation_id));
    pageId = page.next_page_id;
  } while (pageId !== null);
  return pages;
}

describe.each([homeLayout, sessionsLayout])('search, $name layout', (layout) => {
  function open(files: FileStore = new MemoryFileStore()): { files: FileStore; store: ConversationStore; directory: string } {
    return { files, store: new FileConversationStore({ files, layout }), directory: layout.conversations() };
  }

  it('gives the newest first, by instant and not by spelling', async () => {
    const { store } = open();
    await store.saveMetadata(newRecord('noon-in-paris', { created_at: '2025-01-01T12:00:00+01:00' }));
    await store.saveMetadata(newRecord('noon', { created_at: '2025-01-01T12:00:00' }));
    await store.saveMetadata(newRecord('noon-in-new-york', { created_at: '2025-01-01T12:00:00-05:00' }));
    await store.saveMetadata(newRecord('a-microsecond-later', { created_at: '2025-01-01T12:00:00.000001Z' }));
    await store.saveMetadata(newRecord('also-noon', { created_at: '2025-01-01T14:00:00+02:00' }));
    expect(await searchAll(store, 20)).toEqual([['noon-in-new-york', 'a-microsecond-later', 'also-noon', 'noon', 'noon-in-paris']]);
  });

  it('gives an empty page where nothing is', async () => {
    expect(await open().store.search()).toEqual({ results: [], next_page_id: null, unreadable: [] });
  });

  it('gives the same conversations in pages of any size', async () => {
    const { store } = open();
    const ids = Array.from({ length: 25 }, (_, index) => `c${String(index).padStart(2, '0')}`);
    // Every third has the instant of the one before.
    await Promise.all(ids.map((id, index) => store.saveMetadata(dated(id, -(index - (index % 3 === 2 ? 1 : 0))))));
    expect((await store.search()).results).toHaveLength(20);
    for (const limit of [1, 2, 7, 24, 25, 26, 1000]) {
      const pages = await searchAll(store, limit);
      expect(pages.flat()).toEqual(ids);
      expect(pages).toHaveLength(Math.ceil(ids.length / limit));
    }
  });

  it('neither repeats nor skips when conversations come and go between the pages', async () => {
    const { store } = open();
    for (let index = 0; index < 6; index += 1) {
      await store.saveMetadata(dated(`c${index}`, -index));
    }
    const first = await store.search({ limit: 2 });
    expect(first.results.map(({ conversation_id }) => conversation_id)).toEqual(['c0', 'c1']);
    await store.saveMetadata(dated('newer', 1));
    await store.saveMetadata(dated('between', -2.5));
    await store.deleteMetadata('c1');
    await store.deleteMetadata('c0');
    const rest = await store.search({ pageId: first.next_page_id, limit: 10 });
    expect(rest.results.map(({ conversation_id }) => conversation_id)).toEqual(['c2', 'between', 'c3', 'c4', 'c5']);
    expect(rest.next_page_id).toBe(null);
  });

  it('reports what cannot be read on the first page only, and hides nothing for it', async () => {
    const { files, store, directory } = open();
    await store.saveMetadata(dated('c1', 0));
    await store.saveMetadata(dated('c2', -1));
    await files.write(`${directory}/b/metadata.json`, '{');
    await files.write(`${directory}/a/metadata.json`, '{"conversation_id":"a","selected_repository":null}');
    const first = await store.search({ limit: 1 });
    expect(first.results).toHaveLength(1);
    expect(first.unreadable.map(({ conversation_id }) => conversation_id)).toEqual(['a', 'b']);
    expect(first.unreadable[1]?.error.message).toContain(`${directory}/b/metadata.json`);
    const second = await store.search({ limit: 1, pageId: first.next_page_id });
    expect(second).toMatchObject({ results: [{ conversation_id: 'c2' }], next_page_id: null, unreadable: [] });
  });

  it('passes over what is no conversation', async () => {
    const { files, store, directory } = open();
    await store.saveMetadata(newRecord('c1'));
    const text = await files.read(`${directory}/c1/metadata.json`);
    for (const path of [
      '.hidden/metadata.json',
      'ü/metadata.json',
      'metadata.json',
      'file',
      'empty/events/0.json',
      'deep/c2/metadata.json',
    ]) {
      await files.write(`${directory}/${path}`, text);
    }
    const read: unknown[] = [];
    const watched = interceptFileStore(
      files,
      (operation, path) => void (operation === 'read' && String(path).endsWith('metadata.json') && read.push(path)),
    );
    const page = await open(watched).store.search();
    expect(page).toMatchObject({ results: [{ conversation_id: 'c1' }], unreadable: [] });
    expect([...new Set(read)].sort()).toEqual(['c1', 'deep', 'empty'].map((id) => `${directory}/${id}/metadata.json`));
  });

  it('finds a copied directory under its own name', async () => {
    const { files, store, directory } = open();
    await store.saveMetadata(newRecord('c1'));
    await files.copy(`${directory}/c1/metadata.json`, `${directory}/copy/metadata.json`);
    expect(await searchAll(store, 1)).toEqual([['c1'], ['copy']]);
  });

  it.each([0, -1, 1.5, 1001, Number.NaN, Number.POSITIVE_INFINITY])('refuses the limit %s, before any I/O', async (limit) => {
    const failing = interceptFileStore(new MemoryFileStore(), () => expect.unreachable());
    await expect(open(failing).store.search({ limit })).rejects.toThrow(withCode('invalid-argument'));
  });

  it('refuses a page id that it did not give, before any I/O', async () => {
    const failing = interceptFileStore(new MemoryFileStore(), () => expect.unreachable());
    await expect(open(failing).store.search({ pageId: 'Mw==' })).rejects.toThrow(withCode('invalid-argument'));
  });
});
