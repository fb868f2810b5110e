import { expect, test } from 'vitest';
import { type Finding, isMet, type Wanted } from '../src/finding.ts';

function finding(ours: number, wanted: Wanted | undefined, ratio?: number): Finding {
  const other = ratio === undefined ? undefined : { name: 'theirs', reached: ours / ratio, ratio };
  return { what: 'something', ours, unit: '/s', other, wanted };
}

test.each<[Wanted, met: Finding, missed: Finding]>([
  [{ atLeast: 10 }, finding(10, { atLeast: 10 }), finding(9.9, { atLeast: 10 })],
  [{ below: 10 }, finding(9.9, { below: 10 }), finding(10, { below: 10 })],
  [{ ratioAtLeast: 0.8 }, finding(1, { ratioAtLeast: 0.8 }, 0.8), finding(1, { ratioAtLeast: 0.8 }, 0.79)],
  [{ ratioBelow: 1.3 }, finding(1, { ratioBelow: 1.3 }, 1.29), finding(1, { ratioBelow: 1.3 }, 1.3)],
])('the target %j is met or missed', (_, met, missed) => {
  expect(isMet(met)).toBe(true);
  expect(isMet(missed)).toBe(false);
});

test('without a target nothing is met or missed', () => {
  expect(isMet(finding(1, undefined, 0.1))).toBeUndefined();
});

test('a ratio that is wanted and was not measured is a missed target', () => {
  expect(isMet(finding(1, { ratioAtLeast: 0.8 }))).toBe(false);
  expect(isMet(finding(1, { ratioBelow: 1 }))).toBe(false);
});
