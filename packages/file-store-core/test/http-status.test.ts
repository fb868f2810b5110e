import { expect, it } from 'vitest';
import { FileStoreError, type FileStoreErrorCode, httpStatusOf } from '../src/index.ts';

const expected: Readonly<Record<FileStoreErrorCode, number>> = {
  'not-found': 404,
  'already-exists': 412,
  'version-mismatch': 412,
  'path-conflict': 409,
  'invalid-path': 400,
  'invalid-argument': 400,
  'permission-denied': 403,
  'rate-limited': 429,
  unavailable: 503,
  timeout: 504,
  'no-space': 507,
  corrupt: 500,
  unsupported: 501,
  closed: 503,
  unknown: 500,
};

it.each(Object.entries(expected) as [FileStoreErrorCode, number][])('answers %s with %d', (code, status) => {
  expect(httpStatusOf(new FileStoreError(code, 'x'))).toBe(status);
});

it('answers 500 to what it does not know', () => {
  const newer = new FileStoreError('of-a-newer-copy' as FileStoreErrorCode, 'x');
  for (const error of [new Error('x'), Object.assign(new Error('x'), { code: 'not-found' }), undefined, 'not-found', newer]) {
    expect(httpStatusOf(error)).toBe(500);
  }
});

it('answers 429 or 5xx to what may pass, and to nothing else that a client could repeat', () => {
  for (const code of Object.keys(expected) as FileStoreErrorCode[]) {
    const error = new FileStoreError(code, 'x');
    expect(!error.retryable || [429, 503, 504].includes(httpStatusOf(error)), code).toBe(true);
  }
});
