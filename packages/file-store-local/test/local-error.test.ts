import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { isMissing, toLocalError } from '../src/local-error.ts';

it('reads errors of the system also where they are of another realm, as in tests of Jest', () => {
  const error: unknown = runInNewContext("Object.assign(new Error('ENOENT: no such file'), { code: 'ENOENT', syscall: 'open' })");
  expect(error).not.toBeInstanceOf(Error);
  expect(isMissing(error)).toBe(true);
  expect(toLocalError(error, 'read', 'a/b')).toMatchObject({ code: 'not-found', path: 'a/b', cause: error });
});
