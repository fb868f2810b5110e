import { type FileStore, FileStoreError, MemoryFileStore, sessionsLayout } from '@oh/file-store-core';
import { interceptFileStore } from '@oh/file-store-core/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import type { StoredEvent } from '../src/event.ts';
import { FileEventStore } from '../src/file-event-store.ts';
import { operationWindow } from '../src/recent-operations.ts';
import { withoutAppend } from './event-stores.ts';
import { readAll, readIds } from './read-all.ts';
import { withCode } from './with-code.ts';

describe('a log with a file for each event', () => {
  let memory: MemoryFileStore;

  beforeEach(() => {
    memory = new MemoryFileStore();
  });

  function open(files: FileStore = memory): FileEventStore {
    return new FileEventStore({ files, conversationId: 'c1', layout: sessionsLayout });
  }

  function pathOf(id: number): string {
    return `sessions/c1/events/${id}.json`;
  }

  it('gives ids to many writers, each once and each in its order', async () => {
    const writers = Array.from({ length: 5 }, () => open());
    await Promise.all(
      writers.map(async (writer, w) => {
        for (let n = 0; n < 30; n += 1) {
          await writer.append({ w, n }, { operationId: `${w}-${n}` });
        }
      }),
    );
    const events = await readAll(open().search());
    expect(events.map(({ id }) => id)).toEqual(Array.from({ length: 150 }, (_, i) => i));
    for (const w of writers.keys()) {
      expect(events.filter((event) => event['w'] === w).map((event) => event['n'])).toEqual(Array.from({ length: 30 }, (_, i) => i));
    }
    expect(await open().append({}, { operationId: '2-7' })).toMatchObject({ w: 2, n: 7 });
  });

  it('makes a named append of several once, also when it is repeated while it is under way, and others come between', async () => {
    const parts = [{ part: 0 }, { part: 1 }, { part: 2 }, { part: 3 }];
    const make = (files: FileStore): Promise<readonly StoredEvent[]> => open(files).appendAll(parts, { operationId: 'op' });
    let isOvertaken = false;
    const slow = interceptFileStore(memory, async (operation, path) => {
      if (operation === 'write' && path === pathOf(1) && !isOvertaken) {
        isOvertaken = true;
        await open().append({ part: 'other' });
        const late = interceptFileStore(memory, async (op, at) => (op === 'write' && at === pathOf(4) ? await endOther() : undefined));
        expect(await make(late)).toMatchObject(parts);
      }
    });
    const endOther = async (): Promise<void> => {
      await memory.write(pathOf(4), '{"id": 4, "part": "another"}', { ifAbsent: true });
    };
    expect(await make(slow)).toMatchObject(parts);
    expect((await readAll(open().search())).map(({ part }) => part)).toEqual([0, 'other', 1, 2, 'another', 3]);
  });

  it('refuses an id that is not next, and the token of a lease that was lost', async () => {
    await open().append({}, { fencingToken: 5 });
    await open().append({});
    const store = open();
    await expect(store.append({}, { fencingToken: 4 })).rejects.toEqual(withCode('version-mismatch'));
    await expect(store.append({}, { expectedNextId: 1 })).rejects.toEqual(withCode('version-mismatch'));
    await open().append({});
    await expect(store.append({}, { expectedNextId: 2 })).rejects.toEqual(withCode('version-mismatch'));
    expect(await store.append({}, { expectedNextId: 3, fencingToken: 5 })).toMatchObject({ id: 3 });
  });

  it('takes an id that has been free again since the log was made anew', async () => {
    const store = open();
    for (const n of [0, 1, 2]) {
      await store.append({ n });
    }
    await memory.delete('sessions/c1/events');
    await open().append({ n: 'anew' });
    expect(await store.append({ n: 1 }, { expectedNextId: 1 })).toMatchObject({ id: 1 });
    expect(await readIds(open().search())).toEqual([0, 1]);
  });

  it('refuses an id that another has taken while an append before it is made', async () => {
    let isFirst = true;
    const held = interceptFileStore(memory, async (operation, path) => {
      if (isFirst && operation === 'write' && path === pathOf(1)) {
        isFirst = false;
        await open().append({ n: 'of another' });
      }
    });
    const store = open(held);
    const [first, second, third] = await Promise.allSettled([
      store.append({ n: 0 }),
      store.append({ n: 1 }, { expectedNextId: 1 }),
      store.append({ n: 2 }),
    ]);
    expect(first).toMatchObject({ value: { id: 0 } });
    expect(second).toMatchObject({ reason: withCode('version-mismatch') });
    expect(third).toMatchObject({ value: { id: 2 } });
  });

  it('says which ids the events of an append got between which another has come', async () => {
    let isFirst = true;
    const held = interceptFileStore(memory, async (operation, path) => {
      if (isFirst && operation === 'write' && path === pathOf(1)) {
        isFirst = false;
        await open().append({ n: 'of another' });
      }
    });
    const added = await open(held).appendAll([{ n: 0 }, { n: 1 }]);
    expect(added).toMatchObject([
      { id: 0, n: 0 },
      { id: 2, n: 1 },
    ]);
    expect(await open().get(2)).toEqual(added[1]);
  });

  it('adds nothing of a named append of several of which only the last part is among the last events', async () => {
    const events = [{ n: 0 }, { n: 1 }, { n: 2 }];
    await open().appendAll(events, { operationId: 'op' });
    await open().appendAll(Array.from({ length: operationWindow - 1 }, () => ({})));
    expect((await open().appendAll(events, { operationId: 'op' })).map(({ id, n }) => [id, n])).toEqual([
      [0, 0],
      [1, 1],
      [2, 2],
    ]);
    expect(await open().latestId()).toBe(operationWindow + 1);
  });

  it('writes the pages that OpenHands looks up, whoever has written their events', async () => {
    const [one, other] = [open(), open()];
    for (let n = 0; n < 60; n += 1) {
      await (n % 3 === 0 ? one : other).append({ n });
    }
    await Promise.all([one.close(), other.close()]);
    expect(await memory.list('sessions/c1/event_cache')).toEqual([
      'sessions/c1/event_cache/0-25.json',
      'sessions/c1/event_cache/25-50.json',
    ]);
    const texts = await Promise.all(Array.from({ length: 25 }, (_, i) => memory.read(pathOf(25 + i))));
    expect(await memory.read('sessions/c1/event_cache/25-50.json')).toBe(`[${texts.join(', ')}]`);
  });

  it('is read through pages where every file is a request, but not through one that is older than an event', async () => {
    const store = open();
    await store.appendAll(Array.from({ length: 60 }, (_, n) => ({ n })));
    await store.close();
    let requests = 0;
    const counted = withoutAppend(
      interceptFileStore(memory, () => {
        requests += 1;
      }),
    );
    expect(await readIds(open(counted).search())).toHaveLength(60);
    expect(requests).toBeLessThan(20);
    await new Promise((resolve) => setImmediate(resolve));
    await memory.write(pathOf(3), '{"id": 3, "n": "changed"}');
    await memory.write(pathOf(30), '{"id": 30, "n": "changed"}');
    await memory.delete(pathOf(31));
    const events = await readAll(open(counted).search());
    expect(events).toHaveLength(59);
    expect(events.filter((event) => event['n'] === 'changed').map(({ id }) => id)).toEqual([3, 30]);
  });

  it.each([
    ['torn', '[{"id": 0'],
    ['of other events', JSON.stringify(Array.from({ length: 25 }, (_, i) => ({ id: i + 1 })))],
    ['too short', '[{"id": 0}]'],
    ['no list', '{}'],
  ])('reads the files of the events where a page is %s', async (_what, page) => {
    await open().appendAll(Array.from({ length: 25 }, (_, n) => ({ n })));
    await memory.write('sessions/c1/event_cache/0-25.json', page);
    expect((await readAll(open(withoutAppend(memory)).search())).map((event) => event['n'])).toEqual(
      Array.from({ length: 25 }, (_, n) => n),
    );
  });

  it('passes over ids without a file, and reports files that hold no event', async () => {
    await memory.write(pathOf(0), '{"id": 0, "action": "null"}');
    await memory.write(pathOf(2), '{"id": 2, "act');
    await memory.write(pathOf(3), '');
    await memory.write(pathOf(4), '{"id": 99, "n": 4}');
    await memory.write('sessions/c1/events/notes.txt', 'x');
    const stream = open().search();
    expect(await readIds(stream)).toEqual([0, 4]);
    expect(stream.unreadable.map(({ first_id, error }) => [first_id, error.path])).toEqual([
      [2, pathOf(2)],
      [3, pathOf(3)],
    ]);
    await expect(open().get(2)).rejects.toEqual(withCode('corrupt'));
    await expect(open().get(1)).rejects.toEqual(withCode('not-found'));
    expect((await open().latest())?.id).toBe(4);
    expect(await open().append({})).toMatchObject({ id: 5 });
    expect(await memory.read(pathOf(2))).toBe('{"id": 2, "act');
  });

  it('takes no failure for an absence, and no failed write for an id that is taken', async () => {
    await open().appendAll([{}, {}]);
    const failing = (failed: string, id: number): FileEventStore => {
      const files = interceptFileStore(memory, (operation, path) => {
        if (operation === failed && path === pathOf(id)) {
          throw new FileStoreError('permission-denied', 'it belongs to root', { path: pathOf(id) });
        }
      });
      return open(files);
    };
    await expect(readIds(failing('readBytes', 1).search())).rejects.toEqual(withCode('permission-denied'));
    await expect(failing('readBytes', 1).get(1)).rejects.toEqual(withCode('permission-denied'));
    await expect(failing('write', 2).append({})).rejects.toEqual(withCode('permission-denied'));
    expect(await readIds(open().search())).toEqual([0, 1]);
    expect(await open().append({})).toMatchObject({ id: 2 });
  });

  it('leaves nothing behind of an append to a conversation that was deleted', async () => {
    await memory.write(sessionsLayout.conversationTombstone('c1'), '{}');
    await expect(open().append({})).rejects.toEqual(withCode('not-found'));
    expect(await memory.list('sessions')).toEqual([]);
  });

  it('leaves no page behind that is written while the conversation is deleted', async () => {
    const deleting = interceptFileStore(memory, async (operation, path) => {
      if (operation === 'write' && String(path).includes('event_cache')) {
        await memory.write(sessionsLayout.conversationTombstone('c1'), '{}');
        await memory.delete('sessions/c1');
      }
    });
    const store = open(deleting);
    await store.appendAll(Array.from({ length: 25 }, () => ({})));
    await store.close();
    expect(await memory.exists(sessionsLayout.conversationTombstone('c1'))).toBe(true);
    expect(await memory.list('sessions')).toEqual([]);
  });

  it('gives one event without a look at the others', async () => {
    await open().appendAll([{}, { n: 1 }, {}]);
    const operations: unknown[] = [];
    const watched = interceptFileStore(memory, (operation, path) => void operations.push([operation, path]));
    expect(await open(watched).get(1)).toMatchObject({ n: 1 });
    expect(operations).toEqual([['readBytes', pathOf(1)]]);
  });
});
