import type { ByteRange } from '@oh/file-store-core';
import { InvalidArgumentError } from 'commander';

/**
 * Reads `START-END` and `START-`: the bytes from START up to, not including, END.
 *
 * @throws {InvalidArgumentError} Anything else, and an END before START.
 */
export function parseRange(text: string): ByteRange {
  const [, first, last] = /^(\d+)-(\d*)$/.exec(text) ?? [];
  const start = Number(first);
  const end = last === '' ? undefined : Number(last);
  if (!Number.isSafeInteger(start) || (end !== undefined && !(Number.isSafeInteger(end) && end >= start))) {
    throw new InvalidArgumentError('It is START-END or START-, counted in bytes from 0, END not included.');
  }
  return { start, end };
}
