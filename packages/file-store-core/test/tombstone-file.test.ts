import { expect, it } from 'vitest';
import { type AbortOptions, FileStoreError, MemoryFileStore } from '../src/index.ts';
import { interceptFileStore } from '../src/testing/index.ts';
import { hasTombstone, TombstoneFile } from '../src/tombstones/index.ts';

const path = '.oh-conversations/deleted/c1';
const dayMs = 86_400_000;

function open(now?: () => Date): { files: MemoryFileStore; at: (ms: number) => TombstoneFile } {
  const files = new MemoryFileStore({ now });
  return { files, at: (ms) => new TombstoneFile(files, path, () => new Date(ms)) };
}

it('is there from the deletion on, until it is lifted, and again after the next one', async () => {
  const { files, at } = open();
  const tombstone = at(0);
  expect(await hasTombstone(files, path)).toBe(false);
  const removal = await tombstone.insist('c1', 'alice', {});
  expect(await hasTombstone(files, path)).toBe(true);
  await tombstone.leave(removal, {});
  const { version = '', owner } = (await tombstone.find({})) ?? {};
  expect(owner).toBe('alice');
  expect(await tombstone.lift(version, {})).toBe(true);
  expect(await hasTombstone(files, path)).toBe(false);
  expect(await tombstone.find({})).toBe(undefined);
  await tombstone.insist('c1', undefined, {});
  expect(await tombstone.exists({})).toBe(true);
});

it('is not lifted by whoever has not seen who entered, nor by whoever has seen it before it became final', async () => {
  const tombstone = open().at(0);
  const raised = await tombstone.raise('c1', undefined, undefined, {});
  const removal = await tombstone.enter(raised, {});
  expect(await tombstone.lift(raised ?? '', {})).toBe(false);
  expect(await tombstone.enter(raised, {})).toBe(undefined);
  expect(removal?.removers.size).toBe(1);
});

it('has everybody who removes something, until each has left', async () => {
  const { at } = open();
  const tombstone = at(0);
  const first = await tombstone.insist('c1', undefined, {});
  const second = await tombstone.enter(undefined, {});
  const since = async (): Promise<number> => tombstone.removedSince((await tombstone.find({})) ?? first).length;
  expect(await since()).toBe(2);
  await tombstone.leave(first, {});
  expect(await since()).toBe(1);
  await tombstone.leave(second ?? first, {});
  expect(await since()).toBe(0);
});

it('lets nobody in who comes when it was lifted', async () => {
  const tombstone = open().at(0);
  const version = (await tombstone.raise('c1', undefined, undefined, {})) ?? '';
  await tombstone.lift(version, {});
  expect(await tombstone.enter(undefined, {})).toBe(undefined);
  await tombstone.whileDeleted(async () => expect.unreachable(), {});
});

it('takes who has not left after a day for dead, and lets a removal go on for half a day', async () => {
  const { at } = open();
  const removal = await at(0).insist('c1', undefined, {});
  expect(at(dayMs).removedSince(removal)).toHaveLength(1);
  expect(at(dayMs + 1).removedSince(removal)).toEqual([]);
  expect(() => at(dayMs / 2).check(removal)).not.toThrow();
  expect(() => at(dayMs / 2 + 1).check(removal)).toThrow(/^\[timeout\]/);
});

it.each(['soon', '2999-01-01T00:00:00.000Z'])(
  'takes who entered at a time like %j for dead a day after the file was written',
  async (begun) => {
    const { at } = open(() => new Date(dayMs));
    const removal = await at(0).insist('c1', undefined, {});
    const strange = { ...removal, removers: new Map([['somebody', begun]]) };
    expect(at(2 * dayMs).removedSince(strange)).toEqual([begun]);
    expect(at(2 * dayMs + 1).removedSince(strange)).toEqual([]);
  },
);

it('goes by the times of who has entered, whatever the clock of the store says', async () => {
  const { at } = open(() => new Date(0));
  const removal = await at(9 * dayMs).insist('c1', undefined, {});
  expect(at(9 * dayMs - 1).removedSince(removal)).toHaveLength(1);
  expect(at(10 * dayMs).removedSince(removal)).toHaveLength(1);
  expect(at(10 * dayMs + 1).removedSince(removal)).toEqual([]);
});

it('is decided by whoever deletes, and not by whoever removes what came late', async () => {
  const tombstone = open().at(0);
  const version = await tombstone.raise('c1', undefined, undefined, {});
  await tombstone.whileDeleted(async () => expect((await tombstone.find({}))?.removers.size).toBe(1), {});
  expect(await tombstone.find({})).toMatchObject({ isDecided: false, removers: new Map() });
  expect(await tombstone.whileDecided(async () => expect.unreachable(), {})).toBe(false);
  expect(await tombstone.enter(version, {})).toBe(undefined);
  await tombstone.leave((await tombstone.enter(undefined, {})) ?? expect.unreachable(), {});
  expect(await tombstone.find({})).toMatchObject({ isDecided: true, removers: new Map() });
  let removed = 0;
  const remove = async (): Promise<void> => {
    removed += 1;
  };
  await tombstone.whileDeleted(remove, {});
  expect(await tombstone.whileDecided(remove, {})).toBe(true);
  expect(removed).toBe(2);
  expect(await tombstone.find({})).toMatchObject({ isDecided: true, removers: new Map() });
});

