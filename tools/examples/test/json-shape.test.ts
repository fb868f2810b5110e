import { expect, it } from 'vitest';
import { findShapeDifferences } from '../src/json-shape.ts';

it('finds fields that only one of both has, and other types', () => {
  const shown = { format: 'x', list: [{ at: 0 }], gone: 1 };
  const actual = { format: 1, list: [{ at: 7, length: 8 }], more: true };
  expect(findShapeDifferences(shown, actual)).toEqual([
    '$.format: string is shown, number is there',
    '$.list[0].length: is there, and not shown',
    '$.gone: is shown, and not there',
    '$.more: is there, and not shown',
  ]);
});

it('takes a field in capitals for any, and lets optional ones be missing or null', () => {
  expect(findShapeDifferences({ packs: { SHA256: { at: 'x' } } }, { packs: { ab: { at: 'y' }, cd: {} } })).toEqual([
    '$.packs.cd.at: is shown, and not there',
  ]);
  expect(findShapeDifferences({ parent: 'x', host: null }, { host: 'y' }, ['parent', 'host'])).toEqual([]);
});
