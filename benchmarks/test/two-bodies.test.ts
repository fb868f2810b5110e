import { expect, it } from 'vitest';
import { bodyOf, isWholeBody } from '../src/correctness/two-bodies.ts';

it('knows a whole body from a part and from a mixture', () => {
  const [first, second] = [bodyOf(0), bodyOf(1)];
  expect([first, second].every(isWholeBody)).toBe(true);
  expect(bodyOf(2)).toBe(first);
  expect(isWholeBody(Buffer.alloc(0))).toBe(false);
  expect(isWholeBody(second.subarray(0, first.length))).toBe(false);
  expect(isWholeBody(Buffer.concat([first, second.subarray(first.length)]))).toBe(false);
});
