// #region quickstart
import { MemoryFileStore, updateFile, withPrefix } from '@oh/file-store-core';

await using store = new MemoryFileStore();

const { version } = await store.write('notes/today.txt', 'hello');
await store.write('notes/today.txt', 'changed', { ifVersion: version }); // compare-and-set
await store.write('notes/new.txt', 'x', { ifAbsent: true }); // create only

// No update of anybody else is lost, whatever machine it runs on.
await updateFile(store, 'counter', (current = '0') => `${Number(current) + 1}`);

for await (const entry of store.entries('notes')) {
  console.log(entry.path, entry.kind === 'file' ? entry.size : '');
}

const notes = withPrefix(store, 'notes'); // a store of its own; nothing outside `notes` can be named
console.log(await notes.list()); // [ 'new.txt', 'today.txt' ]
// #endregion

const work = async ({ fence, signal }: { readonly fence: number; readonly signal: AbortSignal }): Promise<void> =>
  console.log(fence, signal.aborted);

// #region lease
import { acquireLease, requestLeaseRelease } from '@oh/file-store-core';

await using lease = await acquireLease(store, 'locks/nightly', { ttlMs: 30_000, owner: 'worker-1', waitMs: 60_000 });

await work({ fence: lease.token, signal: lease.signal }); // renewed by itself; the signal is aborted when the lease is lost
await requestLeaseRelease(store, 'locks/nightly', 'worker-2'); // elsewhere: the holder sees it in lease.releaseRequested
// #endregion
