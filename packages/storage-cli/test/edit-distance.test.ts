import { expect, test } from 'vitest';
import { editDistance } from '../src/edit-distance.ts';

test.each([
  ['local', 'local', 0],
  ['locl', 'local', 1],
  ['lcoal', 'local', 2],
  ['kitten', 'sitting', 3],
  ['', 'abc', 3],
  ['abc', '', 3],
])('from %j to %j it is %i', (a, b, distance) => {
  expect(editDistance(a, b)).toBe(distance);
});
