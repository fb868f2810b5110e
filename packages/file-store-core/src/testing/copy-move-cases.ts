import assert from 'node:assert/strict';
import { expectError } from './expect-error.ts';
import type { FileStoreCase } from './file-store-case.ts';
import { randomBytes } from './test-data.ts';

/** Copy and move. */
export const copyMoveCases: readonly FileStoreCase[] = [
  {
    name: 'copies a file, also over another, and keeps the source',
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
    name: 'says not-found for a missing source or a directory, and leaves the destination',
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
