import { MemoryFileStore } from '@oh/file-store-core';
import { interceptFileStore } from '@oh/file-store-core/testing';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FileEventStore } from '../src/file-event-store.ts';
import { readAll, readIds } from './read-all.ts';
import { withCode } from './with-code.ts';

const path = 'conversations/c1/events.json';

describe('a search', () => {
  let store: FileEventStore;

  beforeEach(async () => {
    store = new FileEventStore({ files: new MemoryFileStore(), conversationId: 'c1' });
    await store.appendAll(Array.from({ length: 10 }, (_, n) => ({ n, source: n % 2 === 0 ? 'user' : 'agent' })));
  });

  it('has the events of a range, both ends included, forward and in reverse', async () => {
    expect(await readIds(store.search({ startId: 3, endId: 5 }))).toEqual([3, 4, 5]);
    expect(await readIds(store.search({ startId: 3, endId: 5, reverse: true }))).toEqual([5, 4, 3]);
    expect(await readIds(store.search({ startId: 8 }))).toEqual([8, 9]);
    expect(await readIds(store.search({ startId: 8, reverse: true }))).toEqual([9, 8]);
    expect(await readIds(store.search({ endId: 1 }))).toEqual([0, 1]);
    expect(await readIds(store.search({ startId: 5, endId: 4 }))).toEqual([]);
    expect(await readIds(store.search({ startId: 20 }))).toEqual([]);
    expect(await readIds(store.search({ endId: 20, reverse: true, limit: 2 }))).toEqual([9, 8]);
  });

  it('is iterated once: another time fails, and is not taken for no events', async () => {
    const events = store.search();
    expect(await readIds(events)).toHaveLength(10);
    await expect(readIds(events)).rejects.toThrow(TypeError);
  });

  it('stops at its limit, counted after the filter', async () => {
    expect(await readIds(store.search({ limit: 3 }))).toEqual([0, 1, 2]);
    expect(await readIds(store.search({ limit: 2, reverse: true, filter: { source: 'user' } }))).toEqual([8, 6]);
    expect(await readIds(store.search({ limit: 99 }))).toHaveLength(10);
  });

  it('ends with the reason of an abort, before it begins and on the way', async () => {
    const reason = new Error('enough');
    await expect(readAll(store.search({ signal: AbortSignal.abort(reason) }))).rejects.toBe(reason);
    await expect(store.get(0, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    await expect(store.latest({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    await expect(store.latestId({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

describe('a search in a log that was deleted and made anew', () => {
  it('finds what is there, and not where it was in the log before', async () => {
    const files = new MemoryFileStore();
    const make = async (count: number, lineLength: number): Promise<void> => {
      const lines = Array.from({ length: count }, (_, id) => `${`{"id":${id},"text":"`.padEnd(lineLength - 3, 'x')}"}\n`);
      await files.write(path, lines.join(''));
    };
    const ids = Array.from({ length: 6 }, (_, i) => 2400 + i);
    const range = { startId: 2400, endId: 2405 };
    for (const [count, length] of [
      [12_000, 50],
      [12_000, 64],
      [5000, 400],
      [2403, 90],
    ] as const) {
      const there = ids.filter((id) => id < count);
      for (const reverse of [false, true]) {
        await make(5000, 128);
        const store = new FileEventStore({ files, conversationId: 'c1' });
        expect(await readIds(store.search({ ...range, reverse }))).toEqual(reverse ? ids.toReversed() : ids);
        await make(count, length);
        const events = store.search({ ...range, reverse });
        expect(await readIds(events)).toEqual(reverse ? there.toReversed() : there);
        expect(events.unreadable).toEqual([]);
      }
    }
  });
});

describe('a search in a large log', () => {
  const count = 20_000;
  const files = new MemoryFileStore();
  let bytesRead = 0;
  const store = new FileEventStore({
    conversationId: 'c1',
    files: interceptFileStore(files, (operation, _path, options) => {
      if (operation === 'readBytes') {
        const { range } = options as { readonly range: { readonly start: number; readonly end: number } };
        bytesRead += range.end - range.start;
      }
    }),
  });

  beforeAll(async () => {
    const lines = Array.from({ length: count }, (_, id) => `{"id":${id},"timestamp":"t","content":"${'x'.repeat(id % 2800)}"}\n`);
    await files.write(path, lines.join(''));
  });

  async function measure<T>(action: () => Promise<T>): Promise<{ readonly result: T; readonly kib: number }> {
    bytesRead = 0;
    return { result: await action(), kib: bytesRead / 1024 };
  }

  it('reads for the newest events no more than they are', async () => {
    const { result, kib } = await measure(() => readIds(store.search({ reverse: true, limit: 50 })));
    expect(result).toEqual(Array.from({ length: 50 }, (_, i) => count - 1 - i));
    expect(kib).toBeLessThanOrEqual(256);
  });

  it('finds an event in a few blocks, wherever it is, and from the same one on', async () => {
    const fresh = await measure(() => store.get(12_345));
    expect(fresh.result.id).toBe(12_345);
    expect(fresh.kib).toBeLessThan(1600);
    for (const id of [0, 1, 777, 9_999, 15_000, count - 2, count - 1]) {
      expect((await store.get(id)).id).toBe(id);
      expect((await readIds(store.search({ startId: id, limit: 2 })))[0]).toBe(id);
      expect((await readIds(store.search({ endId: id, reverse: true, limit: 2 })))[0]).toBe(id);
    }
    const again = await measure(() => store.get(12_345));
    expect(again.kib).toBeLessThanOrEqual(256);
  });

  it('appends the next event as it did the first: without reading what is there', async () => {
    await store.append({});
    const { result, kib } = await measure(() => store.append({}));
    expect(result.id).toBe(count + 1);
    expect(kib).toBe(0);
  });

  it('reads an event that is longer than a block', async () => {
    const content = 'ü'.repeat(700_000);
    const { id } = await store.append({ content });
    await store.append({});
    expect((await store.get(id))['content']).toBe(content);
    expect(await readIds(store.search({ reverse: true, limit: 3 }))).toEqual([id + 1, id, id - 1]);
    expect(await readIds(store.search({ startId: id - 1 }))).toEqual([id - 1, id, id + 1]);
  });

  it('stops in flight when it is aborted', async () => {
    const abort = new AbortController();
    const reason = new Error('enough');
    const iterator = store.search({ signal: abort.signal })[Symbol.asyncIterator]();
    await iterator.next();
    abort.abort(reason);
    await expect(
      (async () => {
        while ((await iterator.next()).done !== true) {
          // What was read before is still handed over.
        }
      })(),
    ).rejects.toBe(reason);
  });

  it('tells what the file store answers', async () => {
    await files.close();
    await expect(store.get(3)).rejects.toEqual(withCode('closed'));
  });
});
