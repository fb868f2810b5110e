import { type FileStore, FileStoreError, homeLayout, MemoryFileStore, sessionsLayout } from '@oh/file-store-core';
import { interceptFileStore } from '@oh/file-store-core/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { FileConversationStore } from '../src/file-conversation-store.ts';
import { maxAwaited } from '../src/index-keeper.ts';
import { newRecord } from './new-record.ts';
import { withCode } from './with-code.ts';

const statePath = '.oh-conversations/index/state.json';
const count = maxAwaited + 1;
/** Past the pause between two comparisons of so many. */
const laterMs = 60_000 + count * 5;

async function plant(files: FileStore, id: string, seconds: number): Promise<void> {
  await files.write(sessionsLayout.conversationMetadata(id), JSON.stringify(newRecord(id, { created_at: 1_700_000_000 + seconds })));
}

describe('an index over many conversations', () => {
  let memory: MemoryFileStore;
  let clock: number;
  let reads: number;
  let watched: FileStore;

  beforeEach(async () => {
    memory = new MemoryFileStore();
    clock = Date.parse('2025-01-01T00:00:00Z');
    reads = 0;
    watched = interceptFileStore(memory, (operation, path) => {
      reads += operation === 'read' && String(path).endsWith('metadata.json') ? 1 : 0;
    });
    await Promise.all(Array.from({ length: count }, (_, at) => plant(memory, `c${at + 1000}`, -at)));
  });

  function open(files: FileStore = watched): FileConversationStore {
    return new FileConversationStore({ files, layout: sessionsLayout, now: () => new Date(clock) });
  }

  async function newestOf(store: FileConversationStore, options: { readonly refresh?: boolean } = {}): Promise<string | undefined> {
    return (await store.search({ limit: 1, ...options })).results[0]?.conversation_id;
  }

  async function openIndexed(): Promise<FileConversationStore> {
    const store = open();
    await store.search();
    await store.background;
    reads = 0;
    return store;
  }

  it('is made in the background, while pages read every record', async () => {
    const store = open();
    const page = await store.search({ limit: 3 });
    expect(page.results.map(({ conversation_id }) => conversation_id)).toEqual(['c1000', 'c1001', 'c1002']);
    expect(reads).toBeGreaterThanOrEqual(count);
    await store.background;
    reads = 0;
    expect(await newestOf(store)).toBe('c1000');
    expect(reads).toBe(2);
    expect((await store.search({ limit: 3, pageId: page.next_page_id })).results[0]?.conversation_id).toBe('c1003');
    expect(reads).toBe(6);
  });

  it('finds what another program wrote in the background of a first page, a while after the last comparison', async () => {
    const store = await openIndexed();
    await plant(memory, 'foreign', 5);
    expect(await newestOf(store)).toBe('c1000');
    clock += laterMs - 1;
    expect(await newestOf(store)).toBe('c1000');
    clock += 1;
    const { next_page_id: pageId } = await store.search();
    await store.background;
    expect(await newestOf(store)).toBe('foreign');
    await plant(memory, 'another', 6);
    clock += laterMs;
    await store.search({ pageId });
    await store.close();
    expect(await newestOf(open())).toBe('foreign');
  });

  it('is compared again when the clock of the last comparison was ahead', async () => {
    const store = await openIndexed();
    await plant(memory, 'foreign', 5);
    clock -= laterMs;
    await store.search();
    await store.background;
    expect(await newestOf(store)).toBe('foreign');
  });

  it('tells a prune, which reads every page, what keeps it from being complete', async () => {
    await openIndexed();
    await plant(memory, 'foreign', 5);
    let isFailing = true;
    const files = interceptFileStore(memory, (operation, path) => {
      if (operation === 'list' && path === 'sessions' && isFailing) {
        isFailing = false;
        throw new FileStoreError('unavailable', 'no');
      }
    });
    const olderThan = new Date(0);
    await expect(open(files).prune({ olderThan })).rejects.toThrow(withCode('unavailable'));
    expect(await open(files).prune({ olderThan })).toMatchObject({ kept: count + 1 });
  });

  it('is not compared by one process soon after another', async () => {
    await openIndexed();
    await plant(memory, 'foreign', 5);
    clock += laterMs - 1;
    const lists: unknown[] = [];
    await newestOf(open(interceptFileStore(memory, (operation, path) => void (operation === 'list' && lists.push(path)))));
    expect(lists).toEqual(['unreadable', 'deleting'].map((name) => `.oh-conversations/index/${name}`));
  });

  it('shows what another program wrote at once where that is asked for', async () => {
    const store = await openIndexed();
    await plant(memory, 'foreign', 5);
    expect(await newestOf(store, { refresh: true })).toBe('foreign');
    expect(reads).toBe(3);
  });

  it('shows its own conversations at once', async () => {
    const store = await openIndexed();
    await store.saveMetadata(newRecord('mine', { created_at: 1_700_000_005 }));
    expect(await newestOf(store)).toBe('mine');
    await store.deleteMetadata('mine');
    expect(await newestOf(store)).toBe('c1000');
  });

  it('is left for the records while another program has added more than a page can wait for', async () => {
    const store = await openIndexed();
    await Promise.all(Array.from({ length: count }, (_, at) => plant(memory, `d${at}`, at)));
    expect(await newestOf(store, { refresh: true })).toBe(`d${count - 1}`);
    expect(reads).toBeGreaterThanOrEqual(2 * count);
    await store.background;
    reads = 0;
    expect(await newestOf(store)).toBe(`d${count - 1}`);
    expect(reads).toBe(2);
  });

  it('becomes that of a few again, and compares for every first page', async () => {
    const store = await openIndexed();
    await memory.delete('sessions/c1500');
    await newestOf(store, { refresh: true });
    await plant(memory, 'foreign', 5);
    await memory.delete('sessions/c1501');
    expect(await newestOf(store)).toBe('foreign');
  });

  it('stops being compared when the store is closed, and again when it is closed twice', async () => {
    const store = open();
    await store.search();
    await store.close();
    await store.close();
    expect(await memory.exists(statePath)).toBe(false);
    expect(store.background).toBe(undefined);
    expect(await newestOf(store)).toBe('c1000');
    expect(store.background).toBe(undefined);
    expect(await memory.exists(statePath)).toBe(false);
  });

  it('goes on where an interrupted beginning ended', async () => {
    const files = interceptFileStore(memory, (operation, path) => {
      if (operation === 'write' && path === '.oh-conversations/index/ids/c1500') {
        throw new FileStoreError('unavailable', 'no');
      }
    });
    const half = open(files);
    await half.search();
    await half.background;
    const listed = (await memory.list('.oh-conversations/index/ids')).length;
    expect(listed).toBeGreaterThan(100);
    expect(await memory.exists(statePath)).toBe(false);
    expect(await newestOf(open())).toBe('c1000');
    expect(reads).toBe(count - listed + 2);
    expect(await memory.exists(statePath)).toBe(true);
  });

  it('has its pages read through it again after a failure, also beside more directories without a record than a page can wait for', async () => {
    await (await openIndexed()).close();
    await Promise.all(Array.from({ length: count }, (_, at) => memory.write(`sessions/d${at}/agent_state.pkl`, '')));
    let isFailing = true;
    const store = open(
      interceptFileStore(watched, (operation, path) => {
        if (operation === 'list' && path === 'sessions' && isFailing) {
          isFailing = false;
          throw new FileStoreError('unavailable', 'no');
        }
      }),
    );
    for (let page = 0; page < 2; page += 1) {
      clock += 2 * laterMs;
      await store.search();
      await store.background;
    }
    expect(isFailing).toBe(false);
    reads = 0;
    expect(await newestOf(store)).toBe('c1000');
    expect(reads).toBe(2);
  });

  it('tells on the next first page what failed in the background', async () => {
    await openIndexed();
    clock += laterMs;
    await plant(memory, 'foreign', 5);
    let failing = true;
    const files = interceptFileStore(memory, (operation, path) => {
      if (failing && operation === 'list' && path === 'sessions') {
        throw new FileStoreError('unavailable', 'no');
      }
    });
    const store = open(files);
    expect(await newestOf(store)).toBe('c1000');
    await store.background;
    await expect(newestOf(store)).rejects.toThrow(withCode('unavailable'));
    failing = false;
    expect(await newestOf(store)).toBe('foreign');
  });
});

