import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePythonJson, toPythonJson } from '../src/python-json.ts';

describe('JSON of Python', () => {
  it('is read with the numbers that JSON does not have, and texts as they are', () => {
    const text = String.raw`{"a": NaN, "b": [Infinity, -Infinity,NaN], "NaN": "NaN", "c\"": "\\", "d": "\", Infinity, -Infinity", "e": 1e400}`;
    const value = parsePythonJson(text);
    expect(JSON.stringify(value)).toBe(
      String.raw`{"a":"NaN","b":[1e999,-1e999,"NaN"],"NaN":"NaN","c\"":"\\","d":"\", Infinity, -Infinity","e":1e400}`,
    );
    expect(toPythonJson(value)).toContain('"b": [1e999, -1e999, "NaN"]');
  });

  it('keeps every text beside such a number', () => {
    const texts = fc.array(fc.string({ unit: fc.constantFrom('"', '\\', ' ', ':', ',', 'NaN', 'Infinity', '-', 'é', '\ud800') }));
    fc.assert(
      fc.property(texts, texts, (before, after) => {
        const json = `[${toPythonJson(before)}, NaN, ${toPythonJson(after)}]`;
        expect(parsePythonJson(json)).toEqual([before, 'NaN', after]);
      }),
    );
  });

  it.each([
    '',
    'nan',
    '{"a": NaNa}',
    '[Infinity',
    '["NaN]',
    String.raw`["NaN\"]`,
    '[NaN,]',
    '-NaN',
    '+Infinity',
    '1Infinity',
    '-1Infinity',
    '1.Infinity',
    'Infinity5',
    '{NaN: 1}',
  ])('refuses %s', (text) => {
    expect(() => parsePythonJson(text)).toThrow(SyntaxError);
  });
});
