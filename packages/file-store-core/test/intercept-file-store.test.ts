import { expect, it } from 'vitest';
import { MemoryFileStore } from '../src/index.ts';
import { interceptFileStore } from '../src/testing/index.ts';

it('sees every operation before it is made', async () => {
  const store = new MemoryFileStore();
  const seen: unknown[] = [];
  const watched = interceptFileStore(store, async (operation, path, options) => {
    seen.push([operation, path, options, await store.exists('file')]);
  });
  await watched.write('file', 'x', { ifAbsent: true });
  expect(await watched.read('file')).toBe('x');
  for await (const { path } of watched.entries('', { recursive: true })) {
    expect(path).toBe('file');
  }
  expect(watched.capabilities).toBe(store.capabilities);
  expect(seen).toEqual([
    ['write', 'file', { ifAbsent: true }, false],
    ['read', 'file', 'file', true],
    ['entries', '', { recursive: true }, true],
  ]);
});

it('fails as the interceptor does, without the operation', async () => {
  const store = new MemoryFileStore();
  const refusing = interceptFileStore(store, (operation) => {
    if (operation !== 'exists') {
      throw new Error(`no ${operation}`);
    }
  });
  await expect(refusing.write('file', 'x')).rejects.toThrow('no write');
  await expect(refusing.entries()[Symbol.asyncIterator]().next()).rejects.toThrow('no entries');
  expect(await refusing.exists('file')).toBe(false);
});
