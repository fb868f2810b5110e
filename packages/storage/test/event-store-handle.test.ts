import { FileEventStore } from '@oh/event-store';
import { MemoryFileStore } from '@oh/file-store-core';
import { describe, expect, test } from 'vitest';
import { EventStoreHandle } from '../src/event-store-handle.ts';

describe('EventStoreHandle', () => {
  test('is closed when the appends through it have ended', async () => {
    const ready = Promise.withResolvers<void>();
    const store = new FileEventStore({ files: new MemoryFileStore(), conversationId: 'c1' });
    const handle = new EventStoreHandle(store, (_, append) => ready.promise.then(append));
    const order: string[] = [];
    const appended = handle.appendAll([{ action: 'null' }, { action: 'null' }]).then(() => order.push('appended'));
    const closed = handle.close().then(() => order.push('closed'));
    ready.resolve();
    await Promise.all([appended, closed]);
    expect(order).toEqual(['appended', 'closed']);
    expect(await store.latestId()).toBe(1);
  });

  test('ends reading when it is closed or the signal is aborted, each with its reason', async () => {
    const store = new FileEventStore({ files: new MemoryFileStore(), conversationId: 'c1' });
    const handle = new EventStoreHandle(store, (_, append) => append());
    await handle.append({ action: 'null' });
    const reason = new Error('enough');
    await expect(handle.latest({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    await handle.close();
    await expect(handle.latestId()).rejects.toMatchObject({ code: 'closed' });
    await expect(Array.fromAsync(handle.search({ signal: new AbortController().signal }))).rejects.toMatchObject({ code: 'closed' });
  });
});
