import assert from 'node:assert/strict';
import { expectError } from './expect-error.ts';
import type { FileStoreCase } from './file-store-case.ts';

const contentType = 'application/json; charset=utf-8';
const metadata = { author: 'Zoë', 'trace-id': 'a b+c=😀' };

/** Content type and metadata, or their refusal. */
export const metadataCases: readonly FileStoreCase[] = [
  {
    name: 'keeps content type and metadata through stat, open, copy and move; or refuses them before any I/O',
    run: async (store) => {
      if (!store.capabilities.metadata) {
        await expectError(store.write('file', 'x', { contentType }), 'unsupported');
        await expectError(store.write('file', 'x', { metadata }), 'unsupported');
        await expectError(store.write('file', new Blob(['x']).stream(), { metadata: {} }), 'unsupported');
        assert.deepEqual(await store.list(), []);
        return;
      }
      await store.write('file', 'x', { contentType, metadata });
      await store.copy('file', 'copy');
      await store.move('file', 'moved');
      for (const path of ['copy', 'moved']) {
        const info = await store.stat(path);
        assert.equal(info.contentType, contentType);
        assert.deepEqual({ ...info.metadata }, metadata);
        const file = await store.open(path);
        await file.close();
        assert.deepEqual({ ...file.info }, { ...info });
      }
    },
  },
  {
    name: 'forgets the metadata of the file that was replaced',
    run: async (store) => {
      if (!store.capabilities.metadata) {
        return await expectError(store.write('file', 'x', { metadata }), 'unsupported');
      }
      await store.write('file', 'x', { contentType, metadata });
      await store.write('file', 'y');
      assert.deepEqual((await store.stat('file')).metadata ?? {}, {});
      assert.notEqual((await store.stat('file')).contentType, contentType);
    },
  },
  {
    name: 'refuses metadata that not every store could keep',
    run: async (store) => {
      const code = store.capabilities.metadata ? 'invalid-argument' : 'unsupported';
      const bad: readonly Readonly<Record<string, string>>[] = [
        { Upper: 'x' },
        { 'a b': 'x' },
        { a: 'line\nbreak' },
        { a: 'x'.repeat(2048) },
      ];
      for (const each of bad) {
        await expectError(store.write('file', 'x', { metadata: each }), code);
      }
      await expectError(store.write('file', 'x', { contentType: 'text/ü' }), code);
      assert.deepEqual(await store.list(), []);
    },
  },
];
