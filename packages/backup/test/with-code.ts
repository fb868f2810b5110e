import { expect } from 'vitest';

/** Matches an error with this code. */
export function withCode(code: string): unknown {
  return expect.objectContaining({ code });
}
