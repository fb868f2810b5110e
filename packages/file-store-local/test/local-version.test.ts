import { expect, it } from 'vitest';
import { TimeStamps } from '../src/local-version.ts';

const day = Date.parse('2026-11-29T12:00:00Z');

/** Stamps by clocks that stand at `day` and 500, plus what was added to them. */
function stampsBy(): { stamps: TimeStamps; add: (wallMs: number, monotonicMs: number) => void } {
  let [wall, monotonic] = [day, 500];
  const add = (wallMs: number, monotonicMs: number): void => {
    wall += wallMs;
    monotonic += monotonicMs;
  };
  return {
    stamps: new TimeStamps(
      () => Math.floor(wall),
      () => monotonic,
    ),
    add,
  };
}

it('tells the time of day in microseconds, and none twice', () => {
  const { stamps, add } = stampsBy();
  expect([stamps.next(), stamps.next()]).toEqual([day * 1000, day * 1000 + 1]);
  add(0.25, 0.25);
  expect(stamps.next()).toBe(day * 1000 + 250);
  for (let ms = 1; ms < 1000; ms += 1) {
    add(1, 1);
    expect(stamps.next()).toBe(day * 1000 + 250 + ms * 1000);
  }
});

it.each([
  ['the machine slept', 8 * 3_600_000, 0],
  ['somebody set the time', 90_000, 1],
])('follows the time of day when %s', (_what, wallMs, monotonicMs) => {
  const { stamps, add } = stampsBy();
  stamps.next();
  add(wallMs, monotonicMs);
  expect(stamps.next()).toBe((day + wallMs) * 1000);
});

it('gives times that rise when the time of day is set back, and follows it once it is later again', () => {
  const { stamps, add } = stampsBy();
  const before = stamps.next();
  add(-60_000, 1);
  expect([stamps.next(), stamps.next()]).toEqual([before + 1, before + 2]);
  add(61_000, 61_000);
  expect(stamps.next()).toBe((day + 1_000) * 1000);
});
