import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FileStore } from '../file-store.ts';
import type { FileStoreCase } from './file-store-case.ts';
import { collect } from './test-data.ts';

const writes = 30;
const readers = 4;
const oneVersion =
  'Put the new file in the place of the old one in one step; take `info` and `body` of one version in one step, and keep that version until the body is read.';

/** What readers see while others write: whole files whose version belongs to them. */
export const tornReadCases: readonly FileStoreCase[] = [
  {
    name: 'never sees a torn file while bytes overwrite it',
    advice: oneVersion,
    run: (store) => overwrite(store, (body) => body),
  },
  {
    name: 'never sees a torn file while streams overwrite it',
    advice: oneVersion,
    run: (store) => overwrite(store, (body) => new Blob([body]).stream()),
  },
  {
    name: 'never misses a file that is only ever overwritten',
    advice: 'Put the new file in the place of the old one in one step: to delete the old one first leaves a moment without any.',
    run: async (store) => {
      await store.write('file', 'start');
      let done = false;
      const writing = (async () => {
        for (let i = 0; i < 200; i += 1) {
          await store.write('file', `${i}`);
        }
        done = true;
      })();
      while (!done) {
        await nextTurn();
        assert.equal(await store.exists('file'), true);
        assert.deepEqual(await store.list(), ['file']);
      }
      await writing;
    },
  },
];

/** Each body is one byte repeated, of a length of its own: a mixture or a part shows. */
async function overwrite(
  store: FileStore,
  toContents: (body: Uint8Array<ArrayBuffer>) => Uint8Array | ReadableStream<Uint8Array>,
): Promise<void> {
  const fillOf = new Map<string, number>();
  const put = async (i: number): Promise<void> => {
    const { version } = await store.write('file', toContents(new Uint8Array(bodySize(i)).fill(i)));
    fillOf.set(version, i);
  };
  await put(1);
  const seen: { version: string; fill: number }[] = [];
  let done = false;
  const read = async (): Promise<void> => {
    while (!done) {
      // A store in memory never leaves the microtask queue, and would keep the writers from their turn.
      await nextTurn();
      const file = await store.open('file');
      const bytes = Buffer.concat(await collect(file.stream()));
      const fill = bytes[0] ?? -1;
      assert.equal(bytes.byteLength, bodySize(fill), 'a part of a file');
      assert.ok(bytes.equals(Buffer.alloc(bytes.byteLength, fill)), 'a mixture of two files');
      assert.equal(file.info.size, bytes.byteLength);
      seen.push({ version: file.info.version, fill });
    }
  };
  const reading = Promise.all(Array.from({ length: readers }, read));
  for (let i = 2; i < writes; i += 2) {
    await Promise.all([put(i), put(i + 1)]);
  }
  done = true;
  await reading;
  assert.ok(seen.length > 0);
  for (const { version, fill } of seen) {
    assert.equal(fillOf.get(version), fill, 'a version that belongs to other contents');
  }
}

function bodySize(fill: number): number {
  return 1_000_000 + fill * 1000;
}
