import { randomBytes } from 'node:crypto';
import { MemoryFileStore } from '@oh/file-store-core';
import { createFaultyFileStore } from '@oh/file-store-core/testing';
import { expect, it } from 'vitest';
import { BackupRepository } from '../src/backup-repository.ts';
import { copyOf, readTree, storeOf } from './file-tree.ts';
import { packsIn } from './packs-in.ts';
import { withCode } from './with-code.ts';

const future = new Date('2100-01-01T00:00:00Z');

it('removes no snapshot when what others need of a pack that is to be stored anew is damaged', async () => {
  const files = new MemoryFileStore();
  const repository = new BackupRepository({ files });
  const source = await storeOf({ a: 'kept', b: randomBytes(3000) });
  await repository.create(source);
  await source.delete('b');
  await repository.create(source);
  for (const pack of await packsIn(files)) {
    const bytes = await files.readBytes(pack);
    await files.write(pack, bytes.byteLength > 3000 ? bytes.fill(0, 0, 3000) : bytes);
  }
  const before = await readTree(files, 'snapshots');
  await expect(repository.prune({ olderThan: future })).rejects.toEqual(withCode('corrupt'));
  expect(await readTree(files, 'snapshots')).toEqual(before);
});

it('makes no snapshot when the list of the last one cannot be read, unless that is damaged', async () => {
  const files = new MemoryFileStore();
  const source = await storeOf({ a: 'x' });
  await new BackupRepository({ files }).create(source);
  const faulty = createFaultyFileStore(files, { faults: [{ operations: ['open'], match: (path) => path.startsWith('packs/') }] });
  await expect(new BackupRepository({ files: faulty }).create(source)).rejects.toEqual(withCode('unavailable'));
  expect(await new BackupRepository({ files }).create(source)).toMatchObject({ unchanged: 1 });
});

it('does nothing while contents that a snapshot needs are missing', async () => {
  const files = new MemoryFileStore();
  const repository = new BackupRepository({ files });
  const source = await storeOf({ a: 'x' });
  await repository.create(source);
  const [pack = ''] = await packsIn(files);
  await source.write('b', 'y');
  await repository.create(source);
  await files.delete(pack);
  await expect(repository.prune({ olderThan: future })).rejects.toEqual(withCode('corrupt'));
  expect((await repository.list()).snapshots).toHaveLength(2);
});

it('does nothing while it cannot know what is needed', async () => {
  const files = new MemoryFileStore();
  const repository = new BackupRepository({ files });
  await repository.create(await storeOf({ a: 'x' }), { name: 'a' });
  await repository.create(await storeOf({ b: 'y' }), { name: 'b' });
  for (const directory of ['snapshots', 'packs']) {
    const broken = await copyOf(files);
    const [path = ''] = Object.keys(await readTree(broken, directory));
    await (directory === 'packs' ? broken.delete(path) : broken.write(path, 'x'));
    const before = await readTree(broken);
    const pruning = new BackupRepository({ files: broken }).prune({ olderThan: future, graceMs: 0 });
    await expect(pruning).rejects.toEqual(withCode('corrupt'));
    expect({ ...(await readTree(broken)), 'locks/prune.json': '' }).toEqual({ ...before, 'locks/prune.json': '' });
  }
});
