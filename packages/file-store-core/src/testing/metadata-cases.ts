import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expectError } from './expect-error.ts';
import type { FileStoreCase } from './file-store-case.ts';

const contentType = 'application/json; charset=utf-8';
const metadata = { author: 'Zoë', 'trace-id': 'a b+c=😀' };

/** Content type and metadata, or their refusal. */
export const metadataCases: readonly FileStoreCase[] = [
  {
    name: 'keeps content type and metadata through stat, open, copy and move; or refuses them before any I/O',
    advice:
      'Keep `contentType` and `metadata` with the file and give them from `stat`, `read`, `copy` and `move`; where the backend cannot, say so with `capabilities.metadata: false`.',
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
    name: 'is not changed by what the caller does to metadata that it gave or got',
    advice: 'Give a copy of the `metadata` that is kept: `{ ...metadata }`.',
    run: async (store) => {
      if (!store.capabilities.metadata) {
        return await expectError(store.write('file', 'x', { metadata }), 'unsupported');
      }
      const given: Record<string, string> = { ...metadata };
      const writing = store.write('file', 'x', { metadata: given });
      // What programs without types may do.
      const change = (some: object = {}): object => Object.assign(some, { author: 'somebody else' });
      change(given);
      change((await writing).metadata);
      change((await store.stat('file')).metadata);
      assert.deepEqual({ ...(await store.stat('file')).metadata }, metadata);
    },
  },
  {
    name: 'forgets the metadata of the file that was replaced',
    advice: 'Replace content type and metadata with the contents, by none where none are given.',
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
    name: 'shows contents with the metadata they were written with, while others overwrite it',
    advice: 'Store contents, content type and metadata in one step, and read them in one.',
    run: async (store) => {
      if (!store.capabilities.metadata) {
        return await expectError(store.write('file', 'x', { metadata }), 'unsupported');
      }
      const put = (text: string): Promise<unknown> => store.write('file', text, { contentType: `text/${text}`, metadata: { text } });
      await put('start');
      let done = false;
      const writing = (async () => {
        for (let i = 0; i < 60; i += 1) {
          await Promise.all([put(`a${i}`), put(`b${i}`)]);
        }
        done = true;
      })();
      let seen = 0;
      while (!done) {
        await nextTurn();
        const file = await store.open('file');
        const text = await file.text();
        assert.deepEqual([file.info.contentType, { ...file.info.metadata }], [`text/${text}`, { text }]);
        const info = await store.stat('file');
        assert.equal(info.contentType, `text/${info.metadata?.['text']}`);
        seen += 1;
      }
      await writing;
      assert.ok(seen > 0);
    },
  },
  {
    name: 'keeps the metadata of a file that is appended to',
    advice: 'Leave content type and metadata as they are in `append`, and give them in its result.',
    run: async (store) => {
      if (!store.capabilities.metadata) {
        return await expectError(store.write('file', 'x', { metadata }), 'unsupported');
      }
      if (!store.capabilities.append) {
        return await expectError(store.append('file', 'x'), 'unsupported');
      }
      await store.write('file', 'one', { contentType, metadata });
      const appended = await store.append('file', 'two');
      const info = await store.stat('file');
      assert.deepEqual([info.contentType, { ...info.metadata }, info.size], [contentType, metadata, 6]);
      assert.deepEqual({ ...appended }, { ...info });
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
        // What programs without types may hand in.
        ...([null, 'text', 1, []] as never[]),
      ];
      for (const each of bad) {
        await expectError(store.write('file', 'x', { metadata: each }), code);
      }
      for (const each of ['text/ü', '', null, 1] as string[]) {
        await expectError(store.write('file', 'x', { contentType: each }), code);
      }
      assert.deepEqual(await store.list(), []);
    },
  },
];
