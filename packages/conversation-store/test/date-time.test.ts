import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DateTime, formatDateTime, parseDateTime, toEpochMicros } from '../src/date-time.ts';

const year1 = BigInt(Date.parse('0001-01-01T00:00:00Z')) * 1000n;
const year10000 = 253_402_300_800_000_000n;

/** Every time that can be written: its local year is 1 to 9999. */
const anyDateTime: fc.Arbitrary<DateTime> = fc
  .record({
    localMicros: fc.bigInt({ min: year1, max: year10000 - 1n }),
    offsetMinutes: fc.option(fc.integer({ min: -1439, max: 1439 }), { nil: undefined }),
  })
  .map(({ localMicros, offsetMinutes }) => ({ epochMicros: localMicros - BigInt(offsetMinutes ?? 0) * 60_000_000n, offsetMinutes }));

describe('formatDateTime', () => {
  it('gives a text that is read as the same instant with the same offset', () => {
    fc.assert(
      fc.property(anyDateTime, (dateTime) => {
        expect(parseDateTime(formatDateTime(dateTime))).toEqual(dateTime);
      }),
    );
  });

  it('gives one text for each datetime, without fraction or with six digits', () => {
    fc.assert(
      fc.property(anyDateTime, (dateTime) => {
        const text = formatDateTime(dateTime);
        expect(text).toMatch(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{6})?(Z|[+-]\d{2}:\d{2})?$/);
        expect(text).not.toMatch(/\.0{6}|[+-]00:00/);
      }),
    );
  });

  it('agrees with Date on every millisecond', () => {
    const anyDate = fc.date({ min: new Date('1000-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true });
    fc.assert(
      fc.property(anyDate, (date) => {
        expect(toEpochMicros(date.toISOString())).toBe(BigInt(date.getTime()) * 1000n);
        const parsed = parseDateTime(date.toISOString());
        expect(parsed && Date.parse(formatDateTime(parsed))).toBe(date.getTime());
      }),
    );
  });
});

describe('toEpochMicros', () => {
  it.each([
    ['2025-01-16T19:51:04.886331Z', 1_737_057_064_886_331n],
    ['2025-01-16T20:51:04.886331+01:00', 1_737_057_064_886_331n],
    ['2025-01-16T14:21:04.886331-05:30', 1_737_057_064_886_331n],
    ['2025-01-16T19:51:04.886331', 1_737_057_064_886_331n],
    ['1969-12-31T23:59:59.999999Z', -1n],
    ['9999-12-31T23:59:59.999999Z', year10000 - 1n],
  ])('takes %s for %s microseconds', (text, micros) => {
    expect(toEpochMicros(text)).toBe(micros);
  });

  it('refuses what is no datetime, without repeating it', () => {
    expect(() => toEpochMicros('yesterday')).toThrow(RangeError);
    expect(() => toEpochMicros('yesterday')).not.toThrow(/yesterday/);
  });
});

describe('parseDateTime', () => {
  it('never throws', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        expect(() => parseDateTime(value)).not.toThrow();
      }),
    );
    const anyDateLike = fc.string({ unit: fc.constantFrom(...'0123456789-:TZ+. ') });
    fc.assert(
      fc.property(anyDateLike, (text) => {
        expect(() => parseDateTime(text)).not.toThrow();
      }),
    );
  });
});
