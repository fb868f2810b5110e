import fc from 'fast-check';
import { expect, it } from 'vitest';
import { encodeContext } from '../src/encode-context.ts';

it('gives other bytes for other texts', () => {
  const texts = fc.array(fc.string({ unit: 'binary', maxLength: 3 }), { maxLength: 4 });
  fc.assert(
    fc.property(texts, texts, (a, b) => {
      expect(encodeContext(a).equals(encodeContext(b))).toBe(JSON.stringify(a) === JSON.stringify(b));
    }),
    { numRuns: 300 },
  );
});

it('tells where one text ends and the next begins', () => {
  const encodings = [['ab', 'c'], ['a', 'bc'], ['abc'], ['abc', ''], ['', 'abc'], []].map((texts) => encodeContext(texts).toString('hex'));
  expect(new Set(encodings).size).toBe(6);
  expect(encodings[0]).toBe('00000002000000026162'.concat('0000000163'));
});

it('refuses what UTF-8 cannot tell apart', () => {
  expect(() => encodeContext(['\ud800'])).toThrow(TypeError);
});
