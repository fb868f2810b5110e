import { FileStoreError, homeLayout, MemoryFileStore, sessionsLayout } from '@oh/file-store-core';
import { interceptFileStore } from '@oh/file-store-core/testing';
import { describe, expect, it } from 'vitest';
import { FileConversationStore } from '../src/file-conversation-store.ts';
import { idsOf, olderThan, onDay, openMonth } from './month-of-conversations.ts';
import { remainingFiles } from './remaining-files.ts';
import { withCode } from './with-code.ts';

describe.each([homeLayout, sessionsLayout])('prune, $name layout', (layout) => {
  it('deletes what has not changed since, whole', async () => {
    const { files, store } = await openMonth(layout);
    await store.updateMetadata('day-02', (current) => ({ ...current, last_updated_at: '2025-01-06T00:00:00Z' }));
    await files.write(`${layout.conversationDirectories('day-01')[0]}/events/0.json`, '{}');
    const result = await store.prune({ olderThan });
    expect(result).toEqual({ pruned: ['day-05', 'day-04', 'day-03', 'day-01'], kept: 6, unreadable: [] });
    expect(await idsOf(store)).toEqual(['day-10', 'day-09', 'day-08', 'day-07', 'day-06', 'day-02']);
    expect((await remainingFiles(files)).filter((path) => path.includes('day-01'))).toEqual([]);
    expect(await store.prune({ olderThan })).toEqual({ pruned: [], kept: 6, unreadable: [] });
    await expect(store.saveMetadata(onDay(1))).rejects.toThrow(withCode('not-found'));
  });

  it('deletes all others where one cannot be deleted, each time it is called, and says what kept that one', async () => {
    const { files } = await openMonth(layout);
    let isClosed = true;
    const closed = interceptFileStore(files, async (operation, path) => {
      if (isClosed && operation === 'delete' && String(path).includes('day-05')) {
        throw new FileStoreError('permission-denied', `"${String(path)}" belongs to root`, { path: String(path) });
      }
    });
    const store = new FileConversationStore({ files: closed, layout });
    await expect(store.prune({ olderThan: new Date('2025-01-07T00:00:00Z') })).rejects.toThrow(/day-05.*belongs to root/);
    expect(await idsOf(store)).toEqual(['day-10', 'day-09', 'day-08', 'day-07']);
    await expect(store.prune({ olderThan: new Date('2025-01-09T00:00:00Z') })).rejects.toThrow(/day-05.*belongs to root/);
    expect(await idsOf(store)).toEqual(['day-10', 'day-09']);
    isClosed = false;
    expect(await store.prune({ olderThan })).toMatchObject({ pruned: [], kept: 2 });
    expect((await remainingFiles(files)).filter((path) => path.includes('day-05'))).toEqual([]);
  });

  it('keeps the latest, whatever their age', async () => {
    const { store } = await openMonth(layout);
    expect((await store.prune({ olderThan: new Date('2100-01-01'), keepLatest: 7 })).pruned).toEqual(['day-03', 'day-02', 'day-01']);
    expect(await store.prune({ olderThan: new Date('2100-01-01'), keepLatest: 7 })).toMatchObject({ pruned: [], kept: 7 });
    expect(await store.prune({ olderThan: new Date('2100-01-01'), keepLatest: 8 })).toMatchObject({ pruned: [], kept: 7 });
  });

  it('only tells, in a dry run', async () => {
    const { store } = await openMonth(layout);
    const dry = await store.prune({ olderThan, keepLatest: 6, dryRun: true });
    expect(await idsOf(store)).toHaveLength(10);
    expect(await store.prune({ olderThan, keepLatest: 6 })).toEqual(dry);
    expect(dry).toMatchObject({ pruned: ['day-04', 'day-03', 'day-02', 'day-01'], kept: 6 });
  });

  it('leaves what cannot be read, and names it', async () => {
    const { files, store } = await openMonth(layout, 2);
    await files.write(layout.conversationMetadata('torn'), '{');
    const { pruned, unreadable } = await store.prune({ olderThan });
    expect(pruned).toHaveLength(2);
    expect(unreadable).toEqual([{ conversation_id: 'torn', error: withCode('corrupt') }]);
    expect(await files.read(layout.conversationMetadata('torn'))).toBe('{');
  });

  it('goes on where it failed', async () => {
    const { files: memory } = await openMonth(layout);
    let deletions = 0;
    const files = interceptFileStore(memory, (operation) => {
      deletions += operation === 'delete' ? 1 : 0;
      if (operation === 'delete' && deletions % 5 === 0) {
        throw new FileStoreError('unavailable', 'no');
      }
    });
    const store = new FileConversationStore({ files, layout });
    let failures = 0;
    while ((await store.prune({ olderThan }).catch(() => undefined)) === undefined) {
      failures += 1;
    }
    expect(failures).toBeGreaterThan(0);
    expect((await remainingFiles(memory)).filter((path) => /day-0[1-5]/.test(path))).toEqual([]);
    expect(await idsOf(store)).toHaveLength(5);
  });

  it('is shared by several at once: each conversation is deleted by one', async () => {
    const { files } = await openMonth(layout, 30);
    const stores = Array.from({ length: 5 }, () => new FileConversationStore({ files, layout }));
    const results = await Promise.all(stores.map((store) => store.prune({ olderThan: new Date('2025-01-29T00:00:00Z') })));
    const pruned = results.flatMap((result) => result.pruned);
    expect(new Set(pruned).size).toBe(28);
    expect(await remainingFiles(files)).toHaveLength(2);
  });

  it('passes over files beside those of interrupted deletions', async () => {
    const { files, store } = await openMonth(layout, 1);
    const beside = `${layout.conversationIndex()}/deleting/.DS_Store`;
    await files.write(beside, '');
    expect(await store.prune({ olderThan })).toMatchObject({ pruned: ['day-01'] });
    await new FileConversationStore({ files, layout, now: () => new Date(Date.now() + 7_200_000) }).prune({ olderThan });
    expect(await files.exists(beside)).toBe(true);
  });

  it('claims a record by other bytes, so that also a version made of the bytes changes', async () => {
    const { files: memory } = await openMonth(layout, 1);
    const before = await memory.read(layout.conversationMetadata('day-01'));
    let claimed = '';
    const files = interceptFileStore(memory, async (operation, path) => {
      if (operation === 'delete' && path === layout.conversationDirectories('day-01').at(-1) && claimed === '') {
        claimed = await memory.read(layout.conversationMetadata('day-01'));
      }
    });
    await new FileConversationStore({ files, layout }).prune({ olderThan });
    expect(claimed).not.toBe(before);
    expect(JSON.parse(claimed)).toEqual(JSON.parse(before));
  });

  it('reads each of many records once for its pages, also where nothing was listed before', async () => {
    const files = new MemoryFileStore();
    const text = JSON.stringify(onDay(1));
    await Promise.all(Array.from({ length: 1500 }, (_, at) => files.write(layout.conversationMetadata(`c${at}`), text)));
    let reads = 0;
    const watched = interceptFileStore(files, (operation, path) => {
      reads += operation === 'read' && String(path).endsWith('metadata.json') ? 1 : 0;
    });
    const result = await new FileConversationStore({ files: watched, layout }).prune({ olderThan, dryRun: true });
    expect(result.pruned).toHaveLength(1500);
    expect(reads).toBeLessThanOrEqual(2 * 1500 + 1);
    const store = new FileConversationStore({ files, layout });
    expect((await store.prune({ olderThan, keepLatest: 3, dryRun: true })).pruned).toHaveLength(1497);
  });

  it('tells what would go where nothing may be written', async () => {
    const { files } = await openMonth(layout);
    const readOnly = interceptFileStore(files, (operation) => {
      if (operation === 'write' || operation === 'delete') {
        throw new FileStoreError('permission-denied', 'no');
      }
    });
    const store = new FileConversationStore({ files: readOnly, layout });
    expect((await store.prune({ olderThan, dryRun: true })).pruned).toHaveLength(5);
    await expect(store.prune({ olderThan })).rejects.toThrow(withCode('permission-denied'));
  });

  it('takes the conversations out of the index', async () => {
    const { files, store } = await openMonth(layout, 8);
    await store.search();
    await store.prune({ olderThan });
    for (const part of ['created', 'ids']) {
      const names = await Array.fromAsync(files.entries(`${layout.conversationIndex()}/${part}`, { recursive: true }));
      expect(names).toHaveLength(3);
    }
  });

  it('refuses ages and numbers that are none, before any I/O', async () => {
    const store = new FileConversationStore({ files: interceptFileStore(new MemoryFileStore(), () => expect.unreachable()), layout });
    for (const options of [{ olderThan: new Date(Number.NaN) }, { olderThan, keepLatest: -1 }, { olderThan, keepLatest: 0.5 }]) {
      await expect(store.prune(options)).rejects.toThrow(withCode('invalid-argument'));
    }
  });
});

