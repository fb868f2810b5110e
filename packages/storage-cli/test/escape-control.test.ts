import { expect, test } from 'vitest';
import { escapeControl } from '../src/escape-control.ts';
import { toJsonLine } from '../src/to-json-line.ts';

test('what a terminal acts upon is made visible', () => {
  expect(escapeControl('a\u001b[2Jb')).toBe('a\\u001b[2Jb');
  expect(escapeControl('line\r\nbreak\ttab')).toBe('line\\r\\nbreak\\ttab');
  expect(escapeControl('\u0000\u0007\u007f\u009b31m')).toBe('\\u0000\\u0007\\u007f\\u009b31m');
  expect(escapeControl('a\u2028b\u2029c')).toBe('a\\u2028b\\u2029c');
  expect(escapeControl('\ud800x')).toBe('\\ud800x');
});

test('what turns the direction of the text is made visible', () => {
  expect(escapeControl('\u202egnp.exe\u2066')).toBe('\\u202egnp.exe\\u2066');
});

test('any other text stays as it is', () => {
  const text = 'Ünïcode – “quotes” 😀 👩‍👩‍👧 עברית \\ "';
  expect(escapeControl(text)).toBe(text);
});

test('a line of JSON has no such character either, and means the same', () => {
  const value = { title: 'a\u009b31m\u007f\u2028\u202e\n', half: '\ud800' };
  const line = toJsonLine(value);
  expect(line).not.toMatch(/[\u007f-\u009f\u2028\u202e]/);
  expect(line.indexOf('\n')).toBe(line.length - 1);
  expect(JSON.parse(line)).toEqual(value);
});
