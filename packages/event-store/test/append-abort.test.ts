import { getEventListeners } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type FileStore, FileStoreError, homeLayout, MemoryFileStore } from '@oh/file-store-core';
import { interceptFileStore } from '@oh/file-store-core/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { FileEventStore } from '../src/file-event-store.ts';
import { readIds } from './read-all.ts';
import { withCode } from './with-code.ts';

const path = 'conversations/c1/events.json';

it.each([0, 20])(
  'lets a single caller go on at once, and everything else have its turn now and then (%i microtasks in between)',
  async (microtasks) => {
    const store = new FileEventStore({ files: new MemoryFileStore(), conversationId: 'c1' });
    await store.append({});
    let appended = 0;
    let turnedAt: number | undefined;
    setImmediate(() => {
      turnedAt = appended;
    });
    for (; appended < 200; appended += 1) {
      await store.append({});
      for (let left = microtasks; left > 0; left -= 1) {
        await undefined;
      }
    }
    expect(turnedAt).toBeGreaterThan(10);
    expect(turnedAt).toBeLessThan(100);
  },
);

describe('appends that meet while one is under way', () => {
  const memory = (): MemoryFileStore => new MemoryFileStore();
  let files: FileStore;
  let store: FileEventStore;
  /** The appends that the file store is asked for; each waits until it is let go. */
  let asked: { readonly signal: AbortSignal | undefined; readonly go: () => void }[];
  let onAsked: () => void;

  beforeEach(() => {
    asked = [];
    onAsked = () => undefined;
    files = memory();
    const held = interceptFileStore(files, async (operation, _path, options) => {
      if (operation === 'append') {
        const { signal } = options as { readonly signal?: AbortSignal };
        const { promise, resolve, reject } = Promise.withResolvers<void>();
        signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
        asked.push({ signal, go: resolve });
        onAsked();
        await promise;
      }
    });
    store = new FileEventStore({ files: held, conversationId: 'c1' });
  });

  async function untilAsked(count: number): Promise<void> {
    while (asked.length < count) {
      const { promise, resolve } = Promise.withResolvers<void>();
      onAsked = resolve;
      await promise;
    }
  }

  it('are made together', async () => {
    const first = store.append({ n: 0 });
    await untilAsked(1);
    const others = [1, 2, 3].map((n) => store.append({ n }));
    asked[0]?.go();
    await first;
    await untilAsked(2);
    asked[1]?.go();
    expect((await Promise.all(others)).map(({ id }) => id)).toEqual([1, 2, 3]);
    expect(asked).toHaveLength(2);
  });

  it('are made together when they are called for at once', async () => {
    const all = [0, 1, 2].map((n) => store.append({ n }));
    await untilAsked(1);
    asked[0]?.go();
    expect((await Promise.all(all)).map(({ id }) => id)).toEqual([0, 1, 2]);
    expect(asked).toHaveLength(1);
  });

  it('are made together when their callers were just answered, and take their time', async () => {
    const append = async (microtasks: number): Promise<void> => {
      for (let n = 0; n < 3; n += 1) {
        await store.append({ n });
        for (let left = microtasks; left > 0; left -= 1) {
          await undefined;
        }
      }
    };
    const all = Promise.all(Array.from({ length: 8 }, (_, i) => append(i)));
    for (let count = 1; count <= 3; count += 1) {
      await untilAsked(count);
      asked[count - 1]?.go();
    }
    await all;
    expect(asked).toHaveLength(3);
  });

  it('are made together with those of a caller who was answered while they waited', async () => {
    const appendTwice = async (): Promise<void> => {
      await store.append({});
      for (let left = 20; left > 0; left -= 1) {
        await undefined;
      }
      await store.append({});
    };
    const first = appendTwice();
    await untilAsked(1);
    const second = appendTwice();
    for (let count = 1; count <= 3; count += 1) {
      await untilAsked(count);
      asked[count - 1]?.go();
    }
    await Promise.all([first, second]);
    expect(asked).toHaveLength(3);
  });

  it('are made once when they have the same name', async () => {
    const first = store.append({ n: 0 });
    await untilAsked(1);
    const others = [1, 2, 3].map((n) => store.append({ n }, { operationId: 'same' }));
    asked[0]?.go();
    await first;
    await untilAsked(2);
    asked[1]?.go();
    expect(await Promise.all(others)).toMatchObject([1, 2, 3].map(() => ({ id: 1, n: 1 })));
    expect(await store.latestId()).toBe(1);
  });

  it('are not made when they are given up before their turn', async () => {
    const first = store.append({ n: 0 });
    await untilAsked(1);
    const abort = new AbortController();
    const reason = new Error('enough');
    const second = store.append({ n: 1 }, { signal: abort.signal });
    const third = store.append({ n: 2 });
    abort.abort(reason);
    await expect(second).rejects.toBe(reason);
    asked[0]?.go();
    await untilAsked(2);
    asked[1]?.go();
    await first;
    expect(await third).toMatchObject({ id: 1, n: 2 });
    expect(await readIds(store.search())).toEqual([0, 1]);
  });

  it('go on without the one of them that is given up in flight', async () => {
    const first = store.append({ n: 0 });
    await untilAsked(1);
    const abort = new AbortController();
    const reason = new Error('enough');
    const second = store.append({ n: 1 }, { signal: abort.signal });
    const third = store.append({ n: 2 }, { signal: new AbortController().signal });
    asked[0]?.go();
    await first;
    await untilAsked(2);
    abort.abort(reason);
    await expect(second).rejects.toBe(reason);
    expect(asked[1]?.signal?.aborted ?? false).toBe(false);
    asked[1]?.go();
    expect(await third).toMatchObject({ id: 2 });
  });

  it('end with the file store when all of them are given up in flight', async () => {
    const abort = new AbortController();
    const reason = new Error('enough');
    const both = [store.append({ n: 0 }, { signal: abort.signal })];
    await untilAsked(1);
    abort.abort(reason);
    await expect(both[0]).rejects.toBe(reason);
    expect(asked[0]?.signal?.aborted).toBe(true);
    const next = store.append({ n: 1 });
    await untilAsked(2);
    asked[1]?.go();
    expect(await next).toMatchObject({ id: 0, n: 1 });
  });

  it('leave nothing at a signal that outlives them', async () => {
    const { signal } = new AbortController();
    const appending = store.append({}, { signal });
    await untilAsked(1);
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    asked[0]?.go();
    await appending;
    await expect(store.append({}, { expectedNextId: 5, signal })).rejects.toEqual(withCode('version-mismatch'));
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('are waited for when the store is closed', async () => {
    const appending = store.append({});
    await untilAsked(1);
    let isClosed = false;
    const closing = store.close().then(() => {
      isClosed = true;
    });
    await nextTurn();
    expect(isClosed).toBe(false);
    asked[0]?.go();
    await Promise.all([appending, closing]);
  });

  it('are made one by one when they are large', async () => {
    const all = [0, 1, 2].map((n) => store.append({ n, text: 'x'.repeat(3 * 1024 * 1024) }));
    for (let count = 1; count <= 3; count += 1) {
      await untilAsked(count);
      asked[count - 1]?.go();
    }
    expect((await Promise.all(all)).map(({ id }) => id)).toEqual([0, 1, 2]);
    expect(asked).toHaveLength(3);
  });

  it('do nothing when they are given up before they begin', async () => {
    const reason = new Error('enough');
    await expect(store.append({}, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(asked).toHaveLength(0);
  });

  it('are stored as they were when they were asked for', async () => {
    const event = { n: 0 };
    const appending = store.append(event);
    event.n = 1;
    await untilAsked(1);
    asked[0]?.go();
    await appending;
    expect(await store.get(0)).toMatchObject({ n: 0 });
  });

  it('make no file for a conversation that was deleted', async () => {
    await files.write(homeLayout.conversationTombstone('c1'), '{}');
    await expect(store.append({})).rejects.toEqual(withCode('not-found'));
    expect(asked).toHaveLength(0);
  });

  it('take the file back when the conversation is deleted while they make it', async () => {
    const appending = store.append({});
    await untilAsked(1);
    await files.write(homeLayout.conversationTombstone('c1'), '{"decided":true}');
    await files.delete('conversations/c1');
    asked[0]?.go();
    await expect(appending).rejects.toEqual(withCode('not-found'));
    expect(await files.exists(path)).toBe(false);
  });

  it('keep the file, which others may have added to, when a deletion comes meanwhile that may be taken back', async () => {
    const tombstone = homeLayout.conversationTombstone('c1');
    const appending = store.append({});
    await untilAsked(1);
    await files.write(tombstone, '{"decided":false}');
    asked[0]?.go();
    await appending;
    await files.write(tombstone, '');
    expect(await readIds(store.search())).toEqual([0]);
  });
});

it('fails with what its events cannot be read for, when it is repeated by its name', async () => {
  const memory = new MemoryFileStore();
  let isBroken = false;
  const files = interceptFileStore(memory, (operation) => {
    if (isBroken && operation === 'readBytes') {
      throw new FileStoreError('unavailable', 'no answer');
    }
  });
  const store = new FileEventStore({ files, conversationId: 'c1' });
  await store.append({ n: 0 }, { operationId: 'op' });
  isBroken = true;
  await expect(store.append({ n: 0 }, { operationId: 'op' })).rejects.toEqual(withCode('unavailable'));
  isBroken = false;
  expect(await store.append({ n: 0 }, { operationId: 'op' })).toMatchObject({ id: 0 });
});

it('is what it was when it is repeated by its name, also after its lease was lost', async () => {
  const store = new FileEventStore({ files: new MemoryFileStore(), conversationId: 'c1' });
  const added = await store.append({ n: 0 }, { operationId: 'op', fencingToken: 3, expectedNextId: 0 });
  await store.append({ n: 1 }, { fencingToken: 5 });
  expect(await store.append({ n: 0 }, { operationId: 'op', fencingToken: 3, expectedNextId: 0 })).toEqual(added);
});
