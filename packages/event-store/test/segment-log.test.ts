import { type FileStore, FileStoreError, MemoryFileStore } from '@oh/file-store-core';
import { interceptFileStore } from '@oh/file-store-core/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { FileEventStore } from '../src/file-event-store.ts';
import { withoutAppend } from './event-stores.ts';
import { readIds } from './read-all.ts';
import { growSegments, listSlots, manifest, openSegments, slot, upTo } from './segments.ts';
import { withCode } from './with-code.ts';

describe('a log in segments', () => {
  let memory: MemoryFileStore;
  let files: FileStore;

  beforeEach(() => {
    memory = new MemoryFileStore();
    files = withoutAppend(memory);
  });

  const open = (over: FileStore = files) => openSegments(over);
  const grow = (count: number) => growSegments(files, count);
  const slots = () => listSlots(files);

  it('has a segment for each commit, named by its first event, which no other can take', async () => {
    const store = open();
    await store.appendAll([{}, {}, {}]);
    await Promise.all([store.append({ n: 3 }), store.append({ n: 4 }), store.append({ n: 5 })]);
    expect(await slots()).toEqual([slot(0), slot(3)]);
    expect(await files.read(slot(3))).toMatch(/^\{"id":3,.*\n\{"id":4,.*\n\{"id":5,.*\n$/);
    expect(await readIds(open().search())).toEqual(upTo(6));
  });

  it('goes on behind a file of lines that was copied from a store that appends, and keeps it when it merges', async () => {
    const appending = new FileEventStore({ files: memory, conversationId: 'c1' });
    await appending.appendAll(
      upTo(10).map((n) => ({ n })),
      { operationId: 'op', fencingToken: 7 },
    );
    expect(await open().latestId()).toBe(9);
    expect(await open().append({}, { operationId: 'op' })).toMatchObject({ id: 0 });
    await expect(open().append({}, { fencingToken: 6 })).rejects.toEqual(withCode('version-mismatch'));
    let count = 10;
    for (const more of [1, 60, 60]) {
      await grow(more);
      count += more;
      expect(await readIds(open().search())).toEqual(upTo(count));
      expect(await readIds(open().search({ reverse: true }))).toEqual(upTo(count).reverse());
      expect(await readIds(open().search({ startId: 8, endId: 10, reverse: true }))).toEqual([10, 9, 8]);
    }
    expect(await files.exists(manifest)).toBe(true);
    const copied = new FileEventStore({ files: memory, conversationId: 'c1' });
    expect(await copied.append({})).toMatchObject({ id: 131 });
    expect(await readIds(copied.search())).toEqual(upTo(132));
  });

  it('passes over what others have put beside its segments', async () => {
    await grow(3);
    await files.write(`${slot(1)}.bak`, 'x');
    await grow(60);
    expect(await readIds(open().search())).toEqual(upTo(63));
    expect(await open().latestId()).toBe(62);
    expect(await files.read(`${slot(1)}.bak`)).toBe('x');
  });

  it('lets an append be repeated of which the file store cannot tell whether it was made', async () => {
    let isLost = true;
    const lossy = interceptFileStore(files, async (operation, path) => {
      if (operation === 'write' && path === slot(0) && isLost) {
        isLost = false;
        await open().append({ n: 'same' }, { operationId: 'op' });
        throw new FileStoreError('unavailable', 'the answer was lost, and the file has been changed since', { retryable: false });
      }
    });
    const store = open(lossy);
    await expect(store.append({ n: 'same' }, { operationId: 'op' })).rejects.toMatchObject({ code: 'unavailable', retryable: true });
    expect(await store.append({ n: 'same' }, { operationId: 'op' })).toMatchObject({ id: 0 });
    expect(await store.latestId()).toBe(0);
  });

  it('needs conditions', () => {
    const weak = new Proxy(files, {
      get: (target, key) => (key === 'capabilities' ? { append: false, conditions: false } : Reflect.get(target, key, target)),
    });
    expect(() => open(weak)).toThrow('[unsupported]');
  });
});
