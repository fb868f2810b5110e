import { type FileStore, homeLayout } from '@oh/file-store-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileEventStore } from '../src/file-event-store.ts';
import { operationWindow } from '../src/recent-operations.ts';
import { eventFileStores, type OpenedFiles } from './event-stores.ts';
import { readAll, readIds } from './read-all.ts';
import { withCode } from './with-code.ts';

describe.each(eventFileStores)('the events of a conversation on %s', (_name, open) => {
  let opened: OpenedFiles;
  let files: FileStore;
  let store: FileEventStore;

  beforeEach(async () => {
    opened = await open();
    files = opened.files;
    store = new FileEventStore({ files, conversationId: 'c1', now: () => new Date('2026-01-02T03:04:05.678Z') });
  });

  afterEach(async () => {
    await store.close();
    await opened.remove();
  });

  function another(): FileEventStore {
    return new FileEventStore({ files: opened.reopen(), conversationId: 'c1' });
  }

  it('has no events before the first one', async () => {
    expect(await store.latest()).toBeNull();
    expect(await store.latestId()).toBeNull();
    expect(await readAll(store.search())).toEqual([]);
    expect(await readAll(store.search({ reverse: true }))).toEqual([]);
    await expect(store.get(0)).rejects.toEqual(withCode('not-found'));
    expect(await files.list('')).toEqual([]);
  });

  it('gives an event back as it was appended, with its id and its time', async () => {
    const event = { source: 'user', action: 'message', args: { content: 'Grüße 😀\n' } };
    expect(await store.append(event)).toEqual({ id: 0, timestamp: '2026-01-02T03:04:05.678Z', ...event });
    await store.append({ timestamp: '2026-01-01T00:00:00', kind: 'FutureEvent', nested: [[{ a: null }]] });
    expect(await store.get(0)).toEqual({ id: 0, timestamp: '2026-01-02T03:04:05.678Z', ...event });
    expect(await another().get(1)).toEqual({ id: 1, timestamp: '2026-01-01T00:00:00', kind: 'FutureEvent', nested: [[{ a: null }]] });
    expect(await store.latestId()).toBe(1);
    expect((await store.latest())?.id).toBe(1);
  });

  it('leaves out what is undefined, at any depth, as JSON.stringify does', async () => {
    const tool = { name: 'bash', timeout: undefined };
    const stored = await store.append({ id: undefined, source: undefined, action: 'run', args: { calls: [tool], cwd: undefined } });
    expect(Object.keys(stored)).toEqual(['id', 'timestamp', 'action', 'args']);
    expect(JSON.stringify((await another().get(0))['args'])).toBe('{"calls":[{"name":"bash"}]}');
    expect(tool).toStrictEqual({ name: 'bash', timeout: undefined });
  });

  it('goes on after a restart', async () => {
    await store.appendAll([{ n: 0 }, { n: 1 }]);
    const again = another();
    expect((await again.append({ n: 2 })).id).toBe(2);
    expect((await store.append({ n: 3 })).id).toBe(3);
    expect((await readAll(again.search())).map(({ id, n }) => [id, n])).toEqual([0, 1, 2, 3].map((n) => [n, n]));
  });

  it('gives contiguous ids to many writers, each once and each in its order', async () => {
    const writers = [store, another(), another(), another()];
    const perWriter = 50;
    await Promise.all(
      writers.map(async (writer, w) => {
        for (let n = 0; n < perWriter; n += 1) {
          await writer.append({ w, n });
        }
      }),
    );
    const events = await readAll(store.search());
    expect(events.map(({ id }) => id)).toEqual(Array.from({ length: writers.length * perWriter }, (_, i) => i));
    for (const w of writers.keys()) {
      expect(events.filter((event) => event['w'] === w).map((event) => event['n'])).toEqual(Array.from({ length: perWriter }, (_, i) => i));
    }
  });

  it('lets no event of others come into an append of several', async () => {
    const writers = [store, another(), another()];
    const results = await Promise.all(
      writers.flatMap((writer, w) => [0, 1, 2].map((b) => writer.appendAll([0, 1, 2].map((n) => ({ w, b, n }))))),
    );
    for (const events of results) {
      const [first = 0] = events.map(({ id }) => id);
      expect(events.map(({ id }) => id)).toEqual([first, first + 1, first + 2]);
      expect((await readAll(store.search({ startId: first, endId: first + 2 }))).map(({ id, ...rest }) => [id, rest['n']])).toEqual([
        [first, 0],
        [first + 1, 1],
        [first + 2, 2],
      ]);
    }
    expect(await store.appendAll([])).toEqual([]);
    expect(await store.latestId()).toBe(26);
  });

  it('makes an append of one name once, also at the same time, by others and after a restart', async () => {
    const twice = await Promise.all([store.append({ n: 1 }, { operationId: 'a"b' }), store.append({ n: 2 }, { operationId: 'a"b' })]);
    expect(twice[0]).toMatchObject({ id: 0, operation_id: 'a"b', n: 1 });
    expect(twice[1]).toEqual(twice[0]);
    const again = another();
    expect(await again.append({ n: 3 }, { operationId: 'a"b' })).toEqual(twice[0]);
    expect(await again.append({ n: 4 }, { operationId: 'other' })).toMatchObject({ id: 1 });
    expect(await store.append({ n: 5 }, { operationId: 'other' })).toMatchObject({ id: 1, n: 4 });
    expect(await readIds(store.search())).toEqual([0, 1]);
  });

  it('adds the rest of a named append of several when only its first part is there', async () => {
    await store.appendAll([{ n: 0 }, { n: 1 }], { operationId: 'op' });
    await store.append({ n: 'between' });
    const events = await another().appendAll([{ n: 0 }, { n: 1 }, { n: 2 }], { operationId: 'op', expectedNextId: 0 });
    expect(events.map(({ id, n }) => [id, n])).toEqual([
      [0, 0],
      [1, 1],
      [3, 2],
    ]);
  });

  it('looks for a name among the last events only', async () => {
    await store.append({}, { operationId: 'old' });
    await store.appendAll(Array.from({ length: operationWindow - 1 }, () => ({})));
    expect(await store.append({}, { operationId: 'old' })).toMatchObject({ id: 0 });
    expect(await another().append({}, { operationId: 'old' })).toMatchObject({ id: 0 });
    await store.append({});
    expect(await store.append({}, { operationId: 'old' })).toMatchObject({ id: operationWindow + 1 });
  });

  it('adds nothing of a named append of several of which only the last part is among the last events', async () => {
    const events = Array.from({ length: 10 }, (_, n) => ({ n }));
    const ids = events.map((_, n) => n + 1);
    await store.append({});
    await store.appendAll(events, { operationId: 'op' });
    await store.appendAll(Array.from({ length: operationWindow - 5 }, () => ({})));
    for (const each of [store, another()]) {
      const again = await each.appendAll(events, { operationId: 'op' });
      expect(again.map(({ id, n }) => [id, n])).toEqual(ids.map((id) => [id, id - 1]));
    }
    await store.appendAll(Array.from({ length: 5 }, () => ({})));
    expect((await another().appendAll(events, { operationId: 'op' }))[0]).toMatchObject({ id: 1011, n: 0 });
  });

  it('adds nothing of a named append that is longer than the window', async () => {
    const events = Array.from({ length: operationWindow + 10 }, (_, n) => ({ n }));
    const added = await store.appendAll(events, { operationId: 'op' });
    expect(await store.appendAll(events, { operationId: 'op' })).toEqual(added);
    expect(await another().appendAll(events, { operationId: 'op' })).toEqual(added);
    expect(await store.latestId()).toBe(operationWindow + 9);
  });

  it('refuses a writer that expects another id, whoever has come between', async () => {
    await store.append({}, { expectedNextId: 0 });
    await another().append({});
    await expect(store.append({}, { expectedNextId: 1 })).rejects.toEqual(withCode('version-mismatch'));
    await another().append({});
    expect(await store.append({}, { expectedNextId: 3 })).toMatchObject({ id: 3 });
    await expect(store.append({}, { expectedNextId: 5 })).rejects.toEqual(withCode('version-mismatch'));
    const racers = await Promise.allSettled([store, another(), another(), another()].map((each) => each.append({}, { expectedNextId: 4 })));
    expect(racers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await store.latestId()).toBe(4);
  });

  it('refuses the token of a lease that was lost, also after a restart and after events without one', async () => {
    await store.append({}, { fencingToken: 3 });
    expect(await another().append({}, { fencingToken: 5 })).toMatchObject({ fencing_token: 5 });
    await expect(store.append({}, { fencingToken: 4 })).rejects.toThrow(
      /^\[version-mismatch\] the log at "conversations\/c1\/events.json" has met the fencing token 5/,
    );
    await store.append({});
    await expect(another().append({}, { fencingToken: 4 })).rejects.toEqual(withCode('version-mismatch'));
    expect(await another().append({}, { fencingToken: 5 })).toMatchObject({ id: 3 });
    await store.append({}, { fencingToken: Number.MAX_SAFE_INTEGER });
    await expect(another().append({}, { fencingToken: Number.MAX_SAFE_INTEGER - 1 })).rejects.toEqual(withCode('version-mismatch'));
  });

  it.each([
    ['an id', { id: 5 }],
    ['an operation_id', { operation_id: 'x' }],
    ['a fencing_token', { fencing_token: 1 }],
    ['undefined inside', { a: [undefined] }],
    ['a date', { a: new Date(0) }],
    ['a number that is not finite', { a: Number.NaN }],
    ['too many levels', { a: Array.from({ length: 600 }).reduce((inner) => [inner], 1) }],
  ])('refuses %s in an event, before any I/O', async (_what, event) => {
    await expect(store.append(event as never)).rejects.toEqual(withCode('invalid-argument'));
    await expect(store.append([] as never)).rejects.toEqual(withCode('invalid-argument'));
    expect(await files.list('')).toEqual([]);
  });

  it('refuses options that are none', async () => {
    await expect(store.append({}, { operationId: '' })).rejects.toEqual(withCode('invalid-argument'));
    await expect(store.append({}, { expectedNextId: -1 })).rejects.toEqual(withCode('invalid-argument'));
    await expect(store.append({}, { fencingToken: 0 })).rejects.toEqual(withCode('invalid-argument'));
    await expect(store.get(-1)).rejects.toEqual(withCode('invalid-argument'));
    expect(() => store.search({ limit: 0 })).toThrow('[invalid-argument]');
    expect(() => store.search({ startId: 0.5 })).toThrow('[invalid-argument]');
    expect(() => store.search({ endId: -1 })).toThrow('[invalid-argument]');
    expect(() => store.tail(-1)).toThrow('[invalid-argument]');
    expect(() => new FileEventStore({ files, conversationId: '../c1' })).toThrow('[invalid-argument]');
    expect(() => new FileEventStore({ files, conversationId: 'c1', userId: 'a/b' })).toThrow('[invalid-argument]');
  });

  it('adds nothing to a conversation that was deleted, also when the deletion comes between', async () => {
    await store.append({});
    await files.write(homeLayout.conversationTombstone('c1'), '{}');
    await files.delete('conversations/c1');
    await expect(store.append({})).rejects.toThrow('[not-found] conversation "c1" was deleted');
    await expect(another().append({})).rejects.toEqual(withCode('not-found'));
    expect(await files.list('conversations')).toEqual([]);
  });

  it('finishes what is under way when it is closed, then refuses everything', async () => {
    const under = store.append({ n: 1 });
    await store.close();
    expect((await under).id).toBe(0);
    await expect(store.append({})).rejects.toEqual(withCode('closed'));
    await expect(store.get(0)).rejects.toEqual(withCode('closed'));
    await expect(store.latestId()).rejects.toEqual(withCode('closed'));
    await expect(readAll(store.search())).rejects.toEqual(withCode('closed'));
    await expect(readAll(store.tail(0))).rejects.toEqual(withCode('closed'));
    expect(await another().latestId()).toBe(0);
  });
});
