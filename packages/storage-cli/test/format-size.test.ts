import { expect, test } from 'vitest';
import { formatDuration } from '../src/format-duration.ts';
import { formatSize } from '../src/format-size.ts';

test('sizes have two or three digits and a unit', () => {
  const sizes = [0, 17, 1023, 1024, 1434, 10 * 1024, 1024 ** 2 - 1, 23 * 1024 ** 2, 1.5 * 1024 ** 3, 1024 ** 6];
  expect(sizes.map(formatSize)).toEqual([
    '0 B',
    '17 B',
    '1023 B',
    '1.0 KiB',
    '1.4 KiB',
    '10 KiB',
    '1.0 MiB',
    '23 MiB',
    '1.5 GiB',
    '1024 PiB',
  ]);
});

test('times are shown to the second, long ones to the minute', () => {
  expect([0, 499, 7000, 59_600, 200_000, 7_500_000].map(formatDuration)).toEqual(['0s', '0s', '7s', '1m00s', '3m20s', '2h05m']);
});
