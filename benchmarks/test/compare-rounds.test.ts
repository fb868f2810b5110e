import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareRounds, medianOf, spreadOf } from '../src/compare-rounds.ts';

const someNumbers = fc.array(fc.double({ min: 0.001, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 20 });

describe('medianOf', () => {
  test('is the middle value, or the mean of the two in the middle', () => {
    expect(medianOf([9, 1, 5])).toBe(5);
    expect(medianOf([4, 1, 2, 3])).toBe(2.5);
  });

  test('refuses what has no median', () => {
    expect(() => medianOf([])).toThrow(RangeError);
    expect(() => medianOf([1, Number.NaN, 2])).toThrow(RangeError);
  });

  test('leaves the values in their order', () => {
    const values = [3, 1, 2];
    medianOf(values);
    expect(values).toEqual([3, 1, 2]);
  });
});

describe('spreadOf', () => {
  test('is the quartiles of R and NumPy', () => {
    expect(spreadOf([1, 2, 3, 4])).toEqual({ low: 1.75, high: 3.25 });
    expect(spreadOf([5, 1, 3, 2, 4])).toEqual({ low: 2, high: 4 });
    expect(spreadOf([7])).toEqual({ low: 7, high: 7 });
  });

  test('encloses the median, and lies within the values', () => {
    fc.assert(
      fc.property(someNumbers, (values) => {
        const { low, high } = spreadOf(values);
        const bounds = [Math.min(...values), low, medianOf(values), high, Math.max(...values)];
        expect(bounds).toEqual(bounds.toSorted((a, b) => a - b));
      }),
    );
  });
});

describe('compareRounds', () => {
  test('takes the ratios within the rounds, so that a slow round of both sides changes none', () => {
    const compared = compareRounds({ name: 'ours', reached: [20, 2, 40] }, { name: 'theirs', reached: [10, 1, 20] });
    expect(compared).toEqual({ ours: 20, other: { name: 'theirs', reached: 10, ratio: 2, spread: { low: 2, high: 2 } } });
  });

  test('refuses rounds in which the other side had no turn', () => {
    expect(() => compareRounds({ name: 'ours', reached: [1, 2] }, { name: 'theirs', reached: [1] })).toThrow(RangeError);
  });
});
