import { randomBytes } from 'node:crypto';
import { MemoryFileStore } from '@oh/file-store-core';
import { interceptFileStore } from '@oh/file-store-core/testing';
import { expect, it } from 'vitest';
import { BackupRepository } from '../src/backup-repository.ts';
import { damage, pathsIn, repositoryOf } from './damaged-repository.ts';
import { readTree, storeOf } from './file-tree.ts';

it('needs no index file: packs say themselves what they hold', async () => {
  const { files, repository, source } = await repositoryOf({ a: 'x', b: 'y', 'c/d': randomBytes(3000) });
  const [damaged = '', ...missing] = await pathsIn(files, 'index');
  await damage(files, damaged, 5);
  await Promise.all(missing.map((path) => files.delete(path)));
  expect((await repository.create(source)).storedBytes).toBe(0);
  const target = new MemoryFileStore();
  await repository.restore('latest', target);
  expect(await readTree(target)).toEqual(await readTree(source));
  expect((await repository.verify()).damaged.map(({ path }) => path)).toEqual([damaged]);
});

it('does without index files and packs that a prune deletes while they are read', async () => {
  const { files, repository, source, packOf } = await repositoryOf({ a: 'x', b: 'y' });
  await repository.prune({ olderThan: new Date('2100-01-01T00:00:00Z') });
  const racing = interceptFileStore(files, async (operation, path) => {
    if (operation === 'readBytes' && String(path).startsWith('index/')) {
      await files.delete(String(path));
    }
  });
  const target = new MemoryFileStore();
  await new BackupRepository({ files: racing }).restore('latest', target);
  expect(await readTree(target)).toEqual(await readTree(source));
  const unneeded = interceptFileStore(files, async (operation, path) => {
    if (operation === 'readBytes' && path === packOf('a')) {
      await files.delete(String(path));
    }
  });
  expect((await new BackupRepository({ files: unneeded }).create(await storeOf({ c: 'z' }))).files).toBe(1);
});

it('reads the table of a pack that is larger than what is read at first', async () => {
  const source = new MemoryFileStore();
  for (let i = 0; i < 6000; i += 1) {
    await source.write(`f${i}`, randomBytes(40));
  }
  const files = new MemoryFileStore();
  const repository = new BackupRepository({ files });
  await repository.create(source);
  await files.delete('index');
  expect(await repository.verify()).toMatchObject({ isSound: true, packs: 1 });
});
