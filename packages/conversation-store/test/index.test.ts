import { type FileStore, FileStoreError, homeLayout, MemoryFileStore, sessionsLayout } from '@oh/file-store-core';
import { interceptFileStore } from '@oh/file-store-core/testing';
import { TombstoneFile } from '@oh/file-store-core/tombstones';
import { describe, expect, it } from 'vitest';
import type { ConversationMetadataInput } from '../src/conversation-metadata.ts';
import { FileConversationStore, type FileConversationStoreOptions } from '../src/file-conversation-store.ts';
import { newRecord } from './new-record.ts';
import { withCode } from './with-code.ts';

/** A record `seconds` after 2025-01-01. */
function dated(id: string, seconds: number, fields: Partial<ConversationMetadataInput> = {}): ConversationMetadataInput {
  return newRecord(id, { created_at: Date.parse('2025-01-01T00:00:00Z') / 1000 + seconds, ...fields });
}

function textOf(id: string, seconds: number, fields: Partial<ConversationMetadataInput> = {}): string {
  return JSON.stringify(dated(id, seconds, fields));
}

async function idsOf(store: FileConversationStore, options: Parameters<FileConversationStore['search']>[0] = {}): Promise<string[]> {
  return (await store.search({ limit: 1000, ...options })).results.map(({ conversation_id }) => conversation_id);
}

describe.each([homeLayout, sessionsLayout])('the index, $name layout', (layout) => {
  const index = layout.conversationIndex();

  function open(files: FileStore, options: Partial<FileConversationStoreOptions> = {}): FileConversationStore {
    return new FileConversationStore({ files, layout, ...options });
  }

  /** Puts records there as another program does. */
  async function plant(files: FileStore, ids: readonly string[], first = 0): Promise<void> {
    await Promise.all(ids.map((id, at) => files.write(layout.conversationMetadata(id), textOf(id, first - at))));
  }

  /** The paths of what is read by a call, without the state. */
  async function readsOf(files: FileStore, call: (store: FileConversationStore) => Promise<unknown>): Promise<string[]> {
    const reads: string[] = [];
    const watched = interceptFileStore(files, (operation, path) => {
      if (operation === 'read' && path !== `${index}/state.json`) {
        reads.push(String(path));
      }
    });
    await call(open(watched));
    return reads;
  }

  function markers(files: FileStore): Promise<string[]> {
    return Array.fromAsync(files.entries(`${index}/created`, { recursive: true }), ({ path }) => path);
  }

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
