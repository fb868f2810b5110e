import assert from 'node:assert/strict';
import { expectError } from './expect-error.ts';
import type { FileStoreCase } from './file-store-case.ts';
import { collect, randomBytes } from './test-data.ts';

/** Closing. */
export const closeCases: readonly FileStoreCase[] = [
  {
    name: 'fails every operation with closed afterwards; closing again is no error',
    run: async (store) => {
      await store.write('file', 'x');
      await store.close();
      await store.close();
      for (const operation of [
        () => store.write('file', 'y'),
        () => store.read('file'),
        () => store.readBytes('file'),
        () => store.readStream('file'),
        () => store.open('file'),
        () => store.stat('file'),
        () => store.exists('file'),
        () => store.list(),
        () => collect(store.entries()),
        () => store.delete('file'),
        () => store.copy('file', 'new'),
        () => store.move('file', 'new'),
        ...(store.capabilities.append ? [() => store.append('file', 'y')] : []),
      ]) {
        await expectError(operation(), 'closed', String(operation));
      }
    },
  },
  {
    name: 'waits for a write that is under way',
    run: async (store) => {
      const started = Promise.withResolvers<void>();
      const gate = Promise.withResolvers<void>();
      const gated = async function* (): AsyncGenerator<Uint8Array> {
        yield randomBytes(10, 1);
        started.resolve();
        await gate.promise;
      };
      const order: string[] = [];
      const writing = store.write('file', gated()).then(() => order.push('written'));
      await started.promise;
      const closing = store.close().then(() => order.push('closed'));
      gate.resolve();
      await Promise.all([writing, closing]);
      assert.deepEqual(order, ['written', 'closed']);
    },
  },
  {
    name: 'ends streams and listings that are still open',
    run: async (store) => {
      await store.write('large', randomBytes(4_000_000, 4));
      await store.write('small', 'x');
      const reader = (await store.readStream('large')).getReader();
      await reader.read();
      const entries = store.entries()[Symbol.asyncIterator]();
      await entries.next();
      await store.close();
      await expectError(drain(reader), 'closed');
      await expectError(entries.next(), 'closed');
    },
  },
];

async function drain(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  while (!(await reader.read()).done);
}
