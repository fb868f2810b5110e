import type { Spread } from './finding.ts';

/** What something costs among more and more items. */
export interface Growth {
  /** Where it was measured. */
  readonly store: string;
  /** From few to many items: medians of the rounds. */
  readonly points: readonly GrowthPoint[];
  /** What the cost grows with: as items to this power. 0 is constant, 1 is linear. The median of the rounds' exponents. */
  readonly exponent: number;
  /** The quartiles between which the middle half of the rounds' exponents lie. */
  readonly spread: Spread;
}

/** What something costs among some items. */
export interface GrowthPoint {
  readonly items: number;
  readonly microseconds: number;
}

/** The exponent in words; a little less than nothing is nothing. */
export function toExponent(exponent: number): string {
  return exponent.toFixed(2).replace('-0.00', '0.00');
}

/** Above it, what should be constant is said to grow: a cost that doubles twice from 100 to 100,000 items has 0.2. */
export const constantBelow = 0.2;

/**
 * The exponent b of the power law `microseconds = a * items ** b` that is nearest to the points: the slope of the line of least squares through their logarithms.
 *
 * @throws {RangeError} When fewer than two numbers of items were measured, or something is not above 0.
 */
export function fitExponent(points: readonly GrowthPoint[]): number {
  const logarithms = points.map(({ items, microseconds }) => ({ x: Math.log(items), y: Math.log(microseconds) }));
  const meanX = meanOf(logarithms.map(({ x }) => x));
  const meanY = meanOf(logarithms.map(({ y }) => y));
  const covariance = meanOf(logarithms.map(({ x, y }) => (x - meanX) * (y - meanY)));
  const exponent = covariance / meanOf(logarithms.map(({ x }) => (x - meanX) ** 2));
  if (!Number.isFinite(exponent)) {
    throw new RangeError(`no power law through ${JSON.stringify(points)}`);
  }
  return exponent;
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
