import type { FileStore } from '../../file-store.ts';
import { hasErrorCode } from '../../file-store-error.ts';
import { updateFile } from '../../update-file.ts';
import { deletesByVersion } from '../../write-options.ts';
import { checkWhole, overwrite, type SeenVersion } from './overwriting.ts';
import type { JobInput, RaceRound } from './worker-protocol.ts';

type Job = (store: FileStore, worker: number, input: JobInput) => Promise<unknown>;

/** Every way to change a file under `ifVersion`. */
const racingChanges: Readonly<Record<string, (store: FileStore, { path, version }: RaceRound, own: string) => Promise<unknown>>> = {
  delete: (store, { path, version }) =>
    deletesByVersion(store.capabilities) ? store.delete(path, { ifVersion: version }) : store.write(path, 'kept', { ifVersion: version }),
  write: (store, { path, version }) => store.write(path, 'written', { ifVersion: version }),
  append: (store, { path, version }) =>
    store.capabilities.append ? store.append(path, '+', { ifVersion: version }) : store.write(path, 'start+', { ifVersion: version }),
  copy: (store, { path, version }, own) => store.copy(own, path, { ifVersion: version }),
  move: (store, { path, version }, own) => store.move(own, path, { ifVersion: version }),
};

/** The change with which a worker takes part in a round; in each round another one. */
export function changeOf(worker: number, round: number): string {
  const names = Object.keys(racingChanges);
  return names[(worker + round) % names.length] ?? '';
}

/** What the processes do, by name. */
export const workerJobs: Readonly<Record<string, Job>> = {
  create: async (store, worker, { count }): Promise<number[]> =>
    await won(count, 'already-exists', (i) => store.write(`dir/${i}`, `worker ${worker}`, { ifAbsent: true })),

  increment: async (store, _worker, { count }): Promise<void> => {
    for (let i = 0; i < count; i += 1) {
      await updateFile(store, 'dir/counter', (current = '0') => `${Number(current) + 1}`);
    }
  },

  append: async (store, worker, { count }): Promise<void> => {
    for (let i = 0; i < count; i += 1) {
      await store.append('dir/log', recordOf(worker, i));
    }
  },

  appendAtSize: async (store, worker, { count }): Promise<void> => {
    for (let i = 0; i < count; ) {
      const size = (await store.exists('dir/log')) ? (await store.stat('dir/log')).size : 0;
      const done = await won(1, 'version-mismatch', () => store.append('dir/log', recordOf(worker, i), { ifSize: size }));
      i += done.length;
    }
  },

  overwrite: async (store, worker, { count }): Promise<SeenVersion[]> =>
    worker === 0 ? await overwrite(store, count) : await checkWhole(store),

  change: async (store, worker, { count, rounds = [] }): Promise<number[]> => {
    const own = `own/${worker}`;
    return await won(count, 'version-mismatch', async (i) => {
      const round = rounds[i];
      const change = racingChanges[changeOf(worker, i)];
      if (round === undefined || change === undefined) {
        throw new TypeError(`no round ${i}`);
      }
      await store.write(own, `of worker ${worker}`);
      await change(store, round, own);
    });
  },
};

/** A line that shows when it is torn or mixed with another one: 4 KiB of its own number. */
export function recordOf(worker: number, index: number): string {
  return `${`${worker}-${index};`.repeat(700)}\n`;
}

/** The rounds that did not fail with `loss`; any other failure is one. */
async function won(
  count: number,
  loss: 'already-exists' | 'version-mismatch',
  attempt: (i: number) => Promise<unknown>,
): Promise<number[]> {
  const rounds: number[] = [];
  for (let i = 0; i < count; i += 1) {
    try {
      await attempt(i);
      rounds.push(i);
    } catch (error) {
      if (!hasErrorCode(error, loss)) {
        throw error;
      }
    }
  }
  return rounds;
}
