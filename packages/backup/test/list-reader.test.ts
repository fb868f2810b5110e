import { comparePaths, FileStoreError } from '@oh/file-store-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type BackupFile, serializeFiles } from '../src/file-entry.ts';
import type { UnreadablePart } from '../src/file-list.ts';
import { ListReader } from '../src/list-reader.ts';

/** A list in parts, and how many of them were read. */
class Parts {
  readonly #parts: readonly (readonly string[] | undefined)[];
  reads = 0;

  /** @param parts The paths of each; `undefined` for one that is damaged. */
  constructor(parts: readonly (readonly string[] | undefined)[]) {
    this.#parts = parts;
  }

  get list(): readonly string[] {
    return this.#parts.map((_, at) => `${at}`);
  }

  async read(id: string): Promise<Buffer> {
    this.reads += 1;
    const paths = this.#parts[Number(id)];
    if (paths === undefined) {
      throw new FileStoreError('corrupt', `the blob ${id} is damaged`);
    }
    return Buffer.from(serializeFiles(paths.map(toFile)));
  }
}

function toFile(path: string): BackupFile {
  return { path, size: 0, modified_at: new Date(0).toISOString(), version: '1', chunks: [] };
}

async function pathsFrom(reader: ListReader, start: string, count = Number.POSITIVE_INFINITY): Promise<string[]> {
  const paths: string[] = [];
  for await (const { path } of reader.filesFrom(start, {})) {
    if (paths.push(path) >= count) {
      break;
    }
  }
  return paths;
}

it('reads a few parts of very many to find a path, and none twice where it goes on from there', async () => {
  const name = (index: number): string => `f${String(index).padStart(6, '0')}`;
  const parts = new Parts(Array.from({ length: 10_000 }, (_, at) => [name(2 * at), name(2 * at + 1)]));
  const reader = new ListReader(parts.list, parts, () => undefined);
  expect(await pathsFrom(reader, name(12_345), 2)).toEqual([name(12_345), name(12_346)]);
  expect(parts.reads).toBeLessThan(30);
  parts.reads = 0;
  // Near by, as a listing goes from directory to directory.
  for (let index = 12_350; index < 12_450; index += 4) {
    expect(await pathsFrom(reader, name(index), 1)).toEqual([name(index)]);
  }
  expect(parts.reads).toBeLessThan(150);
  parts.reads = 0;
  expect(await pathsFrom(reader, name(19_000))).toHaveLength(1000);
  expect(parts.reads).toBeLessThan(540);
  expect(await pathsFrom(reader, 'g')).toEqual([]);
});

it('gives what a list has from a path on, in any order of steps; of damaged parts nothing, and each is told', async () => {
  const path = fc
    .string({ unit: fc.constantFrom('a', 'b', '/', '0', '-'), minLength: 1, maxLength: 4 })
    .filter((each) => /^[^/]+(\/[^/]+)*$/.test(each));
  const paths = fc.uniqueArray(path, { minLength: 1, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(
      paths,
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.boolean()),
      fc.array(path),
      async (names, size, damaged, starts) => {
        const sorted = names.toSorted(comparePaths);
        const parts = Array.from({ length: Math.ceil(sorted.length / size) }, (_, at) => sorted.slice(at * size, (at + 1) * size));
        const whole = parts.map((part, at) => (damaged[at] === true ? undefined : part));
        const store = new Parts(whole);
        const unreadable: UnreadablePart[] = [];
        const reader = new ListReader(store.list, store, (part) => unreadable.push(part));
        for (const start of starts.toSorted(comparePaths)) {
          const [expected] = whole.flatMap((part) => part ?? []).filter((each) => comparePaths(each, start) >= 0);
          expect(await pathsFrom(reader, start, 1)).toEqual(expected === undefined ? [] : [expected]);
        }
        unreadable.length = 0;
        const all = new ListReader(store.list, store, (part) => unreadable.push(part));
        expect(await pathsFrom(all, '')).toEqual(whole.flatMap((part) => part ?? []));
        expect(unreadable).toHaveLength(whole.filter((part) => part === undefined).length);
      },
    ),
    { numRuns: 300 },
  );
});

it('tells of every damaged part that may have what is asked for', async () => {
  const parts = new Parts([['a'], undefined, undefined, ['d'], ['e']]);
  for (const start of ['a', 'b', 'c', 'cc']) {
    const unreadable: UnreadablePart[] = [];
    await pathsFrom(new ListReader(parts.list, parts, (part) => unreadable.push(part)), start);
    expect(unreadable).toHaveLength(2);
  }
});
