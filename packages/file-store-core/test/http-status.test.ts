import { expect, it } from 'vitest';
import { FileStoreError, type FileStoreErrorCode, httpStatusOf } from '../src/index.ts';

const codesOf: Readonly<Record<number, readonly FileStoreErrorCode[]>> = {
  400: ['invalid-path', 'invalid-argument'],
  403: ['permission-denied'],
  404: ['not-found'],
  409: ['path-conflict'],
  412: ['already-exists', 'version-mismatch'],
  429: ['rate-limited'],
  500: ['corrupt', 'unknown'],
  501: ['unsupported'],
  503: ['unavailable', 'closed'],
  504: ['timeout'],
  507: ['no-space'],
};

const cases = Object.entries(codesOf).flatMap(([status, codes]) => codes.map((code) => [code, Number(status)] as const));

it.each(cases)('answers %s with %d', (code, status) => {
  expect(httpStatusOf(new FileStoreError(code, 'x'))).toBe(status);
});

it('answers 500 to what it does not know', () => {
  const newer = new FileStoreError('of-a-newer-copy' as FileStoreErrorCode, 'x');
  for (const error of [new Error('x'), Object.assign(new Error('x'), { code: 'not-found' }), undefined, 'not-found', newer]) {
    expect(httpStatusOf(error)).toBe(500);
  }
});

it('answers 429 or 5xx to what may pass, and to nothing else that a client could repeat', () => {
  for (const [code] of cases) {
    const error = new FileStoreError(code, 'x');
    expect(!error.retryable || [429, 503, 504].includes(httpStatusOf(error)), code).toBe(true);
  }
});
