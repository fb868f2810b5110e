import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { createFileStore, FileStoreError, isError } from '../src/index.ts';
import { MemoryDriver } from '../src/memory-driver.ts';

/** An error as a test of Jest gets it of Node: its `Error` is another one. */
const foreign: unknown = runInNewContext("Object.assign(new Error('disk on fire'), { code: 'EIO' })");

it('knows errors of this realm and of others, and nothing else', () => {
  expect(foreign).not.toBeInstanceOf(Error);
  expect([foreign, new TypeError('x'), new FileStoreError('closed', 'x'), new DOMException('x', 'AbortError')].map(isError)).toEqual([
    true,
    true,
    true,
    true,
  ]);
  expect([undefined, null, 'Error', { name: 'Error', message: 'x', stack: '' }].map(isError)).toEqual([false, false, false, false]);
});

it('tells what a driver has thrown, whatever realm it is of', async () => {
  const driver = new MemoryDriver(Number.POSITIVE_INFINITY, () => new Date());
  const store = createFileStore(Object.assign(driver, { stat: () => Promise.reject(foreign) }));
  await expect(store.stat('a')).rejects.toMatchObject({ code: 'unknown', message: '[unknown] "a": disk on fire', cause: foreign });
});
