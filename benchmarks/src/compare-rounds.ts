import type { Finding } from './finding.ts';

/** What one side reached, round by round. */
export interface Rounds {
  readonly name: string;
  readonly reached: readonly number[];
}

/**
 * The medians of both sides, and the median of the ratios of the rounds.
 *
 * A ratio belongs to one round, where both sides met the same noise; so it need not be the quotient of the two medians.
 */
export function compareRounds(ours: Rounds, other: Rounds): Pick<Finding, 'ours' | 'other'> {
  const ratios = ours.reached.map((value, round) => value / (other.reached[round] ?? Number.NaN));
  return {
    ours: medianOf(ours.reached),
    other: { name: other.name, reached: medianOf(other.reached), ratio: medianOf(ratios) },
  };
}

/** The middle value, or the mean of the two in the middle. @throws {RangeError} When there is none, or one is no number. */
export function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const low = sorted[Math.floor((sorted.length - 1) / 2)];
  const high = sorted[Math.floor(sorted.length / 2)];
  if (low === undefined || high === undefined || values.some(Number.isNaN)) {
    throw new RangeError(`no median of [${values.join(', ')}]`);
  }
  return (low + high) / 2;
}
