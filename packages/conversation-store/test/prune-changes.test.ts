import { FileStoreError, homeLayout, sessionsLayout } from '@oh/file-store-core';
import { interceptFileStore } from '@oh/file-store-core/testing';
import { hasTombstone, TombstoneFile } from '@oh/file-store-core/tombstones';
import { describe, expect, it } from 'vitest';
import { FileConversationStore } from '../src/file-conversation-store.ts';
import { olderThan, openMonth, touch } from './month-of-conversations.ts';
import { remainingFiles } from './remaining-files.ts';
import { withCode } from './with-code.ts';

describe.each([homeLayout, sessionsLayout])('prune of what changes meanwhile, $name layout', (layout) => {
  it('spares what is changed before the deletion, wherever that falls, and acknowledges no change that it then deletes', async () => {
    let pruned = 0;
    let spared = 0;
    for (let at = 1; pruned === 0 || at < 16; at += 1) {
      const { files: memory, store: others } = await openMonth(layout, 1);
      let operations = 0;
      let outcome: unknown;
      const files = interceptFileStore(memory, async () => {
        operations += 1;
        if (operations === at) {
          const update = touch(others);
          outcome = await update.catch((error: unknown) => error);
        }
      });
      const result = await new FileConversationStore({ files, layout }).prune({ olderThan });
      if (result.pruned.length === 0) {
        spared += 1;
        expect(result).toEqual({ pruned: [], kept: 1, unreadable: [] });
        expect(outcome).toMatchObject({ last_updated_at: '2025-02-01T00:00:00Z' });
        expect(await others.getMetadata('day-01')).toEqual(outcome);
        await others.updateMetadata('day-01', (current) => current);
      } else {
        pruned += 1;
        expect([undefined, withCode('not-found')]).toContainEqual(outcome);
      }
    }
    expect(spared).toBeGreaterThan(1);
  });

  it.each(['at the same time', 'after the first was killed'])(
    'spares what is changed before the deletion from a second one, %s',
    async (when) => {
      const { files: memory } = await openMonth(layout, 1);
      const path = layout.conversationMetadata('day-01');
      const { promise: raised, resolve: onRaised } = Promise.withResolvers<void>();
      const { promise: checked, resolve: onChecked } = Promise.withResolvers<void>();
      const late = interceptFileStore(memory, async (operation, at) => {
        if (operation === 'write' && at === path) {
          onChecked();
          await raised;
        }
      });
      const updating = touch(new FileConversationStore({ files: late, layout }));
      await checked;
      let isFirst = true;
      const slow = interceptFileStore(memory, async (operation, at) => {
        if (operation === 'write' && at === path && isFirst) {
          isFirst = false;
          onRaised();
          await updating;
          if (when === 'at the same time') {
            expect(await new FileConversationStore({ files: memory, layout }).prune({ olderThan })).toMatchObject({ pruned: [], kept: 1 });
          } else {
            throw new FileStoreError('unavailable', 'killed');
          }
        }
      });
      await new FileConversationStore({ files: slow, layout }).prune({ olderThan }).catch(() => undefined);
      const store = new FileConversationStore({ files: memory, layout });
      expect(await store.prune({ olderThan })).toEqual({ pruned: [], kept: 1, unreadable: [] });
      expect(await store.getMetadata('day-01')).toEqual(await updating);
      await store.updateMetadata('day-01', (current) => current);
    },
  );

  it('deletes no acknowledged change, and nothing without a trace, where another one of another age spares the conversation meanwhile', async () => {
    let changed = 0;
    for (let at = 1, isOver = false; !isOver; at += 1) {
      const { files: memory, store: others } = await openMonth(layout, 1);
      let operations = 0;
      let outcome: unknown;
      const files = interceptFileStore(memory, async () => {
        operations += 1;
        if (operations === at) {
          await others.prune({ olderThan: new Date(0) });
          const update = touch(others);
          outcome = await update.catch(() => undefined);
        }
      });
      await new FileConversationStore({ files, layout }).prune({ olderThan });
      isOver = operations < at;
      changed += outcome === undefined ? 0 : 1;
      const found = await others.getMetadata('day-01').catch(() => undefined);
      const isDeleted = await hasTombstone(memory, layout.conversationTombstone('day-01'));
      expect({ at, found, isDeleted }).toEqual({ at, found: outcome, isDeleted: outcome === undefined });
    }
    expect(changed).toBeGreaterThan(1);
  });

  it.each([
    ['has ended', 0],
    ['died', 25],
  ])('deletes no acknowledged change where somebody who removed what came late to the deletion %s', async (how, hours) => {
    const { files: memory, store } = await openMonth(layout, 1);
    const tombstone = layout.conversationTombstone('day-01');
    // One before the record is claimed, and one before the tombstone is lifted.
    let late = 2;
    const remove = how === 'died' ? () => Promise.reject(new Error('no answer')) : async () => undefined;
    let changed: unknown;
    const slow = interceptFileStore(memory, async (operation, path) => {
      if (operation === 'write' && path === tombstone && changed === undefined) {
        changed = await touch(store);
      } else if (operation === 'write' && (path === tombstone || path === layout.conversationMetadata('day-01')) && late > 0) {
        late -= 1;
        await new TombstoneFile(memory, tombstone).whileDeleted(remove, {}).catch(() => undefined);
      }
    });
    const kept = { pruned: [], kept: 1, unreadable: [] };
    expect(await new FileConversationStore({ files: slow, layout }).prune({ olderThan })).toEqual(kept);
    expect(await store.exists('day-01')).toBe(how === 'has ended');
    const now = (): Date => new Date(Date.now() + hours * 3_600_000);
    expect(await new FileConversationStore({ files: memory, layout, now }).prune({ olderThan })).toEqual(kept);
    expect(await store.getMetadata('day-01')).toEqual(changed);
  });

  it('leaves a record that is damaged between the page and the deletion', async () => {
    const { files: memory } = await openMonth(layout, 1);
    const path = layout.conversationMetadata('day-01');
    const files = interceptFileStore(memory, async (operation, at) => {
      if (operation === 'open' && at === path) {
        await memory.write(path, '{');
      }
    });
    const result = await new FileConversationStore({ files, layout }).prune({ olderThan });
    expect(result).toEqual({ pruned: [], kept: 1, unreadable: [] });
    expect(await memory.read(path)).toBe('{');
  });

  it('takes back no deletion by somebody else of what has changed between the page and the deletion', async () => {
    const { files: memory, store: others } = await openMonth(layout, 1);
    const stopped = interceptFileStore(memory, (operation, path) => {
      if (operation === 'delete' && layout.conversationDirectories('day-01').includes(String(path))) {
        throw new FileStoreError('unavailable', 'killed');
      }
    });
    let isFirst = true;
    const files = interceptFileStore(memory, async (operation, path) => {
      if (operation === 'open' && path === layout.conversationMetadata('day-01') && isFirst) {
        isFirst = false;
        await touch(others);
        const deleting = new FileConversationStore({ files: stopped, layout }).deleteMetadata('day-01');
        await expect(deleting).rejects.toThrow(withCode('unavailable'));
      }
    });
    expect(await new FileConversationStore({ files, layout }).prune({ olderThan })).toMatchObject({ pruned: [] });
    expect(isFirst).toBe(false);
    expect(await others.exists('day-01')).toBe(false);
  });

  it('begins again where another one has taken the deletion back meanwhile', async () => {
    const { files: memory } = await openMonth(layout, 1);
    let isFirst = true;
    const files = interceptFileStore(memory, async (operation, path) => {
      if (isFirst && operation === 'write' && path === layout.conversationMetadata('day-01')) {
        isFirst = false;
        const tombstone = new TombstoneFile(memory, layout.conversationTombstone('day-01'));
        await tombstone.lift((await tombstone.find({}))?.version ?? '', {});
      }
    });
    expect(await new FileConversationStore({ files, layout }).prune({ olderThan })).toMatchObject({ pruned: ['day-01'] });
    expect(isFirst).toBe(false);
    expect(await remainingFiles(memory)).toEqual([]);
  });
});
