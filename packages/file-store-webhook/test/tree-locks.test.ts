import fc from 'fast-check';
import { expect, it } from 'vitest';
import { TreeLocks } from '../src/tree-locks.ts';

const excludes = (a: string, b: string): boolean => a === b || a.startsWith(`${b}/`) || b.startsWith(`${a}/`);

const acquire = async (locks: TreeLocks, paths: readonly string[], signal?: AbortSignal) => await locks.acquire(paths, signal);

/** Everything that can go on without anybody letting go has gone on. */
const idle = async (): Promise<void> => await new Promise((resolve) => setImmediate(resolve));

it('gives a path to one at a time, in order of arrival, and keeps others from nothing', async () => {
  const path = fc.constantFrom('a', 'a/b', 'a/b/c', 'a/d', 'ab', 'e', 'e/f');
  const request = fc.record({ paths: fc.uniqueArray(path, { minLength: 1, maxLength: 2 }), aborts: fc.integer({ min: 0, max: 5 }) });
  await fc.assert(
    fc.asyncProperty(fc.array(request, { maxLength: 12 }), fc.infiniteStream(fc.nat()), async (requests, picks) => {
      const locks = new TreeLocks();
      const waiting = new Map(requests.map(({ paths }, i) => [i, paths]));
      const held = new Map<number, () => void>();
      const done = new Set<number>();
      const aborting = requests.map(({ paths, aborts }, i) => {
        const controller = new AbortController();
        void acquire(locks, paths, controller.signal).then(
          (release) => held.set(i, release),
          () => done.add(i),
        );
        return { aborts: aborts === 0, controller };
      });
      for (const { aborts, controller } of aborting) {
        if (aborts) {
          controller.abort();
        }
      }
      const isGivenUp = aborting.some(({ aborts }) => aborts);
      await idle();
      while (done.size < requests.length) {
        const running = [...waiting].filter(([i]) => !done.has(i));
        for (const [i, paths] of running) {
          const isFirst = running.every(([j, others]) => j >= i || !others.some((other) => paths.some((each) => excludes(each, other))));
          // Who waited behind one that gave up may wait for those before it, too.
          expect(held.has(i)).toBe(isFirst && (held.has(i) || !isGivenUp));
        }
        const holders = [...held.keys()].filter((i) => !done.has(i));
        const next = holders[(picks.next().value ?? 0) % holders.length];
        expect(next).toBeDefined();
        if (next !== undefined) {
          held.get(next)?.();
          done.add(next);
        }
        await idle();
      }
    }),
    { numRuns: 300 },
  );
});

it('lets nobody pass those before a waiter who gave up', async () => {
  const locks = new TreeLocks();
  const release = await locks.acquire(['a']);
  const controller = new AbortController();
  const second = acquire(locks, ['a'], controller.signal);
  let isThird = false;
  const third = acquire(locks, ['a/b']).then(() => {
    isThird = true;
  });
  const reason = new Error('given up');
  controller.abort(reason);
  await expect(second).rejects.toBe(reason);
  await idle();
  expect(isThird).toBe(false);
  release();
  await third;
});

it('takes two paths at once without a deadlock', async () => {
  const locks = new TreeLocks();
  let moves = 0;
  await Promise.all(
    Array.from({ length: 100 }, async (_, i) => {
      const release = await locks.acquire(i % 2 === 0 ? ['a', 'b/c'] : ['b', 'a']);
      await idle();
      moves += 1;
      release();
    }),
  );
  expect(moves).toBe(100);
});
