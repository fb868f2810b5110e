import { constants } from 'node:buffer';
import { expect, it } from 'vitest';
import { decodeUtf8 } from '../src/bytes.ts';
import { concatBytes } from '../src/index.ts';

it('puts parts together in memory of its own', () => {
  const whole = concatBytes([Buffer.from('one,'), new Uint8Array(0), Buffer.from('two')]);
  expect(Buffer.from(whole).toString()).toBe('one,two');
  expect(whole.buffer.byteLength).toBe(7);
  expect(concatBytes([])).toEqual(new Uint8Array(0));
});

it('does not call a text corrupt that is only longer than a string can be', { timeout: 120_000 }, () => {
  const text = new Uint8Array(constants.MAX_STRING_LENGTH + 1);
  expect(() => decodeUtf8('large', text)).toThrow('[unsupported] "large" has more characters than a string can hold');
  expect(() => decodeUtf8('latin', Uint8Array.of(0xff))).toThrow('[corrupt] "latin"');
});
