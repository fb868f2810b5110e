import { type AbortOptions, type FileStore, MemoryFileStore } from '@oh/file-store-core';
import { interceptFileStore } from '@oh/file-store-core/testing';
import { describe, expect, it } from 'vitest';
import { BackupRepository } from '../src/backup-repository.ts';
import { copyOf, storeOf } from './file-tree.ts';

const future = new Date('2100-01-01T00:00:00Z');

const actions: Readonly<Record<string, (repository: BackupRepository, other: FileStore, options: AbortOptions) => Promise<unknown>>> = {
  create: (repository, other, options) => repository.create(other, options),
  protectedBy: (repository, _, options) => repository.protectedBy(options),
  list: (repository, _, options) => repository.list(options),
  restore: (repository, other, options) => repository.restore('latest', other, options),
  prune: (repository, _, options) => repository.prune({ ...options, graceMs: 0, olderThan: future }),
  'prune in a dry run': (repository, _, options) => repository.prune({ ...options, graceMs: 0, olderThan: future, dryRun: true }),
  verify: (repository, _, options) => repository.verify(options),
};

describe.each(Object.entries(actions))('%s', (_, act) => {
  it('does nothing after an abort', async () => {
    const requests: string[] = [];
    const files = interceptFileStore(new MemoryFileStore(), (operation) => void requests.push(operation));
    const reason = new Error('stop');
    await expect(act(new BackupRepository({ files }), new MemoryFileStore(), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(requests).toEqual([]);
  });

  it('hands the signal to every request, and ends in the midst of any of them', { timeout: 120_000 }, async () => {
    const original = await repositoryToPrune();
    const total = await countRequests(await copyOf(original), act);
    expect(total).toBeGreaterThan(0);
    for (let at = 0; at < total; at += 1) {
      const [reason, stop, files] = [new Error(`stop at ${at}`), new AbortController(), await copyOf(original)];
      await expect(runWith(files, act, stop.signal, (count) => count === at && stop.abort(reason))).rejects.toBe(reason);
      expect((await new BackupRepository({ files }).verify()).isSound).toBe(true);
    }
  });
});

/** With a snapshot that goes, packs whose time is over, and one that is hardly needed. */
async function repositoryToPrune(): Promise<FileStore> {
  const files = new MemoryFileStore();
  const repository = new BackupRepository({ files });
  await repository.create(await storeOf({ a: 'gone', b: 'kept' }));
  await repository.create(await storeOf({ b: 'kept', c: 'new', e: 'e'.repeat(1000), f: 'f' }));
  await repository.prune({ olderThan: future, graceMs: 0 });
  await repository.create(await storeOf({ b: 'kept', 'c/d': 'newer', f: 'f' }));
  return files;
}

async function countRequests(files: FileStore, act: (typeof actions)[string]): Promise<number> {
  let total = 0;
  await runWith(files, act, new AbortController().signal, () => {
    total += 1;
  });
  return total;
}

/** Runs an action on stores that check that each request has a signal, which aborts with the action's. */
async function runWith(
  files: FileStore,
  act: (typeof actions)[string],
  signal: AbortSignal,
  onRequest: (count: number) => unknown,
): Promise<void> {
  let [count, isCommitted] = [0, false];
  const intercept = (operation: string, path: unknown, options: unknown): void => {
    // What follows a snapshot that was written is done in any case; leases see to themselves.
    if (isCommitted || String(path).startsWith('locks/')) {
      return;
    }
    const inFlight = (options as AbortOptions | undefined)?.signal;
    expect(inFlight, `${operation} of ${String(path)}`).toBeInstanceOf(AbortSignal);
    onRequest(count);
    expect(inFlight?.aborted, `${operation} of ${String(path)}`).toBe(signal.aborted);
    count += 1;
    isCommitted = operation === 'write' && String(path).startsWith('snapshots/');
  };
  const other = await storeOf({ b: 'kept', d: `${Math.random()}` });
  await act(new BackupRepository({ files: interceptFileStore(files, intercept) }), interceptFileStore(other, intercept), { signal });
}
