import { expect, it } from 'vitest';
import { MemoryFileStore, withPrefix } from '../src/index.ts';
import { createFaultyFileStore, describeFileStore } from '../src/testing/index.ts';

describeFileStore('withPrefix', {
  open: async () => {
    const store = new MemoryFileStore();
    await store.write('users/alice-not-me/file', 'outside');
    await store.write('users/alicf', 'outside');
    return withPrefix(store, '/users//alice/');
  },
  capabilities: { conditions: true, append: true, metadata: true, fileBesideDirectory: true, maxFileBytes: Number.POSITIVE_INFINITY },
  // The prefix takes its share of the 1,024 bytes.
  refusesPath: (path) => Buffer.byteLength(`users/alice/${path}`) > 1024,
});

it('never leaves its directory, whatever the path', async () => {
  const store = new MemoryFileStore();
  await store.write('users/bob/secret', 'secret');
  const view = withPrefix(store, 'users/alice');
  for (const path of ['../bob/secret', '/../bob/secret', 'x/../../bob/secret']) {
    await expect(view.read(path)).rejects.toMatchObject({ code: 'invalid-path' });
    await expect(view.delete(path)).rejects.toMatchObject({ code: 'invalid-path' });
  }
  expect(await view.list('/')).toEqual([]);
  await expect(view.delete('.')).rejects.toMatchObject({ code: 'invalid-path' });
  expect(await store.read('users/bob/secret')).toBe('secret');
});

it('names the path of the view in every error, that of a listing too', async () => {
  const failing = createFaultyFileStore(new MemoryFileStore(), { faults: [{ code: 'permission-denied' }] });
  const view = withPrefix(failing, 'users/alice');
  const denied = { code: 'permission-denied', path: 'dir' };
  await expect(view.list('dir')).rejects.toMatchObject(denied);
  await expect(Array.fromAsync(view.entries('dir'))).rejects.toMatchObject(denied);
  await expect(view.stat('dir')).rejects.toMatchObject(denied);
  await expect(view.list()).rejects.toMatchObject({ ...denied, path: '' });
  await expect(Array.fromAsync(view.entries())).rejects.toMatchObject({ ...denied, path: '' });
});

it('leaves the store beneath open when it is closed', async () => {
  const store = new MemoryFileStore();
  const view = withPrefix(store, 'a');
  await view.write('b', 'x');
  await view.close();
  await expect(view.read('b')).rejects.toMatchObject({ code: 'closed' });
  expect(await store.read('a/b')).toBe('x');
});
