import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maxJsonDepth, parseJson } from '../../src/json/json-text.ts';
import { isRawNumber, keepDigits } from '../../src/json/raw-number.ts';

describe('parseJson', () => {
  it('reads what JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(JSON.stringify(parseJson(text))).toBe(text);
      }),
    );
  });

  it.each([
    '9007199254740993',
    '-9223372036854775808',
    '0.1000000000000000055511151231257827',
    '1e400',
    '1e-400',
    '-0',
    '-0.0',
    '123456789012345678901234567890',
    // To Python an integer, which a double with exponent is not; and a double, which differs from the integer of its digits.
    '1000000000000000000000000000000',
    '1.2345678901234567e+20',
  ])('keeps every digit of %s', (number) => {
    expect(JSON.stringify(parseJson(`{"a":[${number}]}`))).toBe(`{"a":[${number}]}`);
  });

  it('keeps the value of every number, wherever it stands', () => {
    const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: 40 });
    const whole = digits.map((text) => text.replace(/^0+(?=\d)/, ''));
    const exponent = fc.tuple(fc.constantFrom('e', 'E'), fc.constantFrom('', '+', '-'), fc.integer({ min: 0, max: 400 }));
    const parts = fc.tuple(
      fc.constantFrom('', '-'),
      whole,
      fc.option(digits, { nil: undefined }),
      fc.option(
        exponent.map((e) => e.join('')),
        { nil: '' },
      ),
    );
    const number = parts.map(([sign, left, right, power]) => `${sign}${left}${right === undefined ? '' : `.${right}`}${power}`);
    const place = fc.constantFrom('N', '[N]', '[1,N,"x"]', '{"a":N}', '{ "a" : N }', '[\n\tN\n]', '["a",[N]]');
    fc.assert(
      fc.property(number, place, fc.string(), (text, around, filler) => {
        const filled = `[${JSON.stringify(filler)},${around.replace('N', text)}]`;
        const numbers: unknown[] = [];
        JSON.stringify(parseJson(filled), (_key, value: unknown) => {
          numbers.push(value);
          return value;
        });
        const exact = keepDigits(Number(text), text);
        const isSame = (value: unknown): boolean =>
          isRawNumber(exact) ? isRawNumber(value) && value.rawJSON === text : Object.is(value, exact);
        expect(numbers.some(isSame)).toBe(true);
      }),
      { numRuns: 5_000 },
    );
  });

  it.each([
    ['1', 1],
    ['1.0', 1],
    ['1e2', 100],
    ['100e-2', 1],
    ['1.50', 1.5],
    ['0.1', 0.1],
    ['0.00', 0],
    ['1E21', 1e21],
    ['9007199254740992', 2 ** 53],
    ['1e-7', 1e-7],
  ])('reads %s as a plain number', (text, number) => {
    expect(parseJson(text)).toBe(number);
  });

  it('reads every double as a plain number', () => {
    const anyDouble = fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Object.is(value, -0));
    fc.assert(
      fc.property(anyDouble, (value) => {
        expect(parseJson(JSON.stringify(value))).toBe(value);
      }),
    );
  });

  it('reads __proto__ as a property like any other', () => {
    const value = parseJson('{"__proto__":{"isAdmin":true},"a":{"__proto__":1}}');
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(value).not.toHaveProperty('isAdmin');
    expect(JSON.stringify(value)).toBe('{"__proto__":{"isAdmin":true},"a":{"__proto__":1}}');
  });

  it('reads up to its depth and no deeper', () => {
    const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
    expect(JSON.stringify(parseJson(nested(maxJsonDepth)))).toBe(nested(maxJsonDepth));
    expect(() => parseJson(nested(maxJsonDepth + 1))).toThrow(SyntaxError);
    expect(() => parseJson('[{"a":'.repeat(1_000_000))).toThrow(SyntaxError);
  });

  it('counts no brackets in texts', () => {
    const text = JSON.stringify('["\\'.repeat(2000));
    expect(parseJson(text)).toBe(JSON.parse(text));
    expect(JSON.stringify(parseJson(`[${'[],'.repeat(2000)}0]`))).toHaveLength(6003);
  });

  it.each(['', '{', '{"a":1,}', "{'a':1}", '\uFEFF{}', '{} x', 'NaN', '"\n"', '"\\', '"'])('refuses %j', (text) => {
    expect(() => parseJson(text)).toThrow(SyntaxError);
  });

  it('tells where, and repeats nothing of the text', () => {
    expect(() => parseJson('{"a":1,}')).toThrow(/^not JSON at position 7 /);
    for (const text of ['sk-1 at position 7', '{"key":"sk-1" sk-1}', '[sk-1', '{"key":"sk-1', '"sk-1\n"', '{sk-1:1}', '{"a":1} sk-1']) {
      expect(inspect(rejectionOf(text), { showHidden: true }), text).not.toMatch(/sk-1|position 7$/);
    }
  });
});

function rejectionOf(text: string): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    return error;
  }
}
