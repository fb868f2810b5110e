import { FileStoreError, homeLayout, sessionsLayout } from '@oh/file-store-core';
import { interceptFileStore } from '@oh/file-store-core/testing';
import { TombstoneFile } from '@oh/file-store-core/tombstones';
import { describe, expect, it } from 'vitest';
import { FileConversationStore } from '../src/file-conversation-store.ts';
import { failingWhere } from './failing-where.ts';
import { dieUndecided, olderThan, onDay, openMonth } from './month-of-conversations.ts';
import { remainingFiles } from './remaining-files.ts';
import { withCode } from './with-code.ts';

describe.each([homeLayout, sessionsLayout])('prune of interrupted deletions, $name layout', (layout) => {
  it('ends a deletion that was interrupted, also when all who removed files have died and somebody who came late has noticed', async () => {
    const { files: memory } = await openMonth(layout, 1);
    const killed = failingWhere(memory, (operation) => operation === 'delete');
    await expect(new FileConversationStore({ files: killed, layout }).deleteMetadata('day-01')).rejects.toThrow(withCode('unavailable'));
    const now = (): Date => new Date(Date.now() + 25 * 3_600_000);
    await new TombstoneFile(memory, layout.conversationTombstone('day-01'), now).whileDeleted(async () => undefined, {});
    const store = new FileConversationStore({ files: memory, layout, now });
    await store.prune({ olderThan: new Date(0) });
    expect(await store.exists('day-01')).toBe(false);
    expect(await remainingFiles(memory)).toEqual([]);
  });

  it('ends no deletion of a conversation that is made anew and begun to be deleted meanwhile, wherever that falls', async () => {
    let spared = 0;
    for (let at = 1, isOver = false; !isOver; at += 1) {
      const { files: memory } = await openMonth(layout, 1);
      const killed = failingWhere(memory, (operation) => operation === 'delete');
      await expect(new FileConversationStore({ files: killed, layout }).deleteMetadata('day-01')).rejects.toThrow(withCode('unavailable'));
      const aDayLater = (): Date => new Date(Date.now() + 25 * 3_600_000);
      let operations = 0;
      let isAnew = false;
      const files = interceptFileStore(memory, async () => {
        operations += 1;
        if (operations === at) {
          const others = new FileConversationStore({ files: memory, layout, now: aDayLater });
          await others.deleteMetadata('day-01');
          const saved = await others.saveMetadata(onDay(1), { recreate: true }).catch(() => undefined);
          isAnew = saved !== undefined;
          await (isAnew ? dieUndecided(memory, layout, new Date('2025-03-01T00:00:00Z')) : undefined);
        }
      });
      await new FileConversationStore({ files, layout, now: aDayLater }).prune({ olderThan: new Date(0) });
      isOver = operations < at;
      spared += isAnew ? 1 : 0;
      const store = new FileConversationStore({ files: memory, layout });
      await store.prune({ olderThan: new Date(0) });
      expect({ at, isThere: await store.exists('day-01') }).toEqual({ at, isThere: isAnew });
    }
    expect(spared).toBeGreaterThan(1);
  });

  it.each(['a prune', 'somebody else'])('ends what %s has decided and not ended, whatever age it is asked for', async (who) => {
    const { files: memory, store } = await openMonth(layout, 1);
    const failing = (operation: string, place: string): FileConversationStore => {
      const files = interceptFileStore(memory, (called, at) => {
        if (called === operation && at === place) {
          throw new FileStoreError('unavailable', 'killed');
        }
      });
      return new FileConversationStore({ files, layout });
    };
    const path = layout.conversationMetadata('day-01');
    const directory = layout.conversationDirectories('day-01').at(-1) ?? '';
    if (who === 'a prune') {
      await expect(failing('delete', directory).prune({ olderThan })).rejects.toThrow(withCode('unavailable'));
    } else {
      let isFirst = true;
      const late = interceptFileStore(memory, async (operation, at) => {
        if (operation === 'open' && at === path && isFirst) {
          isFirst = false;
          await expect(failing('delete', directory).deleteMetadata('day-01')).rejects.toThrow(withCode('unavailable'));
        }
        if (operation === 'write' && at === path) {
          throw new FileStoreError('unavailable', 'killed');
        }
      });
      await expect(new FileConversationStore({ files: late, layout }).prune({ olderThan })).rejects.toThrow(withCode('unavailable'));
    }
    await store.prune({ olderThan, dryRun: true });
    expect(await memory.exists(path)).toBe(true);
    expect(await store.prune({ olderThan: new Date(0) })).toEqual({ pruned: [], kept: 0, unreadable: [] });
    expect(await remainingFiles(memory)).toEqual([]);
    expect(await store.exists('day-01')).toBe(false);
  });

  it('deletes nothing where a record cannot be read, also when another one began to delete it', async () => {
    const { files: memory, store } = await openMonth(layout, 1);
    const path = layout.conversationMetadata('day-01');
    const failing = (operation: string): FileConversationStore => {
      const files = interceptFileStore(memory, (called, at) => {
        if (called === operation && at === path) {
          throw new FileStoreError('unavailable', 'try again');
        }
      });
      return new FileConversationStore({ files, layout });
    };
    await expect(failing('write').prune({ olderThan })).rejects.toThrow(withCode('unavailable'));
    await expect(failing('open').prune({ olderThan })).rejects.toThrow(withCode('unavailable'));
    expect(await memory.exists(path)).toBe(true);
    expect(await store.prune({ olderThan: new Date(0) })).toEqual({ pruned: [], kept: 1, unreadable: [] });
    expect(await store.exists('day-01')).toBe(true);
  });
});
