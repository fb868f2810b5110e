import { expect, test } from 'vitest';
import { isMet } from '../src/finding.ts';
import { type GrowthPlace, measureGrowth } from '../src/measure-growth.ts';
import type { RowContext } from '../src/rows/row-context.ts';

const context: RowContext = {
  directory: '',
  seconds: 0.001,
  full: false,
  signal: new AbortController().signal,
  onProgress: () => {},
};

/** A clock that stands still but for what is spent. */
function makeClock(): { readonly now: () => number; readonly spend: (milliseconds: number) => Promise<void> } {
  let time = 0;
  return {
    now: () => time,
    spend: async (milliseconds) => {
      time += milliseconds;
    },
  };
}

test('operations are measured, what surrounds them is not', async () => {
  const { now, spend } = makeClock();
  const places = [1, 10].map((items): GrowthPlace => ({ items, prepare: () => spend(20), run: () => spend(3), after: () => spend(40) }));
  const { ours, unit, growth } = await measureGrowth({ what: 'spending', store: 'here', places }, context, now);
  expect([ours, unit]).toEqual([3000, 'µs']);
  expect(growth).toEqual({
    store: 'here',
    points: [1, 10].map((items) => ({ items, microseconds: 3000 })),
    exponent: 0,
    spread: { low: 0, high: 0 },
  });
});

test('a cost for each item is the cost of the operation over their number', async () => {
  const { now, spend } = makeClock();
  const places = [1, 4, 16].map((items): GrowthPlace => ({ items, run: () => spend(2 * items) }));
  const linear = await measureGrowth({ what: 'spending', store: 'here', places }, context, now);
  expect(linear.growth?.exponent).toBeCloseTo(1, 12);
  expect(isMet(linear)).toBe(false);
  const constant = await measureGrowth({ what: 'spending', store: 'here', places, perItem: true }, context, now);
  expect(constant.growth?.points.map(({ microseconds }) => microseconds)).toEqual([2000, 2000, 2000]);
  expect(isMet(constant)).toBe(true);
});

test('a first round does not count, and the median of the others does', async () => {
  const { now, spend } = makeClock();
  const costs = [1000, 2, 90, 1, 3, 4].values();
  const first: GrowthPlace = { items: 1, run: () => spend(costs.next().value ?? Number.NaN) };
  const places = [first, { items: 10, run: () => spend(3) }];
  const { growth } = await measureGrowth({ what: 'spending', store: 'here', places }, context, now);
  expect(growth?.points[0]?.microseconds).toBe(3000);
});

test('the exponent is the median of those of the rounds, so that one bad turn changes little', async () => {
  const { now, spend } = makeClock();
  const costs = [100, 100, 1000, 100, 100, 100].values();
  const places = [
    { items: 1, run: () => spend(100) },
    { items: 10, run: () => spend(costs.next().value ?? Number.NaN) },
  ];
  const { growth } = await measureGrowth({ what: 'spending', store: 'here', places }, context, now);
  expect(growth).toMatchObject({ exponent: 0, spread: { low: 0, high: 0 } });
});

test('numbers of items have their turns in the order of a round, and in the next one backwards', async () => {
  const { now, spend } = makeClock();
  const turns: number[] = [];
  const turnOf = async (items: number): Promise<void> => {
    turns.push(items);
    await spend(100);
  };
  const places = [1, 2, 3].map((items): GrowthPlace => ({ items, run: () => turnOf(items) }));
  await measureGrowth({ what: 'spending', store: 'here', places }, context, now);
  expect(turns).toEqual([1, 2, 3, 3, 2, 1, 1, 2, 3, 3, 2, 1, 1, 2, 3, 3, 2, 1]);
});

test('a turn has as many operations as it has time for, the first one more', async () => {
  const { now, spend } = makeClock();
  let operations = 0;
  const run = async (): Promise<void> => {
    operations += 1;
    await spend(1);
  };
  const places = [1, 10].map((items): GrowthPlace => ({ items, run }));
  await measureGrowth({ what: 'spending', store: 'here', places }, { ...context, seconds: 0.1 }, now);
  expect(operations).toBe((100 + 5 * 20) * 2);
});

test('an abort ends it with its reason', async () => {
  const stop = new AbortController();
  const reason = new Error('enough');
  const places = [1, 2].map((items): GrowthPlace => ({ items, run: async () => stop.abort(reason) }));
  const measured = measureGrowth({ what: 'spending', store: 'here', places }, { ...context, signal: stop.signal });
  await expect(measured).rejects.toBe(reason);
});

test('a turn ends when its preparations have taken four times as long, however short the operation', async () => {
  const { now, spend } = makeClock();
  let operations = 0;
  const run = async (): Promise<void> => {
    operations += 1;
    await spend(0.001);
  };
  const places = [1, 10].map((items): GrowthPlace => ({ items, prepare: () => spend(1), run }));
  const { ours } = await measureGrowth({ what: 'spending', store: 'here', places, rounds: 1 }, { ...context, seconds: 0.1 }, now);
  expect(ours).toBeCloseTo(1, 6);
  // Two places, each a turn that does not count and one that does, of 100 ms.
  expect(operations).toBeLessThanOrEqual(2 * 2 * 401);
});
