import { type FileStore, FileStoreError, homeLayout, MemoryFileStore, sessionsLayout } from '@oh/file-store-core';
import { interceptFileStore, withoutConditionalDelete } from '@oh/file-store-core/testing';
import { hasTombstone, TombstoneFile } from '@oh/file-store-core/tombstones';
import { describe, expect, it } from 'vitest';
import type { ConversationMetadataInput } from '../src/conversation-metadata.ts';
import { FileConversationStore } from '../src/file-conversation-store.ts';
import { failingWhere } from './failing-where.ts';
import { newRecord } from './new-record.ts';
import { remainingFiles } from './remaining-files.ts';
import { withCode } from './with-code.ts';

/** Created on a day of January 2025. */
function onDay(day: number, fields: Partial<ConversationMetadataInput> = {}): ConversationMetadataInput {
  const created_at = `2025-01-${String(day).padStart(2, '0')}T00:00:00Z`;
  return newRecord(`day-${String(day).padStart(2, '0')}`, { created_at, ...fields });
}

const olderThan = new Date('2025-01-06T00:00:00Z');

describe.each([homeLayout, sessionsLayout])('prune, $name layout', (layout) => {
  async function openMonth(days = 10): Promise<{ files: MemoryFileStore; store: FileConversationStore }> {
    const files = new MemoryFileStore();
    const store = new FileConversationStore({ files, layout });
    for (let day = 1; day <= days; day += 1) {
      await store.saveMetadata(onDay(day));
    }
    return { files, store };
  }

  /** Makes the conversation of the first day one that has changed later than any. */
  async function touch(store: FileConversationStore): Promise<unknown> {
    return await store.updateMetadata('day-01', (current) => ({ ...current, last_updated_at: '2025-02-01T00:00:00Z' }));
  }

  async function idsOf(store: FileConversationStore): Promise<string[]> {
    return (await store.search({ limit: 1000 })).results.map(({ conversation_id }) => conversation_id);
  }

  it('deletes what has not changed since, whole', async () => {
    const { files, store } = await openMonth();
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
    const { files } = await openMonth();
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
    const { store } = await openMonth();
    expect((await store.prune({ olderThan: new Date('2100-01-01'), keepLatest: 7 })).pruned).toEqual(['day-03', 'day-02', 'day-01']);
    expect(await store.prune({ olderThan: new Date('2100-01-01'), keepLatest: 7 })).toMatchObject({ pruned: [], kept: 7 });
    expect(await store.prune({ olderThan: new Date('2100-01-01'), keepLatest: 8 })).toMatchObject({ pruned: [], kept: 7 });
  });

  it('only tells, in a dry run', async () => {
    const { store } = await openMonth();
    const dry = await store.prune({ olderThan, keepLatest: 6, dryRun: true });
    expect(await idsOf(store)).toHaveLength(10);
    expect(await store.prune({ olderThan, keepLatest: 6 })).toEqual(dry);
    expect(dry).toMatchObject({ pruned: ['day-04', 'day-03', 'day-02', 'day-01'], kept: 6 });
  });

  it('leaves what cannot be read, and names it', async () => {
    const { files, store } = await openMonth(2);
    await files.write(layout.conversationMetadata('torn'), '{');
    const { pruned, unreadable } = await store.prune({ olderThan });
    expect(pruned).toHaveLength(2);
    expect(unreadable).toEqual([{ conversation_id: 'torn', error: withCode('corrupt') }]);
    expect(await files.read(layout.conversationMetadata('torn'))).toBe('{');
  });

  it('goes on where it failed', async () => {
    const { files: memory } = await openMonth();
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
    const { files } = await openMonth(30);
    const stores = Array.from({ length: 5 }, () => new FileConversationStore({ files, layout }));
    const results = await Promise.all(stores.map((store) => store.prune({ olderThan: new Date('2025-01-29T00:00:00Z') })));
    const pruned = results.flatMap((result) => result.pruned);
    expect(new Set(pruned).size).toBe(28);
    expect(await remainingFiles(files)).toHaveLength(2);
  });

  it('spares what is changed before the deletion, wherever that falls, and acknowledges no change that it then deletes', async () => {
    let pruned = 0;
    let spared = 0;
    for (let at = 1; pruned === 0 || at < 16; at += 1) {
      const { files: memory, store: others } = await openMonth(1);
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
      const { files: memory } = await openMonth(1);
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
      const { files: memory, store: others } = await openMonth(1);
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

  /** A prune that is killed once it has put up a tombstone, before it has claimed the record: whether the conversation is deleted is not decided. */
  async function dieUndecided(memory: FileStore, olderThan: Date): Promise<void> {
    const killed = failingWhere(memory, (operation, path) => operation === 'write' && path === layout.conversationMetadata('day-01'));
    await expect(new FileConversationStore({ files: killed, layout }).prune({ olderThan })).rejects.toThrow(withCode('unavailable'));
  }

  /** Another one takes the deletion back, the conversation changes, and `isRaised` one more begins to delete it. @returns What it has become, where it was not gone. */
  async function takeBack(memory: FileStore, isRaised: boolean): Promise<unknown> {
    const others = new FileConversationStore({ files: memory, layout });
    await others.prune({ olderThan: new Date(0) });
    const outcome = await touch(others).catch(() => undefined);
    if (isRaised && outcome !== undefined) {
      await dieUndecided(memory, new Date('2025-03-01T00:00:00Z'));
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
        const { files: memory } = await openMonth(1);
        await dieUndecided(memory, olderThan);
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
        const { files: memory } = await openMonth(1);
        let operations = 0;
        let outcome: unknown;
        const files = interceptFileStore(memory, async (operation, path) => {
          if (operations === 0 && operation === 'write' && path === layout.conversationTombstone('day-01')) {
            await dieUndecided(memory, olderThan);
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

  it.each([
    ['has ended', 0],
    ['died', 25],
  ])('deletes no acknowledged change where somebody who removed what came late to the deletion %s', async (how, hours) => {
    const { files: memory, store } = await openMonth(1);
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

  it('ends a deletion that was interrupted, also when all who removed files have died and somebody who came late has noticed', async () => {
    const { files: memory } = await openMonth(1);
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
      const { files: memory } = await openMonth(1);
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
          await (isAnew ? dieUndecided(memory, new Date('2025-03-01T00:00:00Z')) : undefined);
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

  it('leaves the note of a deletion that somebody else begins while it takes its own back', async () => {
    const { files: memory, store: others } = await openMonth(1);
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
      const { files: memory, store: others } = await openMonth(1);
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
    const { files: memory, store: others } = await openMonth(1);
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

  it.each(['a prune', 'somebody else'])('ends what %s has decided and not ended, whatever age it is asked for', async (who) => {
    const { files: memory, store } = await openMonth(1);
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
    const { files: memory, store } = await openMonth(1);
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

  it('leaves a record that is damaged between the page and the deletion', async () => {
    const { files: memory } = await openMonth(1);
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
    const { files: memory, store: others } = await openMonth(1);
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

  it('tells when it cannot take a deletion back, and the next one does', async () => {
    const { files: memory, store: others } = await openMonth(1);
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

  it('begins again where another one has taken the deletion back meanwhile', async () => {
    const { files: memory } = await openMonth(1);
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

  it('removes nothing of what stays while somebody removes what came late to its deletion that was not decided', async () => {
    const { files, store } = await openMonth(1);
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

  it('passes over files beside those of interrupted deletions', async () => {
    const { files, store } = await openMonth(1);
    const beside = `${layout.conversationIndex()}/deleting/.DS_Store`;
    await files.write(beside, '');
    expect(await store.prune({ olderThan })).toMatchObject({ pruned: ['day-01'] });
    await new FileConversationStore({ files, layout, now: () => new Date(Date.now() + 7_200_000) }).prune({ olderThan });
    expect(await files.exists(beside)).toBe(true);
  });

  it('claims a record by other bytes, so that also a version made of the bytes changes', async () => {
    const { files: memory } = await openMonth(1);
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
    const { files } = await openMonth();
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
    const { files, store } = await openMonth(8);
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
