import type { VerifyLevel } from '@oh/backup';
import { InvalidArgumentError } from 'commander';

/** Reads `structure`, `all`, or a share such as `1/30`. @throws {InvalidArgumentError} Anything else. */
export function parseVerifyLevel(text: string): VerifyLevel {
  if (text === 'structure' || text === 'all') {
    return text;
  }
  const [, part, of] = /^(\d{1,6})\/(\d{1,6})$/.exec(text) ?? [];
  if (Number(part) >= 1 && Number(part) <= Number(of)) {
    return { part: Number(part), of: Number(of) };
  }
  throw new InvalidArgumentError('It is structure, all, or a share such as 1/30, from 1/30 to 30/30.');
}