describe("a user's prune", () => {
  it("leaves other users' conversations", async () => {
    const files = new MemoryFileStore();
    const everybody = new FileConversationStore({ files, layout: sessionsLayout });
    const alice = new FileConversationStore({ files, layout: sessionsLayout, userId: 'alice' });
    await everybody.saveMetadata(onDay(1, { user_id: 'bob' }));
    await everybody.saveMetadata(onDay(2));
    await alice.saveMetadata(onDay(3));
    expect((await alice.prune({ olderThan })).pruned).toEqual(['day-03']);
    expect((await everybody.search()).results).toHaveLength(2);
  });

  it('leaves a conversation that becomes that of another user between the page and the deletion', async () => {
    const memory = new MemoryFileStore();
    const everybody = new FileConversationStore({ files: memory, layout: sessionsLayout });
    await everybody.saveMetadata(onDay(1, { user_id: 'alice' }));
    const files = interceptFileStore(memory, async (operation, path) => {
      if (operation === 'open' && path === sessionsLayout.conversationMetadata('day-01')) {
        await everybody.saveMetadata(onDay(1, { user_id: 'bob' }));
      }
    });
    const alice = new FileConversationStore({ files, layout: sessionsLayout, userId: 'alice' });
    expect((await alice.prune({ olderThan })).pruned).toEqual([]);
    expect((await everybody.getMetadata('day-01')).user_id).toBe('bob');
  });

  it("ends no other user's interrupted deletion", async () => {
    const files = new MemoryFileStore();
    const bob = new FileConversationStore({ files, layout: sessionsLayout, userId: 'bob' });
    await bob.saveMetadata(onDay(1));
    const failing = interceptFileStore(files, (operation, path) => {
      if (operation === 'delete' && String(path).startsWith('sessions/')) {
        throw new FileStoreError('unavailable', 'no');
      }
    });
    const interrupted = new FileConversationStore({ files: failing, layout: sessionsLayout, userId: 'bob' });
    await expect(interrupted.deleteMetadata('day-01')).rejects.toThrow(withCode('unavailable'));
    await new FileConversationStore({ files, layout: sessionsLayout, userId: 'alice' }).prune({ olderThan });
    expect(await files.exists('sessions/day-01/metadata.json')).toBe(true);
    await bob.prune({ olderThan });
    expect(await remainingFiles(files)).toEqual([]);
  });
});
