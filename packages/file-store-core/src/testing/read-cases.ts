import assert from 'node:assert/strict';
import type { ByteRange } from '../file-store.ts';
import { expectError } from './expect-error.ts';
import type { FileStoreCase } from './file-store-case.ts';
import { collect, randomBytes } from './test-data.ts';

const ranges: readonly (readonly [ByteRange, string])[] = [
  [{}, '0123456789'],
  [{ start: 3 }, '3456789'],
  [{ end: 4 }, '0123'],
  [{ start: 2, end: 5 }, '234'],
  [{ start: 9, end: 10 }, '9'],
  [{ start: 5, end: 5 }, ''],
  [{ start: 8, end: 99 }, '89'],
  [{ start: 10 }, ''],
  [{ start: 99, end: 100 }, ''],
];

const badRanges: readonly ByteRange[] = [{ start: -1 }, { end: -1 }, { start: 5, end: 4 }, { start: 0.5 }, { end: Number.NaN }];

/** Reading: ranges, streams, open files, what is missing and what is not text. */
export const readCases: readonly FileStoreCase[] = [
  {
    name: 'reads ranges: end exclusive, past the end nothing, by every way of reading',
    advice: 'Give as `body` the bytes of `clampRange(range, size)`, whose `end` is not included, and as `info` that of the whole file.',
    run: async (store) => {
      await store.write('digits', '0123456789');
      const info = await store.stat('digits');
      for (const [range, expected] of ranges) {
        const hint = JSON.stringify(range);
        const file = await store.open('digits', { range });
        await file.close();
        assert.deepEqual({ ...file.info }, { ...info }, `the info of ${hint}`);
        assert.equal(await store.read('digits', { range }), expected, hint);
        assert.equal(Buffer.from(await store.readBytes('digits', { range })).toString(), expected, hint);
        const chunks = await collect(await store.readStream('digits', { range }));
        assert.equal(Buffer.concat(chunks).toString(), expected, hint);
      }
    },
  },
  {
    name: 'reads a range in the middle of a large file exactly',
    advice: 'Give as `body` the bytes of `clampRange(range, size)`, whose `end` is not included.',
    run: async (store) => {
      const bytes = randomBytes(3_000_000, 3);
      await store.write('large', bytes);
      const range = { start: 1_234_567, end: 2_345_678 };
      assert.equal(Buffer.compare(await store.readBytes('large', { range }), bytes.subarray(range.start, range.end)), 0);
    },
  },
  {
    name: 'refuses a range that is none',
    run: async (store) => {
      await store.write('digits', '0123456789');
      for (const range of badRanges) {
        await expectError(store.readBytes('digits', { range }), 'invalid-argument', JSON.stringify(range));
      }
    },
  },
  {
    name: 'streams a large file in chunks, and lets go of it when the reader stops early',
    run: async (store) => {
      const bytes = randomBytes(5_000_000, 5);
      await store.write('large', bytes);
      const chunks = await collect(await store.readStream('large'));
      assert.equal(Buffer.compare(Buffer.concat(chunks), bytes), 0);
      const reader = (await store.readStream('large')).getReader();
      await reader.read();
      await reader.cancel();
      await store.delete('large');
    },
  },
  {
    name: 'opens a file so that info and contents belong together',
    advice: 'Take `info` and `body` of one version in one step, and keep that version until the body is read.',
    run: async (store) => {
      const written = await store.write('paired', 'first');
      const file = await store.open('paired');
      await store.write('paired', 'second, longer');
      assert.equal(file.info.version, written.version);
      assert.equal(file.info.size, 5);
      assert.equal(await file.text(), 'first');
      await assert.rejects(file.bytes(), TypeError);
      await file.close();
    },
  },
  {
    name: 'closes an open file that nobody read, more than once, and fails what reads it afterwards',
    run: async (store) => {
      await store.write('large', randomBytes(2_000_000, 2));
      const file = await store.open('large');
      await file.close();
      await file.close();
      await expectError(file.bytes(), 'closed');
    },
  },
  {
    name: 'says not-found for what is missing, for directories, and names the path',
    advice:
      "Throw `new FileStoreError('not-found', message, { path })` from `read`, `stat` and `copy` where no file is there, and for nothing else: a directory is no file, and a missing one is not empty.",
    run: async (store) => {
      await store.write('dir/file', 'x');
      for (const path of ['missing', 'dir', 'dir/missing', 'dir/file/below', 'no/such/dir/file']) {
        await expectError(store.read(path), 'not-found', path);
        await expectError(store.readBytes(path), 'not-found', path);
        await expectError(store.readStream(path), 'not-found', path);
        await expectError(store.open(path), 'not-found', path);
        await expectError(store.stat(path), 'not-found', path);
        await assert.rejects(store.stat(path), { path });
        assert.equal(await store.exists(path), false, path);
      }
      assert.equal(await store.exists('dir/file'), true);
    },
  },
  {
    name: 'says corrupt for text that is not UTF-8, and still gives its bytes',
    run: async (store) => {
      const invalid = new Uint8Array([0x61, 0xff, 0xfe]);
      await store.write('invalid', invalid);
      await expectError(store.read('invalid'), 'corrupt');
      assert.deepEqual([...(await store.readBytes('invalid'))], [...invalid]);
    },
  },
  {
    name: 'tells size, version and time of a file',
    advice:
      'Give the same `FileInfo` from `write` and `stat`, with `modifiedAt` as a `Date` that only a change of the file moves, and without `contentType` and `metadata` that nobody gave.',
    run: async (store) => {
      const before = Date.now() - 5_000;
      const written = await store.write('a/b.txt', 'hello');
      const info = await store.stat('a/b.txt');
      assert.deepEqual({ ...info, modifiedAt: 0 }, { ...written, modifiedAt: 0 });
      assert.ok(Math.abs(info.modifiedAt.getTime() - written.modifiedAt.getTime()) <= 2_000, `${info.modifiedAt}, ${written.modifiedAt}`);
      assert.equal(info.size, 5);
      assert.ok(info.modifiedAt instanceof Date);
      assert.ok(info.contentType !== null && info.metadata !== null, 'null, where nothing was given');
      assert.ok(info.modifiedAt.getTime() >= before && info.modifiedAt.getTime() <= Date.now() + 5_000, `${info.modifiedAt}`);
    },
  },
];
