import { FileStoreError, MemoryFileStore } from '@oh/file-store-core';
import { interceptFileStore } from '@oh/file-store-core/testing';
import { expect, it, vi } from 'vitest';
import { BackupRepository } from '../src/backup-repository.ts';
import { readTree, storeOf } from './file-tree.ts';
import { fixedKey } from './fixed-key.ts';
import { withCode } from './with-code.ts';

async function removeAll(files: MemoryFileStore): Promise<void> {
  for (const path of await files.list()) {
    await files.delete(path.replace(/\/$/, ''));
  }
}

/**
 * A repository that goes when a file of it is read for the first time.
 *
 * @param how As a disk that is taken out, of which an empty directory is left, or as a bucket that is deleted.
 */
async function goingRepository(how: 'disk' | 'bucket', at: string): Promise<BackupRepository> {
  const files = new MemoryFileStore();
  const repository = new BackupRepository({ files });
  await repository.create(await storeOf({ a: 'x' }));
  await repository.create(await storeOf({ a: 'x', b: 'y' }));
  await repository.prune();
  let isGone = false;
  const going = interceptFileStore(files, async (operation, path) => {
    if (operation.startsWith('read') && String(path).startsWith(at) && !isGone) {
      isGone = true;
      await (how === 'disk' ? removeAll(files) : undefined);
    }
    if (isGone && how === 'bucket') {
      throw new FileStoreError('unavailable', 'the bucket does not exist', { path: String(path), retryable: false });
    }
  });
  return new BackupRepository({ files: going });
}

const actions: Readonly<Record<string, (repository: BackupRepository) => Promise<unknown>>> = {
  'a check': (repository) => repository.verify(),
  'a check of the structure': (repository) => repository.verify({ level: 'structure' }),
  'a restoration': (repository) => repository.restore('latest', new MemoryFileStore()),
  'a listing': async (repository) => await Array.fromAsync(repository.entries('latest')),
};

for (const [name, act] of Object.entries(actions)) {
  it.each(['index', 'packs', 'snapshots'])(`takes a repository that goes during ${name} for no damage (%s)`, async (at) => {
    await expect(act(await goingRepository('disk', at))).rejects.toEqual(withCode('not-found'));
    await expect(act(await goingRepository('bucket', at))).rejects.toEqual(withCode('unavailable'));
  });
}

it('tells of no snapshots and prunes nothing where the repository goes while they are read', async () => {
  await expect((await goingRepository('disk', 'snapshots')).list()).rejects.toEqual(withCode('not-found'));
  await expect((await goingRepository('bucket', 'snapshots')).list()).rejects.toEqual(withCode('unavailable'));
  await expect((await goingRepository('disk', 'snapshots')).prune()).rejects.toEqual(withCode('not-found'));
  await expect((await goingRepository('bucket', 'snapshots')).prune()).rejects.toEqual(withCode('unavailable'));
});

it('hears of an abort while it looks whether the repository is there', async () => {
  const files = new MemoryFileStore();
  await new BackupRepository({ files }).create(await storeOf({ a: 'x' }));
  const stopping = new AbortController();
  let looks = 0;
  const watched = interceptFileStore(files, async (operation, path) => {
    if (operation === 'readBytes' && String(path).startsWith('packs/')) {
      await files.delete(String(path));
    }
    looks += operation === 'read' && path === 'repository.json' ? 1 : 0;
    if (looks === 2) {
      stopping.abort(new Error('stop'));
    }
  });
  const entries = new BackupRepository({ files: watched }).entries('latest', { signal: stopping.signal });
  await expect(Array.fromAsync(entries)).rejects.toThrow('stop');
});

it('neither finds nor makes anything where the repository has gone that it knows', async () => {
  const files = new MemoryFileStore();
  const source = await storeOf({ a: 'x' });
  const repository = new BackupRepository({ files, key: fixedKey() });
  await repository.create(source);
  await removeAll(files);
  for (const act of [() => repository.list(), () => repository.prune(), () => repository.restore('latest', new MemoryFileStore())]) {
    await expect(act()).rejects.toEqual(withCode('not-found'));
  }
  await expect(repository.create(source)).rejects.toThrow('[unavailable] the repository is gone: is its disk there?');
  expect(await readTree(files)).toEqual({});
});

it('asks for the key once, and again where another repository is', async () => {
  const [files, other] = [new MemoryFileStore(), new MemoryFileStore()];
  const key = fixedKey();
  const unwrap = vi.spyOn(key, 'unwrap');
  const source = await storeOf({ a: 'x' });
  const repository = new BackupRepository({ files, key });
  await repository.create(source);
  await repository.create(source);
  expect((await repository.list()).snapshots).toHaveLength(2);
  expect(unwrap).toHaveBeenCalledTimes(1);
  await new BackupRepository({ files: other, key }).create(source);
  await removeAll(files);
  for (const [path, bytes] of Object.entries(await readTree(other))) {
    await files.write(path, Buffer.from(bytes, 'base64'));
  }
  unwrap.mockClear();
  expect(await repository.verify()).toMatchObject({ isSound: true, snapshots: 1 });
  expect(unwrap).toHaveBeenCalledTimes(1);
});
