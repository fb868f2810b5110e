import { MemoryFileStore } from '@oh/file-store-core';
import { describeFileStore } from '@oh/file-store-core/testing';
import { expect, it } from 'vitest';

describeFileStore('MemoryFileStore', {
  open: () => new MemoryFileStore(),
  capabilities: { conditions: true, append: true, metadata: true, fileBesideDirectory: true, maxFileBytes: Number.POSITIVE_INFINITY },
});

it('answers no-space beyond maxBytes and keeps what it has', async () => {
  await using store = new MemoryFileStore({ maxBytes: 10 });
  await store.write('a', '12345');
  await store.write('b', '12345');
  await expect(store.write('c', '1')).rejects.toMatchObject({ code: 'no-space', path: 'c' });
  await expect(store.append('a', '1')).rejects.toMatchObject({ code: 'no-space' });
  await expect(store.copy('a', 'c')).rejects.toMatchObject({ code: 'no-space' });
  await expect(store.write('a', '123456')).rejects.toMatchObject({ code: 'no-space' });
  expect(await store.read('a')).toBe('12345');
  await store.write('a', '1');
  await store.move('b', 'd/e');
  await store.delete('d');
  await store.write('c', '123456789');
  expect(await store.list()).toEqual(['a', 'c']);
});

it('gives no version that another store gives', async () => {
  await using one = new MemoryFileStore();
  await using other = new MemoryFileStore();
  const [{ version }, { version: otherVersion }] = [await one.write('a', 'x'), await other.write('a', 'y')];
  expect(version).not.toBe(otherVersion);
  await expect(other.write('a', 'z', { ifVersion: version })).rejects.toMatchObject({ code: 'version-mismatch' });
});

it('refuses a maxBytes that is none', () => {
  expect(() => new MemoryFileStore({ maxBytes: -1 })).toThrow(RangeError);
});

it('gives bytes of a type that Response, Blob and Web Crypto take', async () => {
  const store = new MemoryFileStore();
  await store.write('file', 'x');
  const bytes = await store.readBytes('file');
  expect(await new Response(bytes).text()).toBe('x');
  expect(new Blob([bytes, await (await store.open('file')).bytes()]).size).toBe(2);
  expect((await crypto.subtle.digest('SHA-256', bytes)).byteLength).toBe(32);
});
