import { collectGarbage } from './collect-garbage.ts';
import { medianOf, spreadOf } from './compare-rounds.ts';
import type { Finding } from './finding.ts';
import { constantBelow, fitExponent, type GrowthPoint } from './growth.ts';
import type { RowContext } from './rows/row-context.ts';

/** One operation, among so many items. */
export interface GrowthPlace {
  readonly items: number;
  /** Comes before each operation, not measured. */
  readonly prepare?: (() => Promise<void>) | undefined;
  /** The operation; throws when its result is wrong. */
  readonly run: () => Promise<void>;
  /** Comes after each operation, not measured. */
  readonly after?: (() => Promise<void>) | undefined;
}

/** What {@link measureGrowth} measures. */
export interface GrowthContest {
  readonly what: string;
  /** Where the items are, in words. */
  readonly store: string;
  /** From few items to many. */
  readonly places: readonly GrowthPlace[];
  /** Whether the cost is that of each item, as the operation is about all of them. Default: that of the operation. */
  readonly perItem?: boolean;
  /** Rounds in which each number of items has one turn, after one that does not count. Odd, so that the median is one of them. Default: 5. */
  readonly rounds?: number;
}

/** Enough for the compiler to have seen a fast operation some thousand times. */
const warmUpMs = 100;

/**
 * The cost among each number of items, in interleaved rounds, and the exponent of its growth, which is wanted near 0.
 *
 * An exponent belongs to one round, where all numbers of items met the same noise; the figure is the median of the rounds.
 *
 * @param now A clock in milliseconds. Default: that of `performance`.
 */
export async function measureGrowth(
  { what, store, places, perItem = false, rounds = 5 }: GrowthContest,
  context: RowContext,
  now: () => number = () => performance.now(),
): Promise<Finding> {
  const costs = places.map(({ items }): { readonly items: number; readonly reached: number[] } => ({ items, reached: [] }));
  const turnMs = (context.seconds * 1000) / rounds;
  for (let round = 0; round <= rounds; round += 1) {
    const order = [...places.entries()];
    for (const [index, place] of round % 2 === 0 ? order : order.toReversed()) {
      context.onProgress(`${what}, ${store}: round ${round} of ${rounds}, ${place.items} items`);
      collectGarbage();
      const microseconds = (await meanMilliseconds(place, round === 0 ? Math.max(turnMs, warmUpMs) : turnMs, context.signal, now)) * 1000;
      if (round > 0) {
        costs[index]?.reached.push(perItem ? microseconds / place.items : microseconds);
      }
    }
  }
  const points = costs.map(({ items, reached }): GrowthPoint => ({ items, microseconds: medianOf(reached) }));
  const exponents = Array.from({ length: rounds }, (_, round) =>
    fitExponent(costs.map(({ items, reached }) => ({ items, microseconds: reached[round] ?? Number.NaN }))),
  );
  return {
    what,
    ours: points.at(-1)?.microseconds ?? Number.NaN,
    unit: 'µs',
    growth: { store, points, exponent: medianOf(exponents), spread: spreadOf(exponents) },
    wanted: { exponentBelow: constantBelow },
  };
}

/** How many times as long as a turn it may take with its preparations, which can take much longer than what they prepare. */
const mostTurns = 4;

/** One operation after the other until they took `turnMs` together, or with their preparations {@link mostTurns} times that; at least one. */
async function meanMilliseconds(
  { prepare, run, after }: GrowthPlace,
  turnMs: number,
  signal: AbortSignal,
  now: () => number,
): Promise<number> {
  let taken = 0;
  let operations = 0;
  const started = now();
  while (operations === 0 || (taken < turnMs && now() - started < mostTurns * turnMs)) {
    signal.throwIfAborted();
    await prepare?.();
    const begun = now();
    await run();
    taken += now() - begun;
    operations += 1;
    await after?.();
  }
  return taken / operations;
}
