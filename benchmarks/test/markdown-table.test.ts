import { expect, test } from 'vitest';
import { toMarkdownTable } from '../src/markdown-table.ts';

test('columns are as wide as their widest cell, and missing cells are empty', () => {
  expect(toMarkdownTable(['a', 'b'], [['long', 'x'], ['y']])).toBe('| a    | b   |\n| ---  | --- |\n| long | x   |\n| y    |     |\n');
});

test('what would end a cell or a line does not', () => {
  expect(toMarkdownTable(['a | b'], [['c\nd']])).toBe('| a \\| b |\n| ---    |\n| c d    |\n');
});
