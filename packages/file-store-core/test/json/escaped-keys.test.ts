import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasBackslashKey } from '../../src/json/escaped-keys.ts';
import { parseJson } from '../../src/json/json-text.ts';

/** Keys that V8 takes for each other once it has met the first of them. */
const keys = ['\\', '\n', '"', '\u0000', '\ud800', 'é', 'ab\\', 'ab\n', 'ab', 'id', '__proto__', '_', '_0', ''];

function entriesOf(value: unknown): [string, unknown][] {
  return Object.entries(value as object);
}

describe('parseJson', () => {
  it.each(['\n', '"', '\u0000', '\ud800'])('reads the key %j as itself, though an object had a backslash for a key before', (key) => {
    parseJson('{"before":0,"\\\\":0}');
    expect(entriesOf(parseJson(`{"before":1,${JSON.stringify(key)}:2}`))).toEqual([
      ['before', 1],
      [key, 2],
    ]);
  });

  it('loses none of two keys that Python has written', () => {
    parseJson('{"\\\\":0}');
    expect(entriesOf(parseJson('{"\\u00e9" : 1, "\\u00e8"\n: 2}'))).toEqual([
      ['é', 1],
      ['è', 2],
    ]);
  });

  it('reads keys as they are written, beside any others', () => {
    const key = fc.oneof(fc.constantFrom(...keys), fc.string({ unit: 'binary', maxLength: 3 }));
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof({ maxDepth: 4 }, fc.string(), fc.constantFrom('\\', 'a":', '\\":', '"'), fc.integer(), tie('list'), tie('object')),
      list: fc.array(tie('value'), { maxLength: 3 }),
      object: fc.array(fc.tuple(key, tie('value')), { maxLength: 4 }).map((entries) => Object.fromEntries(entries)),
    }));
    fc.assert(
      fc.property(value, fc.boolean(), (given, isPython) => {
        const written = JSON.stringify(given);
        const text = isPython
          ? written.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
          : written;
        expect(JSON.stringify(parseJson(text))).toBe(written);
      }),
      { numRuns: 1000 },
    );
  });

  it('takes no longer where a text has long lines of one letter', { timeout: 5_000 }, () => {
    const given = { ...Object.fromEntries(Array.from({ length: 2_000 }, (_, i) => [`\n${i}`, i])), line: '_'.repeat(20_000) };
    expect(parseJson(JSON.stringify(given))).toEqual(given);
  });

  it('keeps the last of several values of one key, however each is written', () => {
    expect(entriesOf(parseJson('{"\\u0031":0,"1":1,"\\u00e9":2,"é":3,"\\n":4,"\\u000a":5}'))).toEqual([
      ['1', 1],
      ['é', 3],
      ['\n', 5],
    ]);
  });

  it('keeps digits beside such keys, and __proto__ as a property', () => {
    const value = parseJson('{"\\n":9007199254740993,"\\u005f_proto__":{"a":1}}');
    expect(JSON.stringify(value)).toBe('{"\\n":9007199254740993,"__proto__":{"a":1}}');
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });
});

describe('hasBackslashKey', () => {
  it.each([
    ['{"a":1}', false],
    ['{"a":"\\\\"}', false],
    ['{"a":["\\\\",{"b":"\\\\"}]}', false],
    ['"\\\\"', false],
    ['{"a":[{"b":0},{"b\\\\c":1}]}', true],
    ['{"a":{"\\\\":{}}}', true],
  ])('of %s is %s', (text, isThere) => {
    expect(hasBackslashKey(JSON.parse(text))).toBe(isThere);
  });
});
