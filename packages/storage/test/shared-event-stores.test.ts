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
