import { MemoryFileStore, withPrefix } from '@oh/file-store-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BackupRepository } from '../src/backup-repository.ts';
import { copyOf, readTree, storeOf } from './file-tree.ts';
import { fixedKey } from './fixed-key.ts';
import { withCode } from './with-code.ts';

const mebibyte = 1024 * 1024;

const changes = fc.array(
  fc.record({
    path: fc.constantFrom('a', 'b.json', 'c/d', 'c/e/f', 'conversations/ü/😀.json', 'z'),
    contents: fc.option(
      fc.oneof(
        fc.string({ maxLength: 200 }).map((text) => Buffer.from(text)),
        fc.constantFrom(mebibyte - 1, mebibyte, mebibyte + 1, 300_000).map((size) => Buffer.alloc(size, 'ab')),
      ),
    ),
  }),
  { maxLength: 6 },
);

describe.each([
  ['in clear', undefined],
  ['encrypted', fixedKey()],
])('a repository, %s', (_, key) => {
  it('gives every snapshot back byte by byte, whatever changed in between', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(changes, { minLength: 1, maxLength: 4 }), async (rounds) => {
        const [source, files] = [new MemoryFileStore(), new MemoryFileStore()];
        const states = new Map<string, unknown>();
        for (const round of rounds) {
          for (const { path, contents } of round) {
            await (contents === null ? source.delete(path) : source.write(path, contents));
          }
          const { id } = await new BackupRepository({ files, key }).create(source, { allowEmpty: true });
          states.set(id, await readTree(source));
        }
        const repository = new BackupRepository({ files, key });
        expect(await repository.verify()).toMatchObject({ isSound: true, damaged: [], lost: [] });
        for (const [id, state] of states) {
          const target = new MemoryFileStore();
          await repository.restore(id, target);
          expect(await readTree(target)).toEqual(state);
        }
      }),
      { numRuns: 40 },
    );
  });
});

it('keeps content types and metadata, and says where they cannot be brought back', async () => {
  const source = new MemoryFileStore();
  await source.write('a', 'x', { contentType: 'text/plain', metadata: { owner: 'alice' } });
  const repository = new BackupRepository({ files: new MemoryFileStore() });
  await repository.create(source);
  const target = new MemoryFileStore();
  await repository.restore('latest', target);
  expect(await target.stat('a')).toMatchObject({ contentType: 'text/plain', metadata: { owner: 'alice' } });
  const plain = new Proxy(new MemoryFileStore(), {
    get: (store, key) => {
      const member: unknown = key === 'capabilities' ? { ...store.capabilities, metadata: false } : Reflect.get(store, key, store);
      return typeof member === 'function' ? member.bind(store) : member;
    },
  });
  expect(await repository.restore('latest', plain)).toMatchObject({ restored: 1, withoutMetadata: 1 });
  expect(await plain.stat('a')).not.toHaveProperty('contentType');
});

it('lists snapshots oldest first, with what they hold', async () => {
  let time = Date.parse('2026-01-01T00:00:00Z');
  const tick = (): number => {
    time += 1000;
    return time;
  };
  const repository = new BackupRepository({ files: new MemoryFileStore(), now: () => new Date(tick()) });
  const source = await storeOf({ a: 'x' });
  const ids = [];
  for (const name of ['one', 'two', 'one']) {
    ids.push((await repository.create(source, { name })).id);
  }
  const { snapshots, unreadable } = await repository.list();
  expect(unreadable).toEqual([]);
  expect(snapshots.map(({ id }) => id)).toEqual(ids);
  expect(snapshots[2]).toMatchObject({ source: 'one', parent: ids[0], files: 1, bytes: 1, storedBytes: 0 });
  // The first of all times: before the repository was made, and the source listed.
  expect(snapshots[0]?.createdAt.toISOString()).toBe('2026-01-01T00:00:01.000Z');
});

it('finds a snapshot by the first digits of its id', async () => {
  const repository = new BackupRepository({ files: new MemoryFileStore() });
  const source = await storeOf({ a: 'x' });
  const { id } = await repository.create(source);
  expect((await repository.restore(id.slice(0, 6), new MemoryFileStore())).snapshot.id).toBe(id);
  await expect(repository.restore(id.slice(0, 3), new MemoryFileStore())).rejects.toEqual(withCode('not-found'));
  await expect(repository.restore('ffffffffffff', new MemoryFileStore())).rejects.toEqual(withCode('not-found'));
});

it('lives in a directory of a store, and leaves itself out', async () => {
  const store = await storeOf({ 'data/a': 'x', 'backup-of-us': 'y' });
  const repository = new BackupRepository({ files: withPrefix(store, 'backups') });
  const exclude = (path: string): boolean => path.startsWith('backups/');
  await repository.create(store, { exclude });
  expect((await repository.create(store, { exclude })).files).toBe(2);
});

it('makes one repository however many begin at once, and all their snapshots can be restored', async () => {
  const files = new MemoryFileStore();
  const sources = await Promise.all(Array.from({ length: 8 }, (_, at) => storeOf({ shared: 'same', [`own-${at}`]: `text ${at}` })));
  const made = await Promise.all(sources.map((source) => new BackupRepository({ files, key: fixedKey() }).create(source)));
  const repository = new BackupRepository({ files, key: fixedKey() });
  expect((await repository.list()).snapshots).toHaveLength(8);
  expect(await repository.verify()).toMatchObject({ isSound: true });
  for (const [at, { id }] of made.entries()) {
    const target = new MemoryFileStore();
    await repository.restore(id, target);
    expect(await readTree(target)).toEqual(await readTree(await copyOf(sources[at] ?? target)));
  }
});
