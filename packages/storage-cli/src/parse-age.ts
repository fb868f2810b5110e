import { InvalidArgumentError } from 'commander';

const unitMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** Reads a length of time such as `12h` (s, m, h, d, w). @returns Milliseconds. @throws {InvalidArgumentError} Anything else. */
export function parseAge(text: string): number {
  const age = findAge(text);
  if (age === undefined) {
    throw new InvalidArgumentError('It is a length of time such as 12h (s, m, h, d, w).');
  }
  return age;
}

/** As {@link parseAge}; `undefined` instead of the error. */
export function findAge(text: string): number | undefined {
  const [, count, unit = ''] = /^(\d{1,6})([smhdw])$/.exec(text) ?? [];
  const ms = unitMs[unit];
  return ms && Number(count) * ms;
}
