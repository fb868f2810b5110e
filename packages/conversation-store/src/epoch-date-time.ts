import type { DateTime } from './date-time.ts';

/** Past it a number counts milliseconds: speedate's MS_WATERSHED, https://docs.rs/speedate. */
const millisWatershed = 2e10;

const microsOfYear1 = -62_135_596_800_000_000n;
const microsOfYear10000 = 253_402_300_800_000_000n;

/**
 * Seconds since 1970, or milliseconds past 2e10 in either direction, as a time in UTC.
 *
 * @returns `undefined` for what is no number, and for years outside 1 to 9999.
 */
export function parseEpoch(value: number | string): DateTime | undefined {
  const epoch = typeof value === 'number' ? value : toNumber(value);
  if (!Number.isFinite(epoch)) {
    return undefined;
  }
  const microsPerUnit = Math.abs(epoch) > millisWatershed ? 1000 : 1_000_000;
  const whole = Math.floor(epoch);
  // Apart, because a double has no room for the microseconds of a far year.
  const epochMicros = BigInt(whole) * BigInt(microsPerUnit) + BigInt(Math.round((epoch - whole) * microsPerUnit));
  const known = epochMicros >= microsOfYear1 && epochMicros < microsOfYear10000;
  return known ? { epochMicros, offsetMinutes: 0 } : undefined;
}

function toNumber(text: string): number {
  return /^[+-]?(?:\d+\.?\d*|\.\d+)$/.test(text) ? Number(text) : Number.NaN;
}
