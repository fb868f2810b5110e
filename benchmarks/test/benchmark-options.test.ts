import { describe, expect, test } from 'vitest';
import { describeRows, parseBenchmarkOptions } from '../src/benchmark-options.ts';
import { publishedDirectory } from '../src/results/published.ts';
import { rowGroups, rowNames } from '../src/rows/row-names.ts';

describe('--only', () => {
  test('without it every row is measured', () => {
    expect(parseBenchmarkOptions([]).rows).toEqual(rowNames);
  });

  test('takes a row, a group, or what rows begin with, each row once and in the order of the run', () => {
    expect(parseBenchmarkOptions(['--only', 'read']).rows).toEqual(['read']);
    expect(parseBenchmarkOptions(['--only', 'webhooks']).rows).toEqual(rowGroups.webhooks);
    expect(parseBenchmarkOptions(['--only', 'event', '--only', 'read', '--only', 'event-append']).rows).toEqual([
      'read',
      ...rowGroups.events,
    ]);
  });

  test('refuses what names nothing', () => {
    expect(() => parseBenchmarkOptions(['--only', 'rea'])).toThrow('--only is a row, a group, or what rows begin with, not "rea"');
  });
});

describe('--seconds', () => {
  test('is longer in a full run, unless it is given', () => {
    expect(parseBenchmarkOptions([])).toMatchObject({ seconds: 0.5, full: false });
    expect(parseBenchmarkOptions(['--full'])).toMatchObject({ seconds: 5, full: true });
    expect(parseBenchmarkOptions(['--full', '--seconds', '0.25'])).toMatchObject({ seconds: 0.25, full: true });
  });

  test.each(['0', '-1', 'x', '3601', ''])('refuses %j', (text) => {
    expect(() => parseBenchmarkOptions([`--seconds=${text}`])).toThrow(TypeError);
  });
});

test('the list has every row in its group', () => {
  expect(describeRows().match(/[\w-]+(?=,|\n)/g)).toEqual(rowNames);
});

describe('--output', () => {
  test('a whole run and a drawing go to the published results, a part of a run nowhere, unless it is given', () => {
    expect(parseBenchmarkOptions([]).output).toBe(publishedDirectory);
    expect(parseBenchmarkOptions(['--draw']).output).toBe(publishedDirectory);
    expect(parseBenchmarkOptions(['--only', 'read']).output).toBeUndefined();
    expect(parseBenchmarkOptions(['--only', 'read', '--output', '/some/where']).output).toBe('/some/where');
  });
});
