import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson } from '../../src/json/json-text.ts';
import { isJsonValue, withoutUndefined } from '../../src/json/json-value.ts';

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

describe('withoutUndefined', () => {
  it('leaves what is read from JSON as it is', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(withoutUndefined(parseJson(text), 100)).toEqual(parseJson(text));
      }),
    );
    const digits = parseJson('123456789012345678901234567890');
    expect(withoutUndefined([digits], 1)).toEqual([digits]);
  });

  it('leaves out what JSON.stringify leaves out, and keeps a field that is called __proto__', () => {
    const value = parseJson('{"a":[{"b":1,"c":2}],"__proto__":{"d":3}}') as { a: { c?: number | undefined }[] };
    (value.a[0] as { c?: number | undefined }).c = undefined;
    expect(JSON.stringify(withoutUndefined(value, 3))).toBe('{"a":[{"b":1}],"__proto__":{"d":3}}');
    expect(isJsonValue(withoutUndefined(value, 3), 3)).toBe(true);
  });

  it('makes no JSON of what is none', () => {
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    for (const value of [
      undefined,
      [undefined],
      new Date(0),
      { a: new Map() },
      { a: Number.NaN },
      { toJSON: undefined, a: () => 1 },
      cycle,
    ]) {
      expect(isJsonValue(withoutUndefined(value, 512), 512)).toBe(false);
    }
  });
});
