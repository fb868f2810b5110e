import assert from 'node:assert/strict';
import { comparePaths } from '../compare-paths.ts';
import type { FileStore } from '../file-store.ts';
import { expectError } from './expect-error.ts';
import type { FileStoreCase } from './file-store-case.ts';
import { collect, repeat } from './test-data.ts';

/** Around the page of 1,000 that object stores have. */
const counts: readonly number[] = [0, 1, 1000, 1001, 2500];

const inOrder: readonly string[] = ['A.txt', 'Z/z', 'a-b', 'a.b', 'a/-', 'a/b/c', 'a/b0', 'a0', 'ab/c', 'é', 'ﬁ', '\uffee', '😀/x', '😀y'];

/** Listings: what is in them, their order, paging. */
export const listingCases: readonly FileStoreCase[] = [
  {
    name: 'lists direct children as full paths, directories with a slash',
    advice: 'Give from `entries` full paths from the root of the store, and a directory once, with a slash at its end.',
    run: async (store) => {
      await write(store, 'top.txt', 'to/one.txt', 'to/two/deep.txt', 'to/two/deeper/x', 'tomato/x');
      assert.deepEqual(await store.list(), ['to/', 'tomato/', 'top.txt']);
      assert.deepEqual(await store.list('to'), ['to/one.txt', 'to/two/']);
      assert.deepEqual(await store.list('to/'), ['to/one.txt', 'to/two/']);
      assert.deepEqual(await store.list('to/two'), ['to/two/deep.txt', 'to/two/deeper/']);
    },
  },
  {
    name: 'lists nothing of what is missing and of a file',
    advice: 'Give from `entries` what begins with the path and a slash: nothing of a file itself, and no error where nothing is there.',
    run: async (store) => {
      await write(store, 'dir/file');
      for (const path of ['missing', 'dir/file', 'dir/file/below', 'di', 'dir/fil']) {
        assert.deepEqual(await store.list(path), [], path);
        assert.deepEqual(await collect(store.entries(path, { recursive: true })), [], path);
      }
    },
  },
  {
    name: 'orders by UTF-8 bytes, flat and recursive',
    advice:
      'Order the entries with `comparePaths`, directories with their slash: `sort()` alone compares UTF-16, and `localeCompare` letters.',
    run: async (store) => {
      await write(store, ...[...inOrder].reverse());
      const recursive = await collect(store.entries('', { recursive: true }));
      assert.deepEqual(
        recursive.map((entry) => entry.path),
        inOrder,
      );
      const flat = await store.list();
      assert.deepEqual(flat, [...flat].sort(comparePaths));
      assert.deepEqual(flat, ['A.txt', 'Z/', 'a-b', 'a.b', 'a/', 'a0', 'ab/', 'é', 'ﬁ', '\uffee', '😀/', '😀y']);
    },
  },
  {
    name: 'gives size, version and time with each file, as stat does',
    advice: 'Give with each entry the `size`, `version` and `modifiedAt` that `stat` gives, and nothing besides `kind` and `path`.',
    run: async (store) => {
      await store.write('dir/one', 'x');
      await store.write('dir/two', 'four');
      for await (const entry of store.entries('dir')) {
        assert.equal(entry.kind, 'file');
        const { size, version, modifiedAt } = await store.stat(entry.path);
        assert.deepEqual(entry, { kind: 'file', path: entry.path, size, version, modifiedAt });
      }
      assert.deepEqual(await collect(store.entries()), [{ kind: 'directory', path: 'dir/' }]);
    },
  },
  {
    name: 'starts after any path, be it there or not, and stops at the limit',
    advice: 'Give the entries for which `comparePaths(path, startAfter) > 0`, directories with their slash.',
    run: async (store) => {
      await write(store, ...inOrder);
      for (const recursive of [false, true]) {
        const all = (await collect(store.entries('', { recursive }))).map((entry) => entry.path);
        for (const startAfter of ['', '0', ...all, 'a/b', 'a/b/', 'a/b/c/d', 'aa', 'é/x', '\u{10ffff}']) {
          const expected = all.filter((path) => comparePaths(path, startAfter) > 0);
          const after = await collect(store.entries('', { recursive, startAfter }));
          assert.deepEqual(
            after.map((entry) => entry.path),
            expected,
            `after ${startAfter}, recursive: ${recursive}`,
          );
          const limited = await collect(store.entries('', { recursive, startAfter, limit: 2 }));
          assert.deepEqual(limited, after.slice(0, 2));
        }
      }
      assert.deepEqual(await collect(store.entries('', { limit: 0 })), []);
      const inside = await collect(store.entries('a', { startAfter: 'a/-', recursive: true }));
      assert.deepEqual(
        inside.map((entry) => entry.path),
        ['a/b/c', 'a/b0'],
      );
    },
  },
  {
    name: 'refuses a limit that is none',
    run: async (store) => {
      for (const limit of [-1, 1.5, Number.NaN]) {
        await expectError(collect(store.entries('', { limit })), 'invalid-argument');
      }
    },
  },
  {
    name: 'lists directories of 0, 1, 1,000, 1,001 and 2,500 files to the end, page by page and at once',
    advice: 'Ask the backend for the next page until it says that there is none.',
    run: async (store) => {
      for (const count of counts) {
        await repeat(count, 64, (i) => store.write(`d${count}/${name(i)}`, `${i}`));
      }
      for (const count of counts) {
        const expected = Array.from({ length: count }, (_, i) => `d${count}/${name(i)}`);
        assert.deepEqual(await store.list(`d${count}`), expected);
        assert.deepEqual(await inPages(store, `d${count}`, 999), expected);
      }
      assert.deepEqual(await store.list(), ['d1/', 'd1000/', 'd1001/', 'd2500/']);
      const recursive = await collect(store.entries('', { recursive: true }));
      assert.equal(recursive.length, 4502);
      await store.delete('d2500');
      assert.deepEqual(await store.list(), ['d1/', 'd1000/', 'd1001/']);
      assert.equal((await store.list('d1001')).length, 1001);
    },
  },
  {
    name: 'meets what stays exactly once while other files come and go',
    advice: 'Ask for the next page by the last path that was given, not by how many there were.',
    run: async (store) => {
      await repeat(300, 32, (i) => store.write(`busy/stays-${name(i)}`, 'x'));
      const met: string[] = [];
      let i = 0;
      for await (const entry of store.entries('busy')) {
        met.push(entry.path);
        await store.write(`busy/comes-${name(i)}`, 'x');
        await store.write(`busy/stays-${name(i)}`, 'rewritten');
        await store.delete(`busy/comes-${name(i - 1 < 0 ? 0 : i - 1)}`);
        i += 1;
      }
      const stays = met.filter((path) => path.includes('stays'));
      assert.equal(stays.length, 300);
      assert.equal(new Set(met).size, met.length);
    },
  },
];

async function inPages(store: FileStore, directory: string, limit: number): Promise<string[]> {
  const paths: string[] = [];
  for (;;) {
    const page = await collect(store.entries(directory, { limit, startAfter: paths.at(-1) }));
    paths.push(...page.map((entry) => entry.path));
    if (page.length < limit) {
      return paths;
    }
  }
}

function name(index: number): string {
  return `${index}`.padStart(5, '0');
}

async function write(store: FileStore, ...paths: string[]): Promise<void> {
  for (const path of paths) {
    await store.write(path, path);
  }
}
