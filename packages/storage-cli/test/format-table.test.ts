import { expect, test } from 'vitest';
import { formatTable } from '../src/format-table.ts';

test('columns are aligned, without borders, colours and spaces at the end', async () => {
  const rows = [
    ['a', '1'],
    ['long', ''],
  ];
  expect(await formatTable(rows, { head: ['name', 'value'] })).toBe('name  value\na     1\nlong\n');
});

test('the last column is shortened to the width of the terminal', async () => {
  const line = await formatTable([['id', 'x'.repeat(200)]], { columns: 60 });
  expect(line).toBe(`id  ${'x'.repeat(55)}…\n`);
});

test('without a terminal nothing is shortened', async () => {
  expect(await formatTable([['id', 'x'.repeat(200)]])).toBe(`id  ${'x'.repeat(200)}\n`);
});

test('the last column keeps twenty characters however narrow the terminal is', async () => {
  expect(await formatTable([['a'.repeat(60), 'x'.repeat(200)]], { columns: 40 })).toBe(`${'a'.repeat(60)}  ${'x'.repeat(19)}…\n`);
});

test('no half of a character is left where a text is cut', async () => {
  for (const columns of [24, 25, 26, 27]) {
    const line = await formatTable([['id', `${'x'.repeat(columns % 2)}${'😀'.repeat(60)}`]], { columns });
    expect(line.isWellFormed()).toBe(true);
    expect(line).toContain('😀…');
  }
});

test('control characters in a cell cannot break the table', async () => {
  expect(await formatTable([['a\nb', '\u001b[31mred']])).toBe('a\\nb  \\u001b[31mred\n');
});

test('characters that are two columns wide are aligned, and cut whole', async () => {
  const rows = [
    ['漢字', 'x'],
    ['abc', '字'.repeat(20)],
  ];
  expect(await formatTable(rows, { columns: 27 })).toBe(`漢字  x\nabc   ${'字'.repeat(10)}…\n`);
});

test('any number of rows makes a table', async () => {
  const rows = Array.from({ length: 200_000 }, (_, index) => [`${index}`, 'x']);
  const table = await formatTable(rows, { columns: 80 });
  expect(table.length).toBe(200_000 * '199999  x\n'.length);
});
