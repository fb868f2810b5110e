import { describe, expect, it } from 'vitest';
import { parseJson, parseLaxBoolean, parseLaxFloat, parseLaxInteger, rawNumber, toFloatText } from '../../src/json/index.ts';

describe('what pydantic makes of a value in its lax mode', () => {
  it.each([
    ['true', true],
    ['1', true],
    ['0.0', false],
    ['"on"', true],
    ['"OFF"', false],
    ['"Yes"', true],
    ['"n"', false],
    ['"f"', false],
    ['"t"', true],
    ['2', undefined],
    ['"2"', undefined],
    ['" true"', undefined],
    ['""', undefined],
    ['null', undefined],
    ['[]', undefined],
  ])('as a boolean: %s', (text, value) => {
    expect(parseLaxBoolean(parseJson(text))).toBe(value);
  });

  it.each([
    ['5', 5],
    ['"5"', 5],
    ['" 1_000 "', 1000],
    ['"2.0"', 2],
    ['2.5', undefined],
    ['true', 1],
    ['9007199254740993', 9007199254740992],
    ['null', undefined],
  ])('as an integer: %s', (text, value) => {
    expect(parseLaxInteger(parseJson(text))).toBe(value);
  });

  it.each([
    ['"1e3"', 1000],
    ['1.5', 1.5],
    ['"inf"', Number.POSITIVE_INFINITY],
    ['"x"', undefined],
    ['{}', undefined],
  ])('as a float: %s', (text, value) => {
    expect(parseLaxFloat(parseJson(text))).toBe(value);
  });
});

it('writes a float as pydantic does, also inside an object', () => {
  expect([5, 4.5, -0, 1e16, 1e-6, Number.NaN].map(toFloatText)).toEqual(['5.0', '4.5', '-0.0', '1e+16', '1e-6', '"NaN"']);
  expect(JSON.stringify({ budget: rawNumber(toFloatText(5)) })).toBe('{"budget":5.0}');
});
