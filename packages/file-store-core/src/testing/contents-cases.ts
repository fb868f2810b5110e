import assert from 'node:assert/strict';
import type { FileStoreCase } from './file-store-case.ts';
import { randomBytes } from './test-data.ts';

const texts: Readonly<Record<string, string>> = {
  empty: '',
  plain: 'hello',
  'CRLF and CR': 'a\r\nb\rc\n',
  'byte order mark': '\ufeffmarked',
  'non-ASCII': 'Ünïcode – “quotes” 😀 \u{10ffff}',
  'NUL inside': 'a\0b',
  'looks like JSON': 'true',
};

const sizes: readonly number[] = [0, 1, 255, 1400, 65_535, 65_536, 65_537, 1_048_577];

/** Round trips of text and bytes. */
export const contentsCases: readonly FileStoreCase[] = [
  ...Object.entries(texts).map(
    ([what, text]): FileStoreCase => ({
      name: `gives back text as it was written: ${what}`,
      advice: 'Store the bytes that come: no newline is translated, no byte order mark taken off, and an empty file is a file.',
      run: async (store) => {
        const info = await store.write('text.txt', text);
        assert.equal(info.size, Buffer.byteLength(text));
        assert.equal(info.path, 'text.txt');
        assert.equal(await store.read('text.txt'), text);
      },
    }),
  ),
  {
    name: 'gives back random bytes of many sizes, in memory of their own',
    advice:
      'Give as `body` what shares memory with nobody: `new Uint8Array(bytes)`, since `slice` and `subarray` of a `Buffer` copy nothing.',
    run: async (store) => {
      for (const size of sizes) {
        const bytes = randomBytes(size, size);
        await store.write('bytes.bin', bytes);
        const read = await store.readBytes('bytes.bin');
        assert.deepEqual(Buffer.compare(read, bytes), 0, `${size} bytes differ`);
        assert.equal(read.buffer.byteLength, size, 'the array shows more memory than the file has');
      }
    },
  },
  {
    name: 'gives back 16 MiB from memory and from a stream',
    run: async (store) => {
      const bytes = randomBytes(16 * 1024 * 1024, 16);
      await store.write('large.bin', bytes);
      assert.equal(Buffer.compare(await store.readBytes('large.bin'), bytes), 0);
      const chunks = async function* (): AsyncGenerator<Uint8Array> {
        for (let i = 0; i < bytes.byteLength; i += 300_000) {
          yield bytes.subarray(i, i + 300_000);
        }
      };
      const info = await store.write('streamed.bin', chunks());
      assert.equal(info.size, bytes.byteLength);
      assert.equal(Buffer.compare(await store.readBytes('streamed.bin'), bytes), 0);
    },
  },
  {
    name: 'takes a ReadableStream, an empty stream and empty chunks',
    run: async (store) => {
      await store.write('web.txt', new Blob(['from a ', 'web stream']).stream());
      assert.equal(await store.read('web.txt'), 'from a web stream');
      await store.write('empty.txt', new Blob([]).stream());
      assert.equal(await store.read('empty.txt'), '');
      await store.write('chunks.txt', chunksOf('', 'a', '', 'b', ''));
      assert.equal(await store.read('chunks.txt'), 'ab');
    },
  },
  {
    name: 'takes an ArrayBuffer, views of any kind and a Blob',
    run: async (store) => {
      const bytes = Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7);
      const contents = {
        buffer: bytes.buffer,
        words: new Uint16Array(bytes.buffer, 2, 2),
        view: new DataView(bytes.buffer, 5),
        blob: new Blob([bytes]),
      };
      for (const [path, given] of Object.entries(contents)) {
        await store.write(path, given);
      }
      const stored = await Promise.all(Object.keys(contents).map(async (path) => [...(await store.readBytes(path))]));
      assert.deepEqual(stored, [[...bytes], [2, 3, 4, 5], [5, 6, 7], [...bytes]]);
    },
  },
  {
    name: 'is not changed by what the caller does to its arrays afterwards',
    advice: 'Keep and give copies, `new Uint8Array(bytes)`: `slice` and `subarray` of a `Buffer` copy nothing.',
    run: async (store) => {
      for (const written of [Uint8Array.of(1, 2, 3), Buffer.from([1, 2, 3]), '\u0001\u0002\u0003']) {
        await store.write('own.bin', written);
        if (typeof written !== 'string') {
          written.fill(9);
        }
        const read = await store.readBytes('own.bin');
        assert.equal(read.buffer.byteLength, 3, 'the array shows more memory than the file has');
        read.fill(8);
        assert.deepEqual([...(await store.readBytes('own.bin'))], [1, 2, 3]);
      }
    },
  },
  {
    name: 'stores bytes as they were at the call, whatever becomes of their memory while the write waits',
    run: async (store) => {
      for (const size of [3, 100_000, 20_000_000]) {
        const changed = new Uint8Array(size).fill(7);
        const writing = store.write('changed.bin', changed);
        changed.fill(9);
        const transferred = new Uint8Array(size).fill(7);
        const other = store.write('transferred.bin', transferred);
        structuredClone(transferred, { transfer: [transferred.buffer] });
        assert.deepEqual([(await writing).size, (await other).size], [size, size]);
        for (const path of ['changed.bin', 'transferred.bin']) {
          assert.equal(Buffer.compare(await store.readBytes(path), new Uint8Array(size).fill(7)), 0, `${path} of ${size} bytes differs`);
        }
      }
    },
  },
  {
    name: 'refuses memory that was transferred before, leaving the old file',
    run: async (store) => {
      await store.write('kept.bin', 'old');
      const bytes = new Uint8Array(3);
      const { buffer } = bytes;
      structuredClone(buffer, { transfer: [buffer] });
      for (const gone of [bytes, buffer]) {
        await assert.rejects(store.write('kept.bin', gone), { code: 'invalid-argument', path: 'kept.bin' });
      }
      assert.equal(await store.read('kept.bin'), 'old');
    },
  },
  {
    name: 'takes a stream that uses the memory of its chunks again',
    advice:
      'Copy each chunk that is kept while the next one is asked for, with `new Uint8Array(chunk)`, as `collectBytes` does: `slice` of a `Buffer` copies nothing.',
    run: async (store) => {
      for (const memory of [new Uint8Array(300_000), Buffer.alloc(300_000)]) {
        const expected = randomBytes(memory.byteLength * 3, 3);
        const chunks = async function* (): AsyncGenerator<Uint8Array> {
          for (let i = 0; i < expected.byteLength; i += memory.byteLength) {
            memory.set(expected.subarray(i, i + memory.byteLength));
            yield memory;
          }
          memory.fill(0);
        };
        await store.write('reused.bin', chunks());
        assert.equal(Buffer.compare(await store.readBytes('reused.bin'), expected), 0);
        if (store.capabilities.append) {
          await store.append('reused.bin', chunks());
          assert.equal(Buffer.compare(await store.readBytes('reused.bin'), Buffer.concat([expected, expected])), 0);
        }
      }
    },
  },
  {
    name: 'keeps the old file when the source of a write fails, and hands on its error',
    advice:
      'Put the new file in the place of the old one in one step, when its source has been read to the end, and throw what the source has thrown.',
    run: async (store) => {
      const failure = new Error('the source broke');
      const failing = async function* (): AsyncGenerator<Uint8Array> {
        yield randomBytes(200_000, 1);
        throw failure;
      };
      await store.write('kept.txt', 'old');
      await assert.rejects(store.write('kept.txt', failing()), (error) => error === failure);
      await assert.rejects(store.write('never.txt', failing()), (error) => error === failure);
      assert.equal(await store.read('kept.txt'), 'old');
      assert.deepEqual(await store.list(), ['kept.txt']);
    },
  },
  {
    name: 'refuses text with a lone surrogate, and chunks that are not bytes, leaving the old file',
    run: async (store) => {
      await store.write('kept.txt', 'old');
      await assert.rejects(store.write('kept.txt', 'bad \ud800'), { code: 'invalid-argument' });
      await assert.rejects(store.write('kept.txt', new Blob(['x']).stream().pipeThrough(new TextDecoderStream()) as never), TypeError);
      await assert.rejects(store.write('kept.txt', 5 as never), TypeError);
      assert.equal(await store.read('kept.txt'), 'old');
    },
  },
];

async function* chunksOf(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) {
    yield Buffer.from(text);
  }
}
