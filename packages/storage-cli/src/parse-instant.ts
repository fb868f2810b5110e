import { InvalidArgumentError } from 'commander';
import { findAge } from './parse-age.ts';

/**
 * Reads an instant: an age such as `30d` (s, m, h, d, w) counted back from now, or ISO 8601; a date alone is its first moment in UTC, a time without
 * offset is local.
 *
 * @throws {InvalidArgumentError} Anything else.
 */
export function parseInstant(text: string): Date {
  const age = findAge(text);
  const isIso = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/.test(text);
  const instant = age === undefined ? new Date(isIso ? text : Number.NaN) : new Date(Date.now() - age);
  if (Number.isNaN(instant.getTime()) || (isIso && !isDay(text.slice(0, 10)))) {
    throw new InvalidArgumentError('It is an age such as 30d (s, m, h, d, w), or a date such as 2025-07-18 or 2025-07-18T17:01:36Z.');
  }
  return instant;
}

/** JavaScript takes February 30th for a day of March. */
function isDay(date: string): boolean {
  return new Date(`${date}T00:00:00Z`).toISOString().startsWith(date);
}
