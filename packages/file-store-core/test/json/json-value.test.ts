import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson } from '../../src/json/json-text.ts';
import { isJsonValue } from '../../src/json/json-value.ts';

describe('isJsonValue', () => {
  it('holds for all that is read from JSON', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(isJsonValue(parseJson(text), 100)).toBe(true);
      }),
    );
    expect(isJsonValue(parseJson('[123456789012345678901234567890]'), 100)).toBe(true);
  });

  it.each([
    ['undefined', undefined],
    ['a function', () => 1],
    ['a symbol', Symbol('a')],
    ['a bigint', 1n],
    ['NaN', Number.NaN],
    ['Infinity', Number.POSITIVE_INFINITY],
    ['a date', new Date(0)],
    ['a map', new Map()],
    ['an object that writes itself', { toJSON: () => 1 }],
    ['one of these inside', { a: [1, { b: undefined }] }],
  ])('does not hold for %s', (_what, value) => {
    expect(isJsonValue(value, 100)).toBe(false);
  });

  it('does not hold for cycles and what is too deep', () => {
    const cycle: unknown[] = [];
    cycle.push(cycle);
    expect(isJsonValue(cycle, 512)).toBe(false);
    expect(isJsonValue([[]], 2)).toBe(true);
    expect(isJsonValue([[[]]], 2)).toBe(false);
  });
});