it('stays with all who remove something when somebody deletes it once more, and is decided then', async () => {
  const tombstone = open().at(0);
  const version = await tombstone.raise('c1', 'alice', undefined, {});
  await tombstone.whileDeleted(async () => {
    const removal = await tombstone.insist('c1', 'bert', {});
    expect(removal).toMatchObject({ isDecided: true, owner: 'bert' });
    expect(removal.removers.size).toBe(2);
  }, {});
  expect(await tombstone.find({})).toMatchObject({ isDecided: true, owner: 'bert' });
  expect((await tombstone.find({}))?.removers.size).toBe(1);
  expect(await tombstone.lift(version ?? '', {})).toBe(false);
});

it('has all who enter at once', async () => {
  const tombstone = open().at(0);
  await tombstone.raise('c1', undefined, undefined, {});
  const removals = await Promise.all(Array.from({ length: 16 }, () => tombstone.enter(undefined, {})));
  const removers = removals.map((removal) => removal?.remover ?? '');
  expect([...((await tombstone.find({}))?.removers.keys() ?? [])].toSorted()).toEqual(removers.toSorted());
});

it('is not made again by a remover who leaves after it was lifted', async () => {
  const { files, at } = open();
  const tombstone = at(0);
  const removal = await tombstone.insist('c1', undefined, {});
  expect(await tombstone.lift(removal.version, {})).toBe(true);
  await tombstone.leave(removal, {});
  expect(await files.read(path)).toBe('');
});

it('never has the same bytes twice', async () => {
  const { files, at } = open();
  const texts = new Set<string>();
  for (let round = 0; round < 3; round += 1) {
    const { version } = await at(0).read({});
    const raised = await at(0).raise('c1', 'alice', version, {});
    texts.add(await files.read(path));
    await at(0).lift(raised ?? '', {});
  }
  expect(texts.size).toBe(3);
});

it('is not missing when it cannot be looked at, and nothing is written then', async () => {
  const { files, at } = open();
  const version = await at(0).raise('c1', 'alice', undefined, {});
  const before = await files.read(path);
  const away = new FileStoreError('unavailable', 'the server is away');
  const unreadable = interceptFileStore(files, (operation) => {
    if (operation !== 'write') {
      throw away;
    }
  });
  const tombstone = new TombstoneFile(unreadable, path);
  await expect(hasTombstone(unreadable, path)).rejects.toBe(away);
  await expect(tombstone.exists({})).rejects.toBe(away);
  await expect(tombstone.find({})).rejects.toBe(away);
  await expect(tombstone.enter(version, {})).rejects.toBe(away);
  await expect(tombstone.insist('c1', 'alice', {})).rejects.toBe(away);
  await expect(tombstone.whileDecided(async () => expect.unreachable(), {})).rejects.toBe(away);
  expect(await files.read(path)).toBe(before);
});

it('hands the signal to everything that it asks of the store', async () => {
  const { files } = open();
  const { signal } = new AbortController();
  const asked = new Set<string>();
  const watched = interceptFileStore(files, (operation, _path, options) => {
    asked.add(operation);
    expect((options as AbortOptions).signal, operation).toBe(signal);
  });
  const tombstone = new TombstoneFile(watched, path);
  const raised = await tombstone.raise('c1', undefined, undefined, { signal });
  const first = (await tombstone.enter(raised, { signal })) ?? expect.unreachable();
  const second = await tombstone.insist('c1', undefined, { signal });
  await tombstone.leave(first, { signal });
  await tombstone.leave(second, { signal });
  await tombstone.whileDeleted(async () => undefined, { signal });
  await tombstone.whileDecided(async () => undefined, { signal });
  await tombstone.lift((await tombstone.find({ signal }))?.version ?? '', { signal });
  expect(await tombstone.exists({ signal })).toBe(false);
  expect([...asked].toSorted()).toEqual(['open', 'stat', 'write']);
});

it('keeps a removal that failed', async () => {
  const tombstone = open().at(0);
  const raised = await tombstone.raise('c1', undefined, undefined, {});
  await expect(tombstone.whileDeleted(() => Promise.reject(new Error('no')), {})).rejects.toThrow('no');
  const present = await tombstone.find({});
  expect(present?.version).not.toBe(raised);
  expect(present?.removers.size).toBe(1);
});

it('is nobody’s when it is damaged, and keeps the fields that it has besides', async () => {
  const { files, at } = open();
  await files.write(path, new Uint8Array([0xff]));
  expect(await at(0).find({})).toMatchObject({ owner: undefined, isDecided: false, removers: new Map() });
  await files.write(path, '{"conversation_id":"c1","user_id":"alice","later":1}');
  await at(0).enter(undefined, {});
  await at(0).insist('c1', 'alice', {});
  expect(JSON.parse(await files.read(path))).toMatchObject({ conversation_id: 'c1', user_id: 'alice', later: 1 });
});
