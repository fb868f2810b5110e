import { expect, it } from 'vitest';
import { FileStoreError, hasErrorCode } from '../src/index.ts';

it('leads its message with the code and keeps path and cause', () => {
  const cause = new Error('inner');
  const error = new FileStoreError('not-found', 'no file at "a/b"', { path: 'a/b', cause });
  expect(error.message).toBe('[not-found] no file at "a/b"');
  expect(error.reason).toBe('no file at "a/b"');
  expect(error).toMatchObject({ name: 'FileStoreError', code: 'not-found', path: 'a/b', retryable: false, cause });
  expect(error).toBeInstanceOf(Error);
  expect(Object.keys(error)).not.toContain('cause');
});

it('knows which failures may pass', () => {
  for (const code of ['rate-limited', 'unavailable', 'timeout'] as const) {
    expect(new FileStoreError(code, 'x').retryable).toBe(true);
    expect(new FileStoreError(code, 'x', { retryable: false }).retryable).toBe(false);
  }
  expect(new FileStoreError('version-mismatch', 'x').retryable).toBe(false);
});

it('is recognised across copies of the package, and nothing else is', async () => {
  const url = new URL('../src/file-store-error.ts?copy', import.meta.url);
  const copy = (await import(url.href)) as typeof import('../src/index.ts');
  expect(copy.FileStoreError).not.toBe(FileStoreError);
  expect(new copy.FileStoreError('closed', 'x')).toBeInstanceOf(FileStoreError);
  for (const other of [new Error('x'), undefined, null, 'x', { code: 'closed' }]) {
    expect(other instanceof FileStoreError).toBe(false);
  }
});

it('is told apart by its code', () => {
  const error: unknown = new FileStoreError('closed', 'x');
  expect(hasErrorCode(error, 'closed')).toBe(true);
  expect(hasErrorCode(error, 'unknown')).toBe(false);
  expect(hasErrorCode(Object.assign(new Error('x'), { code: 'closed' }), 'closed')).toBe(false);
});
