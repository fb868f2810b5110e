import type { Finding, Spread } from './finding.ts';

/** What one side reached, round by round. */
export interface Rounds {
  readonly name: string;
  readonly reached: readonly number[];
}

/**
 * The medians of both sides, and the median and the quartiles of the ratios of the rounds.
 *
 * A ratio belongs to one round, where both sides met the same noise; so it need not be the quotient of the two medians.
 */
export function compareRounds(ours: Rounds, other: Rounds): Pick<Finding, 'ours' | 'other'> {
  const ratios = ours.reached.map((value, round) => value / (other.reached[round] ?? Number.NaN));
  return {
    ours: medianOf(ours.reached),
    other: { name: other.name, reached: medianOf(other.reached), ratio: medianOf(ratios), spread: spreadOf(ratios) },
  };
}

/** The middle value, or the mean of the two in the middle. @throws {RangeError} When there is none, or one is no number. */
export function medianOf(values: readonly number[]): number {
  return quantileOf(values, 0.5);
}

/** The quartiles. @throws {RangeError} When there is no value, or one is no number. */
export function spreadOf(values: readonly number[]): Spread {
  return { low: quantileOf(values, 0.25), high: quantileOf(values, 0.75) };
}

/**
 * The value below which `share` of the values lie, between two of them by linear interpolation.
 *
 * @see https://www.jstor.org/stable/2684934 Hyndman and Fan, definition 7, which R and NumPy have as default.
 */
function quantileOf(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const position = (sorted.length - 1) * share;
  const low = sorted[Math.floor(position)];
  const high = sorted[Math.ceil(position)];
  if (low === undefined || high === undefined || values.some(Number.isNaN)) {
    throw new RangeError(`no quantile of [${values.join(', ')}]`);
  }
  return low + (high - low) * (position - Math.floor(position));
}
