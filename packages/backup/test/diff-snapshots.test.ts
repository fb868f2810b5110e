import { MemoryFileStore } from '@oh/file-store-core';
import { interceptFileStore } from '@oh/file-store-core/testing';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { BackupRepository } from '../src/backup-repository.ts';
import { readTree, storeOf } from './file-tree.ts';
import { withCode } from './with-code.ts';

it('tells what was added, removed and changed, in contents, content type and metadata', async () => {
  const source = await storeOf({ a: 'same', b: 'old', c: 'gone', d: 'd', e: 'aa' });
  const repository = new BackupRepository({ files: new MemoryFileStore() });
  const { id } = await repository.create(source);
  // Another version and another time of the same contents are no change.
  await source.write('a', 'same');
  await source.write('b', 'newer');
  await source.delete('c');
  await source.write('d', 'd', { contentType: 'text/plain' });
  await source.write('e', 'bb');
  await source.write('x/y', 'added');
  await repository.create(source);
  const changes = await Array.fromAsync(repository.diff(id.slice(0, 8), 'latest'));
  expect(changes.map(({ change, path, before, after }) => [change, path, before?.size, after?.size])).toEqual([
    ['changed', 'b', 3, 5],
    ['removed', 'c', 4, undefined],
    ['changed', 'd', 1, 1],
    ['changed', 'e', 2, 2],
    ['added', 'x/y', undefined, 5],
  ]);
  expect(changes[2]?.after).toMatchObject({ kind: 'file', contentType: 'text/plain', modifiedAt: expect.any(Date) });
  expect(await Array.fromAsync(repository.diff('latest', 'latest'))).toEqual([]);
});

it('is what makes one tree of another, whatever they are', async () => {
  const names = fc.constantFrom('a', 'a/b', 'a-', 'b', 'b/c/d', 'ä', '\u{1f600}', '\uffee');
  const tree = fc.dictionary(names, fc.constantFrom('', 'x', 'y', 'yy'));
  await fc.assert(
    fc.asyncProperty(tree, tree, async (first, second) => {
      const repository = new BackupRepository({ files: new MemoryFileStore() });
      const { id: before } = await repository.create(await storeOf(first), { allowEmpty: true });
      const { id: after } = await repository.create(await storeOf(second), { allowEmpty: true });
      const made: Record<string, string | undefined> = { ...first };
      for await (const { change, path } of repository.diff(before, after)) {
        expect(change).toBe(path in first ? (path in second ? 'changed' : 'removed') : 'added');
        expect(first[path]).not.toBe(second[path]);
        made[path] = second[path];
      }
      expect(made).toEqual({ ...made, ...second });
      expect(Object.keys(made).filter((path) => made[path] !== undefined)).toEqual(expect.arrayContaining(Object.keys(second)));
    }),
    { numRuns: 100 },
  );
});

it('reads only the parts of the lists that differ, and says nothing when one of them is damaged', { timeout: 120_000 }, async () => {
  const source = new MemoryFileStore();
  for (let index = 0; index < 5000; index += 1) {
    await source.write(`d/${index}`, '');
  }
  const files = new MemoryFileStore();
  const repository = new BackupRepository({ files });
  const { id } = await repository.create(source);
  const [firstPack] = Object.keys(await readTree(files, 'packs'));
  await source.write('d/2500', 'changed');
  await repository.create(source);
  let reads = 0;
  const counting = new BackupRepository({
    files: interceptFileStore(files, async (operation, path) => {
      reads += operation === 'readBytes' && path === firstPack ? 1 : 0;
    }),
  });
  expect((await Array.fromAsync(counting.diff(id, 'latest'))).map(({ path }) => path)).toEqual(['d/2500']);
  expect(reads).toBe(1);
  const bytes = await files.readBytes(String(firstPack));
  await files.write(String(firstPack), bytes.fill(0, 0, Math.floor(bytes.byteLength / 2)));
  await expect(Array.fromAsync(repository.diff(id, 'latest'))).rejects.toThrow(withCode('corrupt'));
});
