import { expect, test } from 'vitest';
import { parseRange } from '../src/parse-range.ts';

test('a range is START-END, END not included, or START-', () => {
  expect(parseRange('0-10')).toEqual({ start: 0, end: 10 });
  expect(parseRange('5-5')).toEqual({ start: 5, end: 5 });
  expect(parseRange('7-')).toEqual({ start: 7, end: undefined });
});

test.each(['', '-', '-5', '5', '5-4', 'a-b', '1-2-3', ' 1-2', '1.5-2', '0x1-2', '99999999999999999999-'])('%j is no range', (text) => {
  expect(() => parseRange(text)).toThrow('START-END');
});
