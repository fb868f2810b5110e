import { expect, it } from 'vitest';
import { localLoadsOf } from '../src/rows/local-loads.ts';
import { shareSeconds } from '../src/rows/share-seconds.ts';

it('never has a gigabyte under way', () => {
  const loads = localLoadsOf({ full: true });
  expect(Math.max(...loads.map(({ bytes, inFlight }) => bytes * inFlight))).toBeLessThan(1024 ** 3);
  expect(new Set(loads.map(({ name }) => name)).size).toBe(loads.length);
  expect(localLoadsOf({ full: false }).map(({ name }) => name)).toEqual(['1.4 KB, one at a time', '1.4 KB, 16 in flight']);
});

it('gives many sides together the time of four', () => {
  const context = { directory: '', seconds: 3, full: false, signal: new AbortController().signal, onProgress: () => {} };
  expect(shareSeconds(context, 2).seconds).toBe(3);
  expect(shareSeconds(context, 12).seconds).toBe(1);
});
