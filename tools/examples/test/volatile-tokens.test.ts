import { expect, it } from 'vitest';
import { VolatileTokens } from '../src/volatile-tokens.ts';

const now = (): string => new Date().toISOString();

it('takes a version for the one that is shown, from then on everywhere', () => {
  const tokens = new VolatileTokens();
  expect(tokens.toShown('5aaaa-8-dn0eabcdefgh', '5zetn-8-dn0efzi6dunr')).toBe('5zetn-8-dn0efzi6dunr');
  expect(tokens.toActual('put --if-version 5zetn-8-dn0efzi6dunr')).toBe('put --if-version 5aaaa-8-dn0eabcdefgh');
  expect(tokens.toShown('version  5aaaa-8-dn0eabcdefgh', 'version  5zetn-8-dn0efzi6dunr')).toBe('version  5zetn-8-dn0efzi6dunr');
});

it('leaves another version in a place where the same one is shown, and the same one where others are', () => {
  const tokens = new VolatileTokens();
  tokens.toShown('21ab017bf1ed08cd', '78ffd289b139b7ba');
  expect(tokens.toShown('1111111111111111', '78ffd289b139b7ba')).toBe('1111111111111111');
  expect(tokens.toShown('21ab017bf1ed08cd', '2222222222222222')).toBe('21ab017bf1ed08cd');
});

it('takes instants of the run alone', () => {
  const tokens = new VolatileTokens();
  expect(tokens.toShown(`at ${now()}`, 'at 2026-11-28T21:54:17Z')).toBe('at 2026-11-28T21:54:17Z');
  expect(tokens.toShown('at 2025-06-12T09:30:11Z', 'at 2026-11-28T21:54:17Z')).toBe('at 2025-06-12T09:30:11Z');
});

it('takes what a compressed copy takes within a fifth, and other sizes as they are', () => {
  const tokens = new VolatileTokens();
  expect(tokens.toShown('193 KiB, 32 KiB stored', '193 KiB, 35 KiB stored')).toBe('193 KiB, 35 KiB stored');
  expect(tokens.toShown('193 KiB, 10 KiB stored', '193 KiB, 35 KiB stored')).toBe('193 KiB, 10 KiB stored');
  expect(tokens.toShown('(192 KiB), 0 unchanged', '(193 KiB), 0 unchanged')).toBe('(192 KiB), 0 unchanged');
});

it('leaves ids of conversations as they are', () => {
  const shown = '6b4cb2424a23d5962217beaddbc496cb';
  expect(new VolatileTokens().toShown('8e81973e0becd7b03898d190f9ebdacc', shown)).toBe('8e81973e0becd7b03898d190f9ebdacc');
});
