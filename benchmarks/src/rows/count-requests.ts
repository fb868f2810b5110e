import type { FaultProxy } from '@oh-tools/fault-proxy';
import type { Finding } from '../finding.ts';
import { numberedRecord, recordBytes, recordFileName } from '../numbered-record.ts';
import type { ObjectOperations } from '../object-operations.ts';
import { runConcurrently } from '../run-concurrently.ts';
import type { RowContext } from './row-context.ts';

/** Objects of the directory that is listed and removed. */
const objects = 1000;

/** How many objects are written at once. */
const writesAtOnce = 64;

/** A side whose requests go through the proxy. */
export interface CountedSide {
  readonly counted: ObjectOperations;
  /** Where `counted` looks, past the proxy. */
  readonly beside: ObjectOperations;
}

/** What is counted: each in words, what is done, and what must have come of it. */
const tasks: readonly (readonly [what: string, run: (side: ObjectOperations) => Promise<unknown>, expected: unknown])[] = [
  ['write of 1.4 KB', async ({ put }) => void (await put('one.json', numberedRecord(1))), undefined],
  ['read of 1.4 KB', async ({ get }) => numberedRecord(1).equals(await get('one.json')), true],
  ['stat', ({ head }) => head('one.json'), recordBytes],
  ['listing of 1,000', ({ count }) => count('many/'), objects],
  ['deletion of a directory of 1,000', async ({ removeAll }) => void (await removeAll('many/')), undefined],
];

/** The requests of each side for the same, counted by a proxy; the first side is ours. */
export async function countRequests(
  server: string,
  proxy: FaultProxy,
  sides: readonly CountedSide[],
  { signal, onProgress }: RowContext,
): Promise<Finding[]> {
  const counts: { readonly name: string; readonly requests: readonly number[] }[] = [];
  for (const { counted, beside } of sides) {
    onProgress(`requests of ${counted.name}`);
    const names = Array.from({ length: objects }, (_, number) => `many/${recordFileName(number)}`);
    await runConcurrently(writesAtOnce, names, async (name) => {
      signal.throwIfAborted();
      await beside.put(name, Buffer.from('x'));
    });
    counts.push({ name: counted.name, requests: await countEach(proxy, counted) });
    if ((await beside.count('many/')) !== 0) {
      throw new Error(`${counted.name}: not everything was removed`);
    }
  }
  const [ours, ...others] = counts;
  return tasks.flatMap(([what], task) =>
    others.map(({ name, requests }): Finding => {
      const [own = Number.NaN, reached = Number.NaN] = [ours?.requests[task], requests[task]];
      return { what: `${server}: requests for a ${what}`, ours: own, unit: 'requests', other: { name, reached, ratio: own / reached } };
    }),
  );
}

async function countEach(proxy: FaultProxy, side: ObjectOperations): Promise<number[]> {
  const counts: number[] = [];
  for (const [what, run, expected] of tasks) {
    proxy.requests.reset();
    const result = await run(side);
    if (result !== expected) {
      throw new Error(`${side.name}: a ${what} gave ${String(result)}`);
    }
    counts.push(proxy.requests.total);
  }
  return counts;
}
