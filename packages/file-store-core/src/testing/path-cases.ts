import assert from 'node:assert/strict';
import type { FileStore } from '../file-store.ts';
import { expectError } from './expect-error.ts';
import type { FileStoreCase } from './file-store-case.ts';

/** Paths that every store must keep byte for byte. */
const goodPaths: readonly string[] = [
  'plain.txt',
  'a b+c&é/ü.txt',
  'emoji/😀👩‍👩‍👧.json',
  'composed/\u00e9',
  'decomposed/e\u0301',
  'percent/%2e%2e%2f/%00/%',
  'query?x=1&y=2#fragment',
  'colon:name',
  'back\\slash',
  'star*pipe|less<more>',
  `quotes'"\`$(x)`,
  'tilde/~',
  '-rf',
  '.hidden/.file',
  '..dots/...',
  'trailing./dot.',
  ' leading/ trailing ',
  'CON',
  'aux.txt',
  'no\u00a0break/\u2028line',
  '\u200bzero\u200dwidth',
  'rtl/\u202eabc',
  '__proto__/constructor',
  'ﬁ/ligature',
  'high/\u{10ffff}',
  'lower/ABC',
  `long/${'x'.repeat(255)}`,
  `long3/${'€'.repeat(85)}`,
  deepPath(1024),
];

/** Paths that no store takes. */
const badPaths: readonly string[] = [
  '..',
  '../x',
  'a/..',
  'a/../b',
  '/../etc/passwd',
  './../x',
  'nul\0',
  'new\nline',
  'tab\t',
  'del\u007f',
  'c1\u0085',
  'lone\ud800',
  '\udc00lone',
  'x'.repeat(256),
  '€'.repeat(86),
  `${deepPath(1024)}x`,
];

/** Paths that name no file. */
const noFiles: readonly string[] = ['', '/', '.', './', '//', 'dir/', 'dir/.', '/dir//'];

/** Path rules. */
export function pathCases(refusesPath: (path: string) => boolean, hidesBelowFiles: boolean): readonly FileStoreCase[] {
  return [
    {
      name: 'keeps any Unicode path byte for byte, each apart from the others',
      advice: 'Keep paths as they come: no normal form of Unicode, and no folding of capitals, in the backend either.',
      run: async (store) => {
        const accepted = goodPaths.filter((path) => !refusesPath(path));
        for (const path of accepted) {
          assert.equal((await store.write(path, `contents of ${path}`)).path, path);
        }
        for (const path of accepted) {
          assert.equal(await store.read(path), `contents of ${path}`, path);
        }
        const listed: string[] = [];
        for await (const entry of store.entries('', { recursive: true })) {
          listed.push(entry.path);
        }
        assert.deepEqual(new Set(listed), new Set(accepted));
        assert.equal(listed.length, accepted.length);
        for (const path of accepted) {
          await store.delete(path);
        }
        assert.deepEqual(await store.list(), []);
      },
    },
    {
      name: 'refuses what the platform beneath cannot hold, before any I/O',
      run: async (store) => {
        for (const path of goodPaths.filter(refusesPath)) {
          await expectError(store.write(path, 'x'), 'invalid-path', path);
        }
        assert.deepEqual(await store.list(), []);
      },
    },
    {
      name: 'takes leading slashes, doubled slashes and dots as the same file',
      run: async (store) => {
        await store.write('/a//b/./c.txt', 'one file');
        for (const path of ['a/b/c.txt', './a/b/c.txt', '/a/b/c.txt', 'a///b//c.txt', './/a/./b/././c.txt']) {
          assert.equal(await store.read(path), 'one file', path);
          assert.equal((await store.stat(path)).path, 'a/b/c.txt');
        }
        assert.deepEqual(await store.list('./a//b/'), ['a/b/c.txt']);
        await store.delete('//a/./b/');
        assert.deepEqual(await store.list('/'), []);
      },
    },
    {
      name: 'refuses bad paths in every operation and touches nothing',
      run: async (store) => {
        await store.write('kept', 'kept');
        for (const path of badPaths) {
          for (const [name, operation] of Object.entries(operationsOn(store, path))) {
            await expectError(operation(), 'invalid-path', `${name} ${JSON.stringify(path).slice(0, 60)}`);
          }
        }
        assert.deepEqual(await store.list(), ['kept']);
        assert.equal(await store.read('kept'), 'kept');
      },
    },
    {
      name: 'refuses paths that name no file where a file is meant',
      run: async (store) => {
        await store.write('kept', 'kept');
        for (const path of noFiles) {
          const { list: _list, entries: _entries, delete: _delete, ...fileOperations } = operationsOn(store, path);
          for (const [name, operation] of Object.entries(fileOperations)) {
            await expectError(operation(), 'invalid-path', `${name} ${JSON.stringify(path)}`);
          }
        }
        assert.deepEqual(await store.list(), ['kept']);
      },
    },
    {
      name: 'keeps a file beside a directory of its name, or says path-conflict',
      advice: 'Where `foo` and `foo/bar` cannot both be, say so with `capabilities.fileBesideDirectory: false` and throw `path-conflict`.',
      run: async (store) => {
        await store.write('foo', 'file');
        await store.write('dir/bar', 'below');
        if (!store.capabilities.fileBesideDirectory) {
          await expectError(store.write('foo/bar', 'x'), 'path-conflict');
          await expectError(store.write('dir', 'x'), 'path-conflict');
          await expectError(store.write('foo/deeper/bar', 'x'), 'path-conflict');
          await expectError(store.copy('foo', 'dir'), 'path-conflict');
          await expectError(store.move('foo', 'dir'), 'path-conflict');
          await expectError(store.copy('dir/bar', 'foo/bar'), 'path-conflict');
        } else {
          await store.write('foo/bar', 'also below');
          assert.equal(await store.read('foo/bar'), 'also below');
          assert.deepEqual(await store.list(), hidesBelowFiles ? ['dir/', 'foo'] : ['dir/', 'foo', 'foo/']);
        }
        assert.equal(await store.read('foo'), 'file');
        assert.equal(await store.read('dir/bar'), 'below');
      },
    },
  ];
}

function operationsOn(store: FileStore, path: string): Readonly<Record<string, () => Promise<unknown>>> {
  return {
    write: () => store.write(path, 'x'),
    append: () => (store.capabilities.append ? store.append(path, 'x') : store.write(path, 'x')),
    read: () => store.read(path),
    readBytes: () => store.readBytes(path),
    readStream: () => store.readStream(path),
    open: () => store.open(path),
    stat: () => store.stat(path),
    exists: () => store.exists(path),
    copyFrom: () => store.copy(path, 'copied'),
    copyTo: () => store.copy('kept', path),
    moveFrom: () => store.move(path, 'moved'),
    moveTo: () => store.move('kept', path),
    list: () => store.list(path),
    entries: async () => {
      for await (const _entry of store.entries(path)) {
        break;
      }
    },
    delete: () => store.delete(path),
  };
}

/** A path of exactly `bytes` bytes in segments of at most 200. */
function deepPath(bytes: number): string {
  const segments = Array.from({ length: Math.floor(bytes / 201) }, (_, i) => `${i}`.padEnd(200, 'd'));
  const rest = bytes - segments.length * 201;
  return [...segments, 'f'.repeat(rest)].join('/');
}
