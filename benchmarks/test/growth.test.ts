import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fitExponent, type GrowthPoint, toExponent } from '../src/growth.ts';

const sizes = [100, 1000, 10_000, 100_000];

function points(cost: (items: number) => number): GrowthPoint[] {
  return sizes.map((items) => ({ items, microseconds: cost(items) }));
}

describe('fitExponent', () => {
  test('finds the exponent of any power law', () => {
    fc.assert(
      fc.property(fc.double({ min: -2, max: 3, noNaN: true }), fc.double({ min: 0.001, max: 1e6, noNaN: true }), (exponent, factor) => {
        expect(fitExponent(points((items) => factor * items ** exponent))).toBeCloseTo(exponent, 9);
      }),
    );
  });

  test('tells constant, logarithmic and linear costs apart', () => {
    expect(fitExponent(points(() => 50))).toBeCloseTo(0, 12);
    expect(fitExponent(points((items) => 50 + items))).toBeGreaterThan(0.5);
    expect(fitExponent(points((items) => Math.log2(items)))).toBeLessThan(0.2);
  });

  test('is the slope of least squares where the points lie on no line', () => {
    const [first, second, third] = [1, 10, 10].map((microseconds, index) => ({ items: 10 ** index, microseconds }));
    expect(first && second && third && fitExponent([first, second, third])).toBeCloseTo(0.5, 12);
  });

  test('refuses points that fix no line', () => {
    expect(() => fitExponent([])).toThrow(RangeError);
    expect(() => fitExponent([{ items: 100, microseconds: 1 }])).toThrow(RangeError);
    expect(() => fitExponent(points(() => 0))).toThrow(RangeError);
    expect(() => fitExponent(points(() => Number.NaN))).toThrow(RangeError);
  });
});

test('an exponent a little below nothing is printed as nothing', () => {
  expect([toExponent(-0.001), toExponent(-0.004), toExponent(-0.3), toExponent(0.256)]).toEqual(['0.00', '0.00', '-0.30', '0.26']);
});
