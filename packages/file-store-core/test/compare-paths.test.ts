import fc from 'fast-check';
import { expect, it } from 'vitest';
import { comparePaths } from '../src/index.ts';

it('orders as the bytes of UTF-8 do', () => {
  const special = fc.constantFrom('a', '/', 'é', '\ud7ff', '\ue000', '\uffff', '\u{10000}', '\u{10ffff}');
  const text = fc.array(fc.oneof(special, fc.string({ unit: 'binary', maxLength: 1 }))).map((parts) => parts.join(''));
  fc.assert(
    fc.property(text, text, (a, b) => {
      expect(Math.sign(comparePaths(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
    { numRuns: 2000 },
  );
});
