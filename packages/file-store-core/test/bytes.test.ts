import { expect, it } from 'vitest';
import { concatBytes } from '../src/index.ts';

it('puts parts together in memory of its own', () => {
  const whole = concatBytes([Buffer.from('one,'), new Uint8Array(0), Buffer.from('two')]);
  expect(Buffer.from(whole).toString()).toBe('one,two');
  expect(whole.buffer.byteLength).toBe(7);
  expect(concatBytes([])).toEqual(new Uint8Array(0));
});
