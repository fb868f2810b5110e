import { describe, expect, it } from 'vitest';
import { percentileOf } from '../src/percentile-of.ts';

describe('percentileOf', () => {
  it.each([
    [0, 1],
    [50, 50],
    [99, 99],
    [99.5, 100],
    [100, 100],
  ])('%d of 1 to 100 is %d, in whatever order', (percent, expected) => {
    expect(
      percentileOf(
        Array.from({ length: 100 }, (_, index) => 100 - index),
        percent,
      ),
    ).toBe(expected);
  });

  it('of one value is that value', () => expect(percentileOf([7], 99)).toBe(7));

  it('of nothing is an error', () => expect(() => percentileOf([], 50)).toThrow(RangeError));
});