describe('lists of users, where the records of all lie together', () => {
  it("let a user's page read that user's records only", async () => {
    const files = new MemoryFileStore();
    const everybody = new FileConversationStore({ files, layout: sessionsLayout });
    for (let at = 0; at < 60; at += 1) {
      const user_id = at % 20 === 0 ? 'alice' : at % 20 === 1 ? null : 'bob@example.org';
      await everybody.saveMetadata(newRecord(`c${at}`, { user_id, created_at: -at }));
    }
    await plant(files, 'foreign', 0);
    await everybody.search();
    const read: unknown[] = [];
    const watched = interceptFileStore(files, (operation, path) => void (operation === 'read' && read.push(path)));
    const alice = new FileConversationStore({ files: watched, layout: sessionsLayout, userId: 'alice' });
    const page = await alice.search();
    expect(page.results.map(({ conversation_id }) => conversation_id)).toEqual(['c0', 'c20', 'c40']);
    expect(read).toEqual([statePath, 'sessions/c0/metadata.json', 'sessions/c20/metadata.json', 'sessions/c40/metadata.json']);
    expect((await everybody.search({ limit: 100 })).results).toHaveLength(61);
  });

  it('follow a conversation that changes hands', async () => {
    const files = new MemoryFileStore();
    const everybody = new FileConversationStore({ files, layout: sessionsLayout });
    const idsOf = async (userId: string, now = new Date()): Promise<string[]> => {
      const store = new FileConversationStore({ files, layout: sessionsLayout, userId, now: () => now });
      return (await store.search()).results.map(({ conversation_id }) => conversation_id);
    };
    await everybody.saveMetadata(newRecord('c1', { user_id: 'alice' }));
    expect([await idsOf('alice'), await idsOf('bob')]).toEqual([['c1'], []]);
    await everybody.updateMetadata('c1', (current) => ({ ...current, user_id: 'bob' }));
    expect([await idsOf('alice'), await idsOf('bob')]).toEqual([[], ['c1']]);
    expect(await idsOf('alice', new Date('2100-01-01'))).toEqual([]);
    const left = await Array.fromAsync(files.entries('users/alice', { recursive: true }));
    expect(left).toEqual([]);
    expect(await idsOf('bob')).toEqual(['c1']);
  });

  it("leave a record that names another user where it lies in a user's own directory", async () => {
    const files = new MemoryFileStore();
    const record = newRecord('bobs', { user_id: 'bob', created_at: 0 });
    await files.write(homeLayout.conversationMetadata('bobs', 'alice'), JSON.stringify(record));
    const readAs = async (view: FileStore, now: Date): Promise<unknown> =>
      (await new FileConversationStore({ files: view, userId: 'alice', now: () => now }).search()).results;
    expect(await readAs(files, new Date())).toEqual([]);
    const readOnly = interceptFileStore(files, (operation) => expect(['write', 'delete']).not.toContain(operation));
    expect(await readAs(readOnly, new Date('2100-01-01'))).toEqual([]);
  });
});
