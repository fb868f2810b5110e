import { parseEpoch } from './epoch-date-time.ts';
import { parseIsoDateTime } from './iso-date-time.ts';

/** A point in time with the offset it was written with, in microseconds as OpenHands keeps it. */
export interface DateTime {
  /** Microseconds since 1970-01-01T00:00:00Z; a time without offset counts as UTC. */
  readonly epochMicros: bigint;
  /** Offset from UTC in minutes, east positive, within a day; `undefined` for a time written without one. */
  readonly offsetMinutes: number | undefined;
}

/**
 * Reads a datetime of a record as OpenHands' parser (pydantic in lax mode) does.
 *
 * Accepted are ISO texts with `T`, space or `_` in the middle, a date alone, and seconds since 1970 as a number or a text of
 * digits; past 2e10 in either direction they are milliseconds. Digits after the sixth of a fraction are cut off in ISO texts and
 * rounded in numbers. The years are 1 to 9999.
 *
 * @returns `undefined` when the value is none of these.
 */
export function parseDateTime(value: unknown): DateTime | undefined {
  if (typeof value === 'string') {
    return parseIsoDateTime(value) ?? parseEpoch(value);
  }
  return typeof value === 'number' ? parseEpoch(value) : undefined;
}

/**
 * Writes a datetime as pydantic dumps it: `Z` for UTC, `+02:00` for other offsets, nothing for none; no fraction or six digits.
 */
export function formatDateTime(dateTime: DateTime): string {
  const { epochMicros, offsetMinutes } = dateTime;
  const localMicros = epochMicros + BigInt(offsetMinutes ?? 0) * 60_000_000n;
  const micros = ((localMicros % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const seconds = new Date(Number((localMicros - micros) / 1000n)).toISOString().slice(0, 19);
  const fraction = micros === 0n ? '' : `.${String(micros).padStart(6, '0')}`;
  return seconds + fraction + formatOffset(offsetMinutes);
}

/**
 * The instant of a datetime of a record, for comparing and sorting: no two spellings of one instant differ.
 *
 * @param text A datetime as it stands in a `ConversationMetadata`; without offset it counts as UTC.
 * @returns Microseconds since 1970-01-01T00:00:00Z.
 * @throws {RangeError} When `text` is no datetime.
 */
export function toEpochMicros(text: string): bigint {
  const dateTime = parseDateTime(text);
  if (dateTime === undefined) {
    throw new RangeError('not a datetime; an ISO text such as 2025-01-16T19:51:04.886331Z is one');
  }
  return dateTime.epochMicros;
}

function formatOffset(offsetMinutes: number | undefined): string {
  if (offsetMinutes === undefined || offsetMinutes === 0) {
    return offsetMinutes === 0 ? 'Z' : '';
  }
  const minutes = Math.abs(offsetMinutes);
  const hours = String(Math.trunc(minutes / 60)).padStart(2, '0');
  return `${offsetMinutes < 0 ? '-' : '+'}${hours}:${String(minutes % 60).padStart(2, '0')}`;
}
