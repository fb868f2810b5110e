/** The smallest value that at least `percent` of the values do not exceed. @throws {RangeError} There is none. */
export function percentileOf(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const value = sorted[Math.max(Math.ceil((percent / 100) * sorted.length) - 1, 0)];
  if (value === undefined) {
    throw new RangeError('no percentile of nothing');
  }
  return value;
}
