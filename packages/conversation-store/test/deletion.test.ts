import { type FileStore, FileStoreError, homeLayout, MemoryFileStore, sessionsLayout } from '@oh/file-store-core';
import { interceptFileStore, withoutConditionalDelete } from '@oh/file-store-core/testing';
import { type Removal, TombstoneFile } from '@oh/file-store-core/tombstones';
import { describe, expect, it } from 'vitest';
import { FileConversationStore } from '../src/file-conversation-store.ts';
import { failingWhere } from './failing-where.ts';
import { newRecord } from './new-record.ts';
import { remainingFiles } from './remaining-files.ts';
import { withCode } from './with-code.ts';

const wasDeleted = /^\[not-found\] conversation "c1" was deleted/;

describe.each([homeLayout, sessionsLayout])('deletion, $name layout', (layout) => {
  function open(files = new MemoryFileStore(), userId?: string): { files: MemoryFileStore; store: FileConversationStore } {
    return { files, store: new FileConversationStore({ files, layout, userId }) };
  }

  it('leaves a tombstone that refuses whoever comes late', async () => {
    const { files, store } = open();
    const record = await store.saveMetadata(newRecord('c1'));
    await store.deleteMetadata('c1');
    await expect(store.saveMetadata({ ...record, title: 'late' })).rejects.toThrow(wasDeleted);
    await expect(store.saveMetadata(newRecord('c1'))).rejects.toThrow(wasDeleted);
    await expect(store.updateMetadata('c1', (current) => current)).rejects.toThrow(withCode('not-found'));
    expect(await remainingFiles(files)).toEqual([]);
    expect(await files.exists(layout.conversationTombstone('c1'))).toBe(true);
  });

  it('keeps a conversation deleted whose record another program writes again', async () => {
    const { files, store } = open();
    await store.saveMetadata(newRecord('c1'));
    const text = await files.read(layout.conversationMetadata('c1'));
    await store.deleteMetadata('c1');
    await files.write(layout.conversationMetadata('c1'), text);
    expect(await store.exists('c1')).toBe(false);
    await expect(store.getMetadata('c1')).rejects.toThrow(withCode('not-found'));
    expect(await store.getAllMetadata(['c1'])).toMatchObject({ results: [], missing: ['c1'] });
    expect((await store.search()).results).toEqual([]);
    await expect(store.updateMetadata('c1', (current) => current)).rejects.toThrow(wasDeleted);
    await store.deleteMetadata('c1');
    expect(await remainingFiles(files)).toEqual([]);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])('is ended by a repetition when it fails at its change %i', async (failing) => {
    const memory = new MemoryFileStore();
    const userId = 'alice';
    await open(memory, userId).store.saveMetadata(newRecord('c1'));
    await memory.write(`${layout.conversationDirectories('c1', userId)[0]}/events/0.json`, '{}');
    let changes = 0;
    const files = interceptFileStore(memory, (operation) => {
      changes += operation === 'delete' || operation === 'write' ? 1 : 0;
      if (changes === failing) {
        changes = Number.POSITIVE_INFINITY;
        throw new FileStoreError('unavailable', 'try again');
      }
    });
    const store = new FileConversationStore({ files, layout, userId });
    const outcome = await store.deleteMetadata('c1').catch((error: unknown) => error);
    expect([undefined, withCode('unavailable')]).toContainEqual(outcome);
    expect(await store.exists('c1')).toBe(failing <= 2);
    changes = Number.POSITIVE_INFINITY;
    await store.deleteMetadata('c1');
    expect(await remainingFiles(memory)).toEqual([]);
    await expect(store.saveMetadata(newRecord('c1'))).rejects.toThrow(wasDeleted);
  });

  it('ends one that had removed the record and not yet the rest', async () => {
    const { files, store } = open(new MemoryFileStore(), 'alice');
    await store.saveMetadata(newRecord('c1'));
    await store.deleteMetadata('c1');
    for (const directory of layout.conversationDirectories('c1', 'alice')) {
      await files.write(`${directory}/events/0.json`, '{}');
    }
    await store.deleteMetadata('c1');
    expect(await remainingFiles(files)).toEqual([]);
  });

  it('makes a conversation anew where that is said', async () => {
    const { store } = open();
    await store.saveMetadata(newRecord('c1', { title: 'old', extra: 1 }));
    await store.deleteMetadata('c1');
    const saved = await store.saveMetadata(newRecord('c1', { title: 'new' }), { recreate: true });
    expect(await store.getMetadata('c1')).toEqual(saved);
    expect(saved['extra']).toBe(undefined);
    expect((await store.updateMetadata('c1', (current) => ({ ...current, title: 'newer' }))).title).toBe('newer');
    expect((await store.saveMetadata(newRecord('c1', { title: 'last' }), { recreate: true })).title).toBe('last');
  });

  it('makes none anew while files of the old one are left', async () => {
    const { files, store } = open();
    await store.saveMetadata(newRecord('c1'));
    await store.deleteMetadata('c1');
    await files.write(`${layout.conversationDirectories('c1').at(-1)}/events/0.json`, '{}');
    await expect(store.saveMetadata(newRecord('c1'), { recreate: true })).rejects.toThrow(/^\[path-conflict\].*"c1"/);
    await store.deleteMetadata('c1');
    await store.saveMetadata(newRecord('c1'), { recreate: true });
    expect(await store.exists('c1')).toBe(true);
  });

  it('makes none anew while others remove the old one, until they have ended or are a day late', async () => {
    const memory = new MemoryFileStore();
    const { store } = open(memory);
    await store.saveMetadata(newRecord('c1'));
    const [directory = ''] = layout.conversationDirectories('c1').slice(-1);
    const { promise: arrived, resolve: onArrived } = Promise.withResolvers<void>();
    const { promise: held, resolve: goOn } = Promise.withResolvers<void>();
    const slow = interceptFileStore(memory, async (operation, path) => {
      if (operation === 'delete' && path === directory) {
        onArrived();
        await held;
      }
    });
    const first = new FileConversationStore({ files: slow, layout }).deleteMetadata('c1');
    await arrived;
    await store.deleteMetadata('c1');
    const anew = newRecord('c1', { title: 'anew' });
    await expect(store.saveMetadata(anew, { recreate: true })).rejects.toThrow(/^\[path-conflict\].*deleted by others, since \d{4}-/);
    await expect(store.getMetadata('c1')).rejects.toThrow(withCode('not-found'));
    const laterBy = (hours: number): FileConversationStore =>
      new FileConversationStore({ files: memory, layout, now: () => new Date(Date.now() + hours * 3_600_000) });
    await expect(laterBy(23).saveMetadata(anew, { recreate: true })).rejects.toThrow(withCode('path-conflict'));
    goOn();
    await first;
    await store.saveMetadata(anew, { recreate: true });
    expect((await store.getMetadata('c1')).title).toBe('anew');
    const killed = interceptFileStore(memory, (operation) => {
      if (operation === 'delete') {
        throw new FileStoreError('unavailable', 'killed');
      }
    });
    await expect(new FileConversationStore({ files: killed, layout }).deleteMetadata('c1')).rejects.toThrow(withCode('unavailable'));
    await store.deleteMetadata('c1');
    await expect(store.saveMetadata(anew, { recreate: true })).rejects.toThrow(withCode('path-conflict'));
    await laterBy(25).saveMetadata(anew, { recreate: true });
    expect(await store.exists('c1')).toBe(true);
  });

  it('removes nothing more once it is so late that others may take it for dead', async () => {
    const memory = new MemoryFileStore();
    await open(memory).store.saveMetadata(newRecord('c1'));
    let now = Date.now();
    const halted = interceptFileStore(memory, (operation) => {
      now += operation === 'delete' ? 13 * 3_600_000 : 0;
    });
    const late = new FileConversationStore({ files: halted, layout, now: () => new Date(now) });
    await expect(late.deleteMetadata('c1')).rejects.toThrow(withCode('timeout'));
    expect(await memory.exists(layout.conversationMetadata('c1'))).toBe(true);
  });

  it('makes none anew of which somebody else begins to remove something at that moment', async () => {
    const memory = new MemoryFileStore();
    const { store: others } = open(memory);
    await others.saveMetadata(newRecord('c1'));
    await others.deleteMetadata('c1');
    const tombstone = new TombstoneFile(memory, layout.conversationTombstone('c1'));
    let removal: Removal | undefined;
    const files = interceptFileStore(memory, async (operation, path) => {
      if (operation === 'write' && path === layout.conversationTombstone('c1')) {
        removal ??= await tombstone.enter(undefined, {});
      }
    });
    await expect(new FileConversationStore({ files, layout }).saveMetadata(newRecord('c1'), { recreate: true })).rejects.toThrow(
      wasDeleted,
    );
    expect(removal?.removers.size).toBe(1);
  });

  it.each(['x', 'null', '1', '[]', '{"user_id":1}', '{"user_id":""}', new Uint8Array([0xff])])(
    "takes a damaged tombstone, %j, for one that is nobody's",
    async (contents) => {
      const { files, store } = open();
      await files.write(layout.conversationTombstone('c1'), contents);
      await expect(store.saveMetadata(newRecord('c1'))).rejects.toThrow(wasDeleted);
      await store.deleteMetadata('c1');
      await files.write(layout.conversationTombstone('c1'), contents);
      await store.saveMetadata(newRecord('c1'), { recreate: true });
      expect(await store.exists('c1')).toBe(true);
    },
  );

  it('leaves no tombstone of what was never there', async () => {
    const { files, store } = open();
    await store.deleteMetadata('c1');
    await store.saveMetadata(newRecord('c1'));
    expect(await files.exists(layout.conversationTombstone('c1'))).toBe(false);
  });

  it('wins against every racing save and update', async () => {
    for (let round = 0; round < 50; round += 1) {
      const { files, store } = open();
      await store.saveMetadata(newRecord('c1'));
      const racers = Array.from({ length: 6 }, (_, index) =>
        index % 2 === 0
          ? store.saveMetadata(newRecord('c1', { title: `${index}` }))
          : store.updateMetadata('c1', (current) => ({ ...current, title: `${index}` })),
      );
      await Promise.allSettled([...racers.slice(0, 3), store.deleteMetadata('c1'), ...racers.slice(3)]);
      expect(await remainingFiles(files)).toEqual([]);
      expect(await store.exists('c1')).toBe(false);
    }
  });

  it('is not undone by making anew what was made anew and deleted in the meantime', async () => {
    const memory = new MemoryFileStore();
    const { store: others } = open(memory);
    await others.saveMetadata(newRecord('c1'));
    await others.deleteMetadata('c1');
    let pending = true;
    const files = interceptFileStore(memory, async (operation, path) => {
      if (operation === 'write' && pending && path === layout.conversationTombstone('c1')) {
        pending = false;
        await others.saveMetadata(newRecord('c1'), { recreate: true });
        await others.deleteMetadata('c1');
      }
    });
    const late = new FileConversationStore({ files, layout });
    await expect(late.saveMetadata(newRecord('c1'), { recreate: true })).rejects.toThrow(wasDeleted);
    expect(await others.exists('c1')).toBe(false);
  });

  it.each([
    ['can', (store: FileStore) => store],
    ['cannot', withoutConditionalDelete],
  ])(
    'undoes a creation that began before another creation and its deletion, where the store %s delete on condition',
    async (_, toStore) => {
      const memory = new MemoryFileStore();
      const { store: others } = open(memory);
      let pending = true;
      const files = interceptFileStore(toStore(memory), async (operation, path) => {
        if (operation === 'write' && pending && path === layout.conversationMetadata('c1')) {
          pending = false;
          await others.saveMetadata(newRecord('c1'));
          await others.deleteMetadata('c1');
        }
      });
      const late = new FileConversationStore({ files, layout });
      await expect(late.saveMetadata(newRecord('c1'))).rejects.toThrow(wasDeleted);
      expect(await remainingFiles(memory)).toEqual([]);
      await late.saveMetadata(newRecord('c1'), { recreate: true });
      expect(await late.exists('c1')).toBe(true);
    },
  );

  it('undoes no creation by others when it undoes one that came late', async () => {
    const memory = new MemoryFileStore();
    const { store: others } = open(memory);
    const steps = [
      async (): Promise<void> => {
        await others.saveMetadata(newRecord('c1'));
        await others.deleteMetadata('c1');
      },
      async (): Promise<void> => {
        await others.deleteMetadata('c1');
        await others.saveMetadata(newRecord('c1', { title: 'of others' }), { recreate: true });
      },
    ];
    const files = interceptFileStore(memory, async (operation, path) => {
      const isFirst = steps.length === 2;
      const awaited = isFirst ? layout.conversationMetadata('c1') : layout.conversationTombstone('c1');
      if (operation === (isFirst ? 'write' : 'open') && path === awaited) {
        await steps.shift()?.();
      }
    });
    const late = new FileConversationStore({ files, layout });
    await expect(late.saveMetadata(newRecord('c1'))).rejects.toThrow(wasDeleted);
    expect(steps).toEqual([]);
    expect((await others.getMetadata('c1')).title).toBe('of others');
  });

  it('keeps a new record where nobody can tell whether the conversation was deleted meanwhile', async () => {
    const memory = new MemoryFileStore();
    let looks = 0;
    const files = failingWhere(memory, (operation, path) => {
      const isLook = operation === 'stat' && path === layout.conversationTombstone('c1');
      looks += isLook ? 1 : 0;
      return isLook && looks === 2;
    });
    await expect(new FileConversationStore({ files, layout }).saveMetadata(newRecord('c1'))).rejects.toThrow(withCode('unavailable'));
    expect(await open(memory).store.exists('c1')).toBe(true);
  });

  it('does not take a tombstone that cannot be read for none', async () => {
    const { files: memory, store } = open(new MemoryFileStore(), 'alice');
    await store.saveMetadata(newRecord('c1'));
    await store.deleteMetadata('c1');
    const left = `${layout.conversationDirectories('c1', 'alice').at(-1)}/events/0.json`;
    await memory.write(left, '{}');
    const files = failingWhere(memory, (operation, path) => operation === 'open' && path === layout.conversationTombstone('c1', 'alice'));
    const blind = new FileConversationStore({ files, layout, userId: 'alice' });
    await expect(blind.deleteMetadata('c1')).rejects.toThrow(withCode('unavailable'));
    await expect(blind.saveMetadata(newRecord('c1'), { recreate: true })).rejects.toThrow(withCode('unavailable'));
    await store.deleteMetadata('c1');
    expect(await memory.exists(left)).toBe(false);
  });
});

describe("another user's tombstone, where the records of all lie together", () => {
  it('stays', async () => {
    const files = new MemoryFileStore();
    const alice = new FileConversationStore({ files, layout: sessionsLayout, userId: 'alice' });
    const bob = new FileConversationStore({ files, layout: sessionsLayout, userId: 'bob' });
    await bob.saveMetadata(newRecord('c1'));
    await bob.deleteMetadata('c1');
    await files.write('sessions/c1/events/0.json', '{}');
    await files.write('users/alice/conversations/c1/events/0.json', '{}');
    await expect(alice.saveMetadata(newRecord('c1'), { recreate: true })).rejects.toThrow(withCode('permission-denied'));
    await alice.deleteMetadata('c1');
    expect(await remainingFiles(files)).toEqual(['sessions/c1/events/0.json']);
    await bob.deleteMetadata('c1');
    await bob.saveMetadata(newRecord('c1'), { recreate: true });
    expect(await bob.exists('c1')).toBe(true);
  });
});
