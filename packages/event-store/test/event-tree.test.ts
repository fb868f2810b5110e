import { MemoryFileStore } from '@oh/file-store-core';
import { createFaultyFileStore } from '@oh/file-store-core/testing';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { FileEventStore } from '../src/file-event-store.ts';
import { forkEvents } from '../src/fork-events.ts';
import { pathToRoot, rootParent } from '../src/path-to-root.ts';
import { readAll } from './read-all.ts';
import { withCode } from './with-code.ts';

let files: MemoryFileStore;
let store: FileEventStore;

beforeEach(() => {
  files = new MemoryFileStore();
  store = open('c1');
});

function open(conversationId: string, over = files): FileEventStore {
  return new FileEventStore({ files: over, conversationId });
}

async function pathOf(leafId: number): Promise<number[]> {
  const ids: number[] = [];
  for await (const { id } of pathToRoot(store, leafId)) {
    ids.push(id);
  }
  return ids;
}

describe('the tree of events', () => {
  it('goes from an event to the one before it, unless that names another parent', async () => {
    await store.appendAll([{}, {}, {}, { parent_id: 1 }, {}, { parent_id: rootParent }, {}, { parent_id: null }]);
    expect(await pathOf(2)).toEqual([2, 1, 0]);
    expect(await pathOf(4)).toEqual([4, 3, 1, 0]);
    expect(await pathOf(7)).toEqual([7, 6, 5]);
    await expect(pathOf(8)).rejects.toEqual(withCode('not-found'));
  });

  it('refuses a parent that is not there, whoever has come between, and what is no id', async () => {
    await store.append({});
    await expect(store.append({ parent_id: 1 })).rejects.toEqual(withCode('invalid-argument'));
    await expect(store.append({ parent_id: 'x' as never })).rejects.toEqual(withCode('invalid-argument'));
    await expect(store.append({ parent_id: -1 })).rejects.toEqual(withCode('invalid-argument'));
    await expect(store.appendAll([{}, { parent_id: 2 }])).rejects.toEqual(withCode('invalid-argument'));
    await open('c1').append({});
    expect(await store.append({ parent_id: 1 })).toMatchObject({ id: 2 });
    expect(await store.appendAll([{}, { parent_id: 3 }])).toMatchObject([{ id: 3 }, { id: 4 }]);
  });

  it('refuses a cycle in a log that others have written', async () => {
    await files.write(
      'conversations/c1/events.json',
      '{"id":0}\n{"id":1,"parent_id":2}\n{"id":2,"parent_id":1}\n{"id":3,"parent_id":3}\n{"id":4,"parent_id":"x"}\n',
    );
    for (const leaf of [1, 2, 3, 4]) {
      await expect(pathOf(leaf)).rejects.toEqual(withCode('corrupt'));
    }
  });

  it('says so when an event on the way cannot be read', async () => {
    await files.write('conversations/c1/events.json', '{"id":0}\nbad\n{"id":2}\n{"id":3,"parent_id":0}\n');
    await expect(pathOf(2)).rejects.toThrow('[corrupt] the event 1');
    expect(await pathOf(3)).toEqual([3, 0]);
  });

  it('is followed as a plain map of parents says, near and far', async () => {
    const parents = fc.array(fc.option(fc.oneof(fc.nat(), fc.constant(rootParent)), { nil: undefined }), {
      minLength: 1,
      maxLength: 600,
      size: 'max',
    });
    await fc.assert(
      fc.asyncProperty(parents, fc.nat(), async (given, at) => {
        files = new MemoryFileStore();
        store = open('c1');
        const events = given.map((parent, id) => ({
          parent_id: typeof parent === 'number' ? (id === 0 ? rootParent : parent % id) : parent,
        }));
        await store.appendAll(events as never);
        const leaf = at % events.length;
        const expected: number[] = [];
        for (let id: number | undefined = leaf; id !== undefined; ) {
          expected.push(id);
          const parent: number | string | undefined = events[id]?.parent_id;
          id = parent === rootParent || (parent === undefined && id === 0) ? undefined : Number(parent ?? id - 1);
        }
        expect(await pathOf(leaf)).toEqual(expected);
      }),
      { numRuns: 50 },
    );
  });
});

describe('a fork', () => {
  it('has the events that lead to one, numbered anew, and their causes', async () => {
    await store.appendAll([
      { n: 'a' },
      { n: 'b' },
      { n: 'c' },
      { n: 'd', parent_id: 1, cause: 1 },
      { n: 'e', cause: 3 },
      { n: 'f', cause: 2 },
    ]);
    const target = open('c2');
    expect(await forkEvents(store, target, { atEventId: 4 })).toBe(4);
    const events = await readAll(target.search());
    expect(events.map(({ id, n, cause, parent_id }) => [id, n, cause, parent_id])).toEqual([
      [0, 'a', undefined, undefined],
      [1, 'b', undefined, undefined],
      [2, 'd', 1, undefined],
      [3, 'e', 2, undefined],
    ]);
  });

  it('has no cause that is an event of the way by its number alone', async () => {
    await store.appendAll([{ n: 'a' }, { n: 'b' }, { n: 'c', parent_id: 0, cause: 1 }]);
    const target = open('c2');
    expect(await forkEvents(store, target, { atEventId: 2 })).toBe(2);
    expect((await readAll(target.search())).map(({ id, n, cause }) => [id, n, cause])).toEqual([
      [0, 'a', undefined],
      [1, 'c', undefined],
    ]);
  });

  it('is made once, however often and by however many it is asked for, and whatever came after', async () => {
    await store.appendAll(Array.from({ length: 1500 }, (_, n) => ({ n })));
    const forks = [1, 2, 3].map(() => forkEvents(store, open('c2'), { atEventId: 1400 }));
    expect(await Promise.all(forks)).toEqual([1401, 1401, 1401]);
    await open('c2').append({ n: 'after' });
    expect(await forkEvents(store, open('c2'), { atEventId: 1400 })).toBe(1401);
    const events = await readAll(open('c2').search());
    expect(events.map((event) => event['n'])).toEqual([...Array.from({ length: 1401 }, (_, n) => n), 'after']);
  });

  it('goes on where it was interrupted', async () => {
    await store.appendAll(Array.from({ length: 300 }, (_, n) => ({ n })));
    for (const skip of [0, 1, 2]) {
      const faulty = createFaultyFileStore(files, { faults: [{ operations: ['append'], skip, at: skip === 1 ? 'after' : 'before' }] });
      await forkEvents(store, new FileEventStore({ files: faulty, conversationId: 'c2' }), { atEventId: 299 }).catch(() => undefined);
    }
    expect(await forkEvents(store, open('c2'), { atEventId: 299 })).toBe(300);
    expect((await readAll(open('c2').search())).map((event) => event['n'])).toEqual(Array.from({ length: 300 }, (_, n) => n));
  });

  it('is refused in a conversation that has other events', async () => {
    await store.appendAll([{}, {}]);
    await open('c2').append({ n: 'other' });
    await expect(forkEvents(store, open('c2'), { atEventId: 1 })).rejects.toEqual(withCode('already-exists'));
    await forkEvents(store, open('c3'), { atEventId: 0 });
    await expect(forkEvents(store, open('c3'), { atEventId: 1 })).rejects.toEqual(withCode('already-exists'));
    await expect(forkEvents(store, open('c4'), { atEventId: 2 })).rejects.toEqual(withCode('not-found'));
    const reason = new Error('enough');
    await expect(forkEvents(store, open('c4'), { atEventId: 1, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});
