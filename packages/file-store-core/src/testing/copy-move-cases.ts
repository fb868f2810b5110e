import assert from 'node:assert/strict';
import { hasErrorCode } from '../file-store-error.ts';
import { deletesByVersion } from '../write-options.ts';
import { expectError } from './expect-error.ts';
import type { FileStoreCase } from './file-store-case.ts';
import { randomBytes } from './test-data.ts';

/** Copy and move. */
export const copyMoveCases: readonly FileStoreCase[] = [
  {
    name: 'copies a file, also over another, and keeps the source',
    advice: 'Give from `copy` the `FileInfo` of the new file, with a version and a time of its own; without `copy` core reads and writes.',
    run: async (store) => {
      const bytes = randomBytes(700_000, 7);
      await store.write('from', bytes);
      await store.write('dir/to', 'old');
      const info = await store.copy('from', 'dir/to');
      assert.deepEqual({ ...info }, { ...(await store.stat('dir/to')) });
      assert.equal(info.path, 'dir/to');
      assert.equal(Buffer.compare(await store.readBytes('dir/to'), bytes), 0);
      assert.equal(Buffer.compare(await store.readBytes('from'), bytes), 0);
      await store.write('from', 'changed');
      assert.equal(Buffer.compare(await store.readBytes('dir/to'), bytes), 0);
    },
  },
  {
    name: 'moves a file, also over another and between directories, and leaves no empty directory',
    advice: 'Give from `move` the `FileInfo` of the new file, and remove `from`; without `move` core copies and deletes.',
    run: async (store) => {
      await store.write('a/b/from', 'moved');
      await store.write('c/to', 'old');
      const info = await store.move('a/b/from', 'c/to');
      assert.deepEqual({ ...info }, { ...(await store.stat('c/to')) });
      assert.equal(await store.read('c/to'), 'moved');
      assert.deepEqual(await store.list(), ['c/']);
      await store.move('c/to', 'new/dir/to');
      assert.equal(await store.read('new/dir/to'), 'moved');
    },
  },
  {
    name: 'moves a file and nothing of a directory beside it, or refuses to move it',
    advice: 'Remove in `move` the file at `from` alone: what begins with `from` and a slash stays.',
    run: async (store) => {
      if (!store.capabilities.fileBesideDirectory) {
        await store.write('foo/bar', 'below');
        return await expectError(store.move('foo', 'to'), 'not-found');
      }
      await store.write('foo', 'beside');
      await store.write('foo/bar', 'below');
      if (deletesByVersion(store.capabilities)) {
        await store.move('foo', 'to');
        await expectError(store.stat('foo'), 'not-found');
        assert.equal(await store.read('to'), 'beside');
      } else {
        await store.move('foo', 'to').catch((error: unknown) => assert.ok(hasErrorCode(error, 'unsupported'), String(error)));
      }
      assert.equal(await store.read('foo/bar'), 'below');
    },
  },
  {
    name: 'says not-found for a missing source or a directory, and leaves the destination',
    advice: 'Look for the source before the destination is touched; of a directory, too, it is `not-found`.',
    run: async (store) => {
      await store.write('dir/file', 'x');
      await store.write('to', 'kept');
      for (const from of ['missing', 'dir']) {
        await expectError(store.copy(from, 'to'), 'not-found');
        await expectError(store.move(from, 'to'), 'not-found');
      }
      assert.equal(await store.read('to'), 'kept');
      assert.equal(await store.read('dir/file'), 'x');
    },
  },
  {
    name: 'copies and moves a file to itself without touching it',
    run: async (store) => {
      const written = await store.write('same', 'x');
      assert.equal((await store.copy('same', './same')).version, written.version);
      assert.equal((await store.move('same', '/same')).version, written.version);
      assert.equal(await store.read('same'), 'x');
      await expectError(store.move('missing', 'missing'), 'not-found');
    },
  },
  {
    name: 'lets one of 32 movers of a file win',
    advice: 'Move the file in one step of the backend; who comes too late gets `not-found`.',
    run: async (store) => {
      await store.write('from', 'x');
      const results = await Promise.allSettled(Array.from({ length: 32 }, (_, i) => store.move('from', `to/${i}`)));
      const winners = results.filter((result) => result.status === 'fulfilled');
      assert.ok(winners.length >= 1);
      assert.equal(await store.exists('from'), false);
      for (const result of results) {
        if (result.status === 'rejected') {
          assert.equal(result.reason.code, 'not-found', String(result.reason));
        }
      }
    },
  },
];
