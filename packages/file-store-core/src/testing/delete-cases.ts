import assert from 'node:assert/strict';
import { expectError } from './expect-error.ts';
import type { FileStoreCase } from './file-store-case.ts';

/** Deleting. */
export const deleteCases: readonly FileStoreCase[] = [
  {
    name: 'deletes foo, and neither foobar nor foo2/x',
    advice: 'Delete the file at the path, and what begins with the path and a slash.',
    run: async (store) => {
      for (const path of ['foo', 'foobar', 'foo2/x', 'dir/foo', 'fo']) {
        await store.write(path, path);
      }
      await store.delete('foo');
      assert.deepEqual(await store.list(), ['dir/', 'fo', 'foo2/', 'foobar']);
      assert.equal(await store.exists('foo'), false);
    },
  },
  {
    name: 'deletes a directory with everything below, and not what only begins like it',
    advice: 'Delete the file at the path, and what begins with the path and a slash.',
    run: async (store) => {
      for (const path of ['foo/bar', 'foo/baz/deep/er', 'foobar', 'foo.txt', 'foo2/x']) {
        await store.write(path, path);
      }
      await store.delete('foo');
      assert.deepEqual(await store.list(), ['foo.txt', 'foo2/', 'foobar']);
      assert.deepEqual(await store.list('foo'), []);
      await store.write('foo/again', 'again');
      assert.deepEqual(await store.list('foo'), ['foo/again']);
    },
  },
  {
    name: 'deletes what is missing without an error',
    advice: 'Let `delete` succeed where nothing is there; with `ifVersion` that is `version-mismatch`.',
    run: async (store) => {
      await store.write('file', 'x');
      for (const path of ['missing', 'missing/deep', 'file/below']) {
        await store.delete(path);
      }
      assert.equal(await store.read('file'), 'x');
    },
  },
  {
    name: 'leaves no empty directory behind',
    advice: 'A directory is there because files are: list none that has none, and remove what the backend keeps of it.',
    run: async (store) => {
      await store.write('a/b/c/file', 'x');
      await store.write('a/other', 'x');
      await store.delete('a/b/c/file');
      assert.deepEqual(await store.list('a'), ['a/other']);
      await store.delete('a/other');
      assert.deepEqual(await store.list(), []);
    },
  },
  {
    name: 'refuses to delete the root, however it is spelled',
    run: async (store) => {
      await store.write('kept', 'x');
      for (const path of ['', '/', '.', './', '//./']) {
        await expectError(store.delete(path), 'invalid-path', path);
      }
      assert.equal(await store.read('kept'), 'x');
    },
  },
];
