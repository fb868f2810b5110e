import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { expect, it, onTestFinished } from 'vitest';
import { type FileStoreOperation, MemoryFileStore, operationChannelName, withPrefix } from '../src/index.ts';

function record(): FileStoreOperation[] {
  const operations: FileStoreOperation[] = [];
  const listen = (message: unknown): void => void operations.push(message as FileStoreOperation);
  subscribe(operationChannelName, listen);
  onTestFinished(() => void unsubscribe(operationChannelName, listen));
  return operations;
}

it('publishes every operation with path, bytes, items, duration and error, and never contents', async () => {
  const store = new MemoryFileStore();
  const operations = record();
  await store.write('dir//file', 'secret', { metadata: { key: 'secret' } });
  await store.write('stream', new Blob(['12', '34']).stream());
  await store.append('stream', '5');
  await store.read('dir/file', { range: { start: 1, end: 3 } });
  await store.exists('missing');
  await store.list('dir');
  await Array.fromAsync(store.entries());
  await store.copy('stream', 'copy');
  await store.delete('copy');
  await store.stat('dir', { signal: AbortSignal.abort() }).catch(() => undefined);
  await store.write('file', 'x', { ifVersion: 'no' }).catch(() => undefined);
  const controller = new AbortController();
  const listing = store.list('', { signal: controller.signal });
  controller.abort();
  await listing.catch(() => undefined);
  expect(operations.map(({ durationMs, store: _, ...rest }) => rest)).toEqual([
    { operation: 'write', path: 'dir/file', bytes: 6 },
    { operation: 'write', path: 'stream', bytes: 4 },
    { operation: 'append', path: 'stream', bytes: 1 },
    { operation: 'open', path: 'dir/file', bytes: 2 },
    { operation: 'stat', path: 'missing', errorCode: 'not-found' },
    { operation: 'list', path: 'dir', items: 1 },
    { operation: 'entries', path: '', items: 2 },
    { operation: 'copy', path: 'stream', to: 'copy' },
    { operation: 'delete', path: 'copy' },
    { operation: 'write', path: 'file', bytes: 1, errorCode: 'version-mismatch' },
    { operation: 'list', path: '', errorCode: 'aborted' },
  ]);
  expect(operations.every(({ durationMs }) => durationMs >= 0)).toBe(true);
  expect(operations.every((operation) => operation.store === store)).toBe(true);
  expect(JSON.stringify(operations)).not.toContain('secret');
});

it('publishes an operation on a view once, with the full path and the store beneath', async () => {
  const store = new MemoryFileStore();
  const view = withPrefix(store, 'users/alice');
  const operations = record();
  await view.write('file', 'x');
  await Array.fromAsync(view.entries());
  expect(operations.map(({ operation, path }) => `${operation} ${path}`)).toEqual(['write users/alice/file', 'entries users/alice']);
  expect(operations.every((operation) => operation.store === store)).toBe(true);
});
