import { type FileStore, FileStoreError, homeLayout, type MemoryFileStore, sessionsLayout } from '@oh/file-store-core';
import { interceptFileStore, withoutConditionalDelete } from '@oh/file-store-core/testing';
import { TombstoneFile } from '@oh/file-store-core/tombstones';
import { describe, expect, it } from 'vitest';
import { FileConversationStore } from '../src/file-conversation-store.ts';
import { failingWhere } from './failing-where.ts';
import { dieUndecided, idsOf, olderThan, onDay, openMonth, touch } from './month-of-conversations.ts';
import { remainingFiles } from './remaining-files.ts';
import { withCode } from './with-code.ts';

describe.each([homeLayout, sessionsLayout])('prune where a deletion is taken back, $name layout', (layout) => {
  /** Another one takes the deletion back, the conversation changes, and `isRaised` one more begins to delete it. @returns What it has become, where it was not gone. */
  async function takeBack(memory: FileStore, isRaised: boolean): Promise<unknown> {
    const others = new FileConversationStore({ files: memory, layout });
    await others.prune({ olderThan: new Date(0) });
    const outcome = await touch(others).catch(() => undefined);
    if (isRaised && outcome !== undefined) {
      await dieUndecided(memory, layout, new Date('2025-03-01T00:00:00Z'));
    }
    return outcome;
  }

  async function expectToFind(memory: FileStore, at: number, outcome: unknown): Promise<void> {
    const others = new FileConversationStore({ files: memory, layout });
    await others.prune({ olderThan: new Date(0) });
    expect({ at, found: await others.getMetadata('day-01').catch(() => undefined) }).toEqual({ at, found: outcome });
  }

  describe.each([
    ['', false],
    [', and begun anew,', true],
  ])('while a deletion is taken back%s', (_, isRaised) => {
    it('ends none, wherever that falls', async () => {
      let spared = 0;
      for (let at = 1, isOver = false; !isOver; at += 1) {
        const { files: memory } = await openMonth(layout, 1);
        await dieUndecided(memory, layout, olderThan);
        let operations = 0;
        let outcome: unknown;
        const files = interceptFileStore(memory, async () => {
          operations += 1;
          if (operations === at) {
            outcome = await takeBack(memory, isRaised);
          }
        });
        await new FileConversationStore({ files, layout }).prune({ olderThan });
        isOver = operations < at;
        spared += outcome === undefined ? 0 : 1;
        await expectToFind(memory, at, outcome);
      }
      expect(spared).toBeGreaterThan(1);
    });

    it('deletes no acknowledged change where it has met that one on the way', async () => {
      let spared = 0;
      for (let at = 1, isOver = false; !isOver; at += 1) {
        const { files: memory } = await openMonth(layout, 1);
        let operations = 0;
        let outcome: unknown;
        const files = interceptFileStore(memory, async (operation, path) => {
          if (operations === 0 && operation === 'write' && path === layout.conversationTombstone('day-01')) {
            await dieUndecided(memory, layout, olderThan);
            operations = 1;
          } else if (operations > 0) {
            operations += 1;
          }
          if (operations === at + 1) {
            outcome = await takeBack(memory, isRaised);
          }
        });
        await new FileConversationStore({ files, layout }).prune({ olderThan });
        isOver = operations < at + 1;
        spared += outcome === undefined ? 0 : 1;
        await expectToFind(memory, at, outcome);
      }
      expect(spared).toBeGreaterThan(1);
    });
  });

  it('leaves the note of a deletion that somebody else begins while it takes its own back', async () => {
    const { files: memory, store: others } = await openMonth(layout, 1);
    const tombstone = layout.conversationTombstone('day-01');
    const { promise: noted, resolve: onNoted } = Promise.withResolvers<void>();
    const { promise: spared, resolve: onSpared } = Promise.withResolvers<void>();
    const killed = interceptFileStore(memory, async (operation, path) => {
      if (operation === 'write' && path === tombstone) {
        onNoted();
        await spared;
      }
      if (operation === 'delete') {
        throw new FileStoreError('unavailable', 'killed');
      }
    });
    let deleting: Promise<void> | undefined;
    let writes = 0;
    const files = interceptFileStore(memory, async (operation, path) => {
      if (operation === 'write' && path === tombstone) {
        writes += 1;
        if (writes === 1) {
          await touch(others);
        } else {
          deleting = new FileConversationStore({ files: killed, layout }).deleteMetadata('day-01');
          await noted;
        }
      }
    });
    expect(await new FileConversationStore({ files, layout }).prune({ olderThan })).toMatchObject({ pruned: [], kept: 1 });
    onSpared();
    await expect(deleting).rejects.toThrow(withCode('unavailable'));
    expect(await others.exists('day-01')).toBe(false);
    expect(await idsOf(others)).toEqual([]);
    await others.prune({ olderThan: new Date(0) });
    expect(await remainingFiles(memory)).toEqual([]);
  });

  describe('of a deletion that was taken back', () => {
    const note = `${layout.conversationIndex()}/deleting/day-01`;

    async function takeBack(): Promise<MemoryFileStore> {
      const { files: memory, store: others } = await openMonth(layout, 1);
      let touching: Promise<unknown> | undefined;
      const files = interceptFileStore(memory, async (operation, path) => {
        if (operation === 'write' && path === layout.conversationTombstone('day-01')) {
          touching ??= touch(others);
          await touching;
        }
      });
      expect(await new FileConversationStore({ files, layout }).prune({ olderThan })).toMatchObject({ pruned: [], kept: 1 });
      return memory;
    }

    const pruneAfter = async (minutes: number, files: FileStore): Promise<unknown> =>
      await new FileConversationStore({ files, layout, now: () => new Date(Date.now() + minutes * 60_000) }).prune({ olderThan });

    it('discards the note after an hour', async () => {
      const memory = await takeBack();
      await pruneAfter(59, memory);
      const closed = interceptFileStore(memory, (operation, path) => {
        if (operation === 'delete' && path === note) {
          throw new FileStoreError('permission-denied', 'no');
        }
      });
      await pruneAfter(61, closed);
      expect(await memory.exists(note)).toBe(true);
      await pruneAfter(61, memory);
      expect(await memory.exists(note)).toBe(false);
    });

    it('leaves the note where another deletion begins at that moment, or the store cannot say so', async () => {
      const memory = await takeBack();
      await pruneAfter(61, withoutConditionalDelete(memory));
      expect(await memory.exists(note)).toBe(true);
      const killed = failingWhere(memory, (operation, path) => operation === 'delete' && path !== note);
      const files = interceptFileStore(memory, async (operation, path) => {
        if (operation === 'delete' && path === note) {
          await new FileConversationStore({ files: killed, layout }).deleteMetadata('day-01').catch(() => undefined);
        }
      });
      await pruneAfter(61, files);
      expect(await memory.exists(note)).toBe(true);
      await pruneAfter(0, memory);
      expect(await remainingFiles(memory)).toEqual([]);
    });
  });

  it.each([
    ['', 0],
    [' who has died since', 25],
  ])('does not take back a deletion by somebody else%s when it spares the conversation', async (_, hours) => {
    const now = (): Date => new Date(Date.now() + hours * 3_600_000);
    const { files: memory, store: others } = await openMonth(layout, 1);
    const path = layout.conversationMetadata('day-01');
    const { promise: claiming, resolve: onClaiming } = Promise.withResolvers<void>();
    const late = interceptFileStore(memory, async (operation, at) => {
      if (operation === 'write' && at === path) {
        await claiming;
      }
    });
    const updating = touch(new FileConversationStore({ files: late, layout }));
    let isFirst = true;
    const slow = interceptFileStore(memory, async (operation, at) => {
      if (operation === 'write' && at === path && isFirst) {
        isFirst = false;
        onClaiming();
        await updating;
        const stopped = interceptFileStore(memory, (deletion, where) => {
          if (deletion === 'delete' && layout.conversationDirectories('day-01').includes(String(where))) {
            throw new FileStoreError('unavailable', 'killed');
          }
        });
        const deleting = new FileConversationStore({ files: stopped, layout }).deleteMetadata('day-01');
        await expect(deleting).rejects.toThrow(withCode('unavailable'));
      }
    });
    expect(await new FileConversationStore({ files: slow, layout, now }).prune({ olderThan })).toMatchObject({ pruned: [] });
    expect(await others.exists('day-01')).toBe(false);
    await others.prune({ olderThan });
    expect(await remainingFiles(memory)).toEqual([]);
    await expect(others.saveMetadata(onDay(1))).rejects.toThrow(withCode('not-found'));
  });

  it('tells when it cannot take a deletion back, and the next one does', async () => {
    const { files: memory, store: others } = await openMonth(layout, 1);
    let writes = 0;
    const files = interceptFileStore(memory, async (operation, path) => {
      if (operation === 'write' && path === layout.conversationTombstone('day-01')) {
        writes += 1;
        if (writes === 2) {
          throw new FileStoreError('unavailable', 'try again');
        }
        await touch(others);
      }
    });
    await expect(new FileConversationStore({ files, layout }).prune({ olderThan })).rejects.toThrow(withCode('unavailable'));
    expect(await others.prune({ olderThan })).toEqual({ pruned: [], kept: 1, unreadable: [] });
    expect(await others.exists('day-01')).toBe(true);
  });

  it('removes nothing of what stays while somebody removes what came late to its deletion that was not decided', async () => {
    const { files, store } = await openMonth(layout, 1);
    await touch(store);
    await files.write(`${layout.conversationIndex()}/deleting/day-01`, '');
    const tombstone = new TombstoneFile(files, layout.conversationTombstone('day-01'));
    await tombstone.raise('day-01', undefined, undefined, {});
    await tombstone.whileDeleted(async () => {
      await new FileConversationStore({ files, layout }).prune({ olderThan });
      expect(await files.exists(layout.conversationMetadata('day-01'))).toBe(true);
    }, {});
    expect(await store.prune({ olderThan })).toMatchObject({ pruned: [], kept: 1 });
    expect(await store.exists('day-01')).toBe(true);
  });
});
