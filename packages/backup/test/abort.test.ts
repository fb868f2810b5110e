import { type AbortOptions, type FileStore, MemoryFileStore } from '@oh/file-store-core';
import { describe, expect, it } from 'vitest';
import { BackupRepository } from '../src/backup-repository.ts';
import { readTree, storeOf } from './file-tree.ts';
import { interceptFileStore } from './intercepted-file-store.ts';

const actions: Readonly<Record<string, (repository: BackupRepository, other: FileStore, options: AbortOptions) => Promise<unknown>>> = {
  create: (repository, other, options) => repository.create(other, options),
  list: (repository, _, options) => repository.list(options),
  restore: (repository, other, options) => repository.restore('latest', other, options),
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

  it('hands the signal to every request, and ends in the midst of any of them', async () => {
    const original = new MemoryFileStore();
    await new BackupRepository({ files: original }).create(await storeOf({ a: 'x', 'b/c': 'y' }));
    const total = await countRequests(original, act);
    expect(total).toBeGreaterThan(1);
    for (let at = 0; at < total; at += 1) {
      const reason = new Error(`stop at ${at}`);
      const stop = new AbortController();
      await expect(runWith(original, act, stop.signal, (count) => count === at && stop.abort(reason))).rejects.toBe(reason);
    }
    expect((await new BackupRepository({ files: original }).verify()).isSound).toBe(true);
  });
});

async function countRequests(files: FileStore, act: (typeof actions)[string]): Promise<number> {
  let total = 0;
  await runWith(files, act, new AbortController().signal, () => {
    total += 1;
  });
  return total;
}

/** Runs an action on stores that check that each request has a signal. */
async function runWith(
  files: FileStore,
  act: (typeof actions)[string],
  signal: AbortSignal,
  onRequest: (count: number) => unknown,
): Promise<void> {
  let count = 0;
  const intercept = (operation: string, path: unknown, options: unknown): void => {
    expect((options as AbortOptions | undefined)?.signal, `${operation} of ${String(path)}`).toBeInstanceOf(AbortSignal);
    onRequest(count);
    count += 1;
  };
  const other = await storeOf({ d: `${Math.random()}` });
  await act(new BackupRepository({ files: interceptFileStore(files, intercept) }), interceptFileStore(other, intercept), { signal });
  expect(await readTree(other)).toHaveProperty('d');
}
