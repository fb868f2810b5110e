import assert from 'node:assert/strict';
import type { FileStore } from '../../file-store.ts';
import { deletesByVersion } from '../../write-options.ts';
import { expectError } from '../expect-error.ts';
import type { SeenVersion } from './overwriting.ts';
import { changeOf, recordOf } from './worker-jobs.ts';
import type { JobInput, RaceRound } from './worker-protocol.ts';

/** Processes of one case. */
export const processCount = 4;

/** One behaviour that a store must show to several processes. */
export interface ProcessCase {
  /** A sentence about behaviour. */
  readonly name: string;
  /** `work` does a job in all processes at once and gives what each of them found. */
  readonly run: (store: FileStore, work: (job: string, input: JobInput) => Promise<unknown[]>) => Promise<void>;
}

const count = 100;

/** What holds between processes that have one store open. */
export const processCases: readonly ProcessCase[] = [
  {
    name: 'lets one process create each file',
    run: async (store, work) => {
      if (!store.capabilities.conditions) {
        return await expectError(store.write('dir/0', 'x', { ifAbsent: true }), 'unsupported');
      }
      const winners = winnersOf(await work('create', { count }), count);
      for (const [i, workers] of winners.entries()) {
        assert.equal(workers.length, 1, `processes that created file ${i}: ${workers}`);
        assert.equal(await store.read(`dir/${i}`), `worker ${workers[0]}`);
      }
    },
  },
  {
    name: `loses none of ${processCount} x ${count} increments made by compare-and-set`,
    run: async (store, work) => {
      if (!store.capabilities.conditions) {
        return await expectError(store.write('dir/counter', '1', { ifAbsent: true }), 'unsupported');
      }
      await work('increment', { count });
      assert.equal(await store.read('dir/counter'), `${processCount * count}`);
    },
  },
  {
    name: 'neither interleaves nor loses appends',
    run: (store, work) => checkAppends(store, () => work('append', { count })),
  },
  {
    name: 'neither interleaves nor loses appends made under ifSize',
    run: (store, work) => checkAppends(store, () => work('appendAtSize', { count })),
  },
  {
    name: 'shows whole files with their versions to the others while one overwrites',
    run: async (_store, work) => {
      const [written = [], ...seen] = (await work('overwrite', { count: 2 * count })) as SeenVersion[][];
      const fillOf = new Map(written.map(({ version, fill }) => [version, fill]));
      assert.equal(fillOf.size, written.length, 'a version came back for other contents');
      for (const { version, fill } of seen.flat()) {
        assert.equal(fillOf.get(version), fill, 'a version that belongs to other contents');
      }
      assert.ok(seen.every((versions) => versions.length > 0));
    },
  },
  {
    name: 'lets one process delete or change a version: by delete, write, append, copy or move',
    run: async (store, work) => {
      if (!store.capabilities.conditions) {
        return await expectError(store.delete('file', { ifVersion: 'v' }), 'unsupported');
      }
      const rounds: RaceRound[] = [];
      for (let i = 0; i < count; i += 1) {
        const { path, version } = await store.write(`race/${i}`, 'start');
        rounds.push({ path, version });
      }
      const winners = winnersOf(await work('change', { count, rounds }), count);
      for (const [i, workers] of winners.entries()) {
        const changes = workers.map((worker) => changeOf(worker, i));
        assert.equal(changes.length, 1, `changes of one version in round ${i}: ${changes}`);
        assert.equal(await contentsOf(store, `race/${i}`), contentsAfter(store, changes[0], workers[0]));
      }
    },
  },
];

async function checkAppends(store: FileStore, append: () => Promise<unknown>): Promise<void> {
  if (!store.capabilities.append) {
    return await expectError(store.append('dir/log', 'x'), 'unsupported');
  }
  await append();
  const lines = (await store.read('dir/log')).split('\n').slice(0, -1);
  const expected = Array.from({ length: processCount * count }, (_, i) =>
    recordOf(i % processCount, Math.floor(i / processCount)).trimEnd(),
  );
  assert.equal(lines.length, expected.length);
  assert.ok(
    lines.every((line) => expected.includes(line)),
    'a line that nobody appended',
  );
  assert.equal(new Set(lines).size, expected.length);
}

/** The processes that won, by round. */
function winnersOf(results: readonly unknown[], rounds: number): number[][] {
  return Array.from({ length: rounds }, (_, i) => (results as number[][]).flatMap((won, worker) => (won.includes(i) ? worker : [])));
}

async function contentsOf(store: FileStore, path: string): Promise<string | undefined> {
  return (await store.exists(path)) ? await store.read(path) : undefined;
}

function contentsAfter(store: FileStore, change: string | undefined, worker: number | undefined): string | undefined {
  const contents: Readonly<Record<string, string>> = { write: 'written', append: 'start+', delete: 'kept' };
  const isGone = change === 'delete' && deletesByVersion(store.capabilities);
  return isGone ? undefined : (contents[change ?? ''] ?? `of worker ${worker}`);
}
