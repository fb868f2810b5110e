import { InvalidArgumentError } from 'commander';

/** Reads the id of an event, a whole number from 0. @throws {InvalidArgumentError} Anything else. */
export function parseEventId(text: string): number {
  const id = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(id)) {
    throw new InvalidArgumentError('It is a whole number from 0.');
  }
  return id;
}
