import { FileEventStore } from '@oh/event-store';
import { MemoryFileStore } from '@oh/file-store-core';
import { expect, test } from 'vitest';
import { SharedEventStores } from '../src/shared-event-stores.ts';

test('closing them fails when all are closed, and not before', async () => {
  const slow = Promise.withResolvers<void>();
  const failure = new Error('no space');
  const opened: FileEventStore[] = [];
  const stores = new SharedEventStores({
    open: (conversationId) => {
      const store = new FileEventStore({ files: new MemoryFileStore(), conversationId });
      store.close = conversationId === 'failing' ? () => Promise.reject(failure) : () => slow.promise;
      opened.push(store);
      return store;
    },
    beforeAppend: async () => undefined,
  });
  stores.get('failing');
  stores.get('slow');
  let isOver = false;
  const closing = stores.close().finally(() => {
    isOver = true;
  });
  closing.catch(() => undefined);
  await new Promise((resolve) => setImmediate(resolve));
  expect([isOver, opened.length]).toEqual([false, 2]);
  slow.resolve();
  await expect(closing).rejects.toBe(failure);
});

test('closing them ends the appends that have begun, also while their secrets are loaded, and refuses others', async () => {
  const files = new MemoryFileStore();
  const ready = Promise.withResolvers<void>();
  const stores = new SharedEventStores({
    open: (conversationId) => new FileEventStore({ files, conversationId }),
    beforeAppend: () => ready.promise,
  });
  const events = stores.get('c1');
  const appended = events.append({ message: 'before' });
  const closed = stores.close();
  await expect(events.append({ message: 'after' })).rejects.toMatchObject({ code: 'closed' });
  ready.resolve();
  await closed;
  expect(await appended).toMatchObject({ id: 0 });
});
