import { expect, it } from 'vitest';
import { type AbortOptions, acquireLease, type FileStore, MemoryFileStore, requestLeaseRelease } from '../src/index.ts';
import { interceptFileStore } from '../src/testing/index.ts';

it.each([
  ['acquiring', (store: FileStore, signal: AbortSignal) => acquireLease(store, 'job', { ttlMs: 900, owner: 'one', signal })],
  ['asking for its release', (store: FileStore, signal: AbortSignal) => requestLeaseRelease(store, 'job', 'two', { signal })],
] as const)('an abort ends %s where the record of the lease is not answered', async (_, action) => {
  const caller = new AbortController();
  const reason = new Error('enough');
  const silent = interceptFileStore(new MemoryFileStore(), (operation, _path, options) => {
    expect(operation).toBe('open');
    const { signal } = options as AbortOptions;
    expect(signal).toBe(caller.signal);
    const silence = new Promise<never>((_resolve, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason));
    });
    caller.abort(reason);
    return silence;
  });
  await expect(action(silent, caller.signal)).rejects.toBe(reason);
});
