import { randomBytes } from 'node:crypto';
import { FileStoreError, MemoryFileStore } from '@oh/file-store-core';
import { createFaultyFileStore, interceptFileStore } from '@oh/file-store-core/testing';
import { expect, it } from 'vitest';
import { BackupRepository } from '../src/backup-repository.ts';
import { damage, pathsIn, repositoryOf } from './damaged-repository.ts';
import { readTree, storeOf } from './file-tree.ts';
import { withCode } from './with-code.ts';

it('names the files that a damaged pack takes with it, and brings back all others', async () => {
  const { files, repository, packOf, source } = await repositoryOf({ a: randomBytes(5000), b: randomBytes(5000), c: randomBytes(5000) });
  const pack = packOf('b');
  await damage(files, pack, 100);
  const target = new MemoryFileStore();
  const restoration = await repository.restore('latest', target);
  expect(restoration).toMatchObject({ restored: 2, conflicts: [], unreadable: [] });
  expect(restoration.lost).toEqual([{ path: 'b', error: expect.objectContaining({ code: 'corrupt', path: pack }) }]);
  expect(Object.keys(await readTree(target))).toEqual(['a', 'c']);
  const { lost, damaged, isSound } = await repository.verify();
  expect(isSound).toBe(false);
  expect(damaged.map(({ path }) => path)).toEqual([pack]);
  const { snapshots } = await repository.list();
  expect(lost.map(({ snapshot, path }) => [snapshot, path])).toEqual(snapshots.slice(1).map(({ id }) => [id, 'b']));
  expect(await repository.verify({ level: 'structure' })).toMatchObject({ isSound: true });
  expect(await readTree(source)).toHaveProperty('b');
});

it('takes what a disk does not give out any more for damaged, and brings back all else', async () => {
  const { files, packOf, source } = await repositoryOf({ a: randomBytes(5000), b: randomBytes(5000), c: randomBytes(5000) });
  const [pack, [snapshot], [index = '']] = [packOf('b'), await pathsIn(files, 'snapshots'), await pathsIn(files, 'index')];
  const failing = (...paths: (string | undefined)[]): BackupRepository =>
    new BackupRepository({
      files: interceptFileStore(files, (operation, path) => {
        if (operation !== 'list' && paths.includes(String(path))) {
          throw new FileStoreError('unavailable', `EIO at "${path}"`, { path: String(path), retryable: false });
        }
      }),
    });
  const target = new MemoryFileStore();
  const { restored, lost } = await failing(pack).restore('latest', target);
  expect([restored, lost.map(({ path, error }) => [path, error.code, error.path])]).toEqual([2, [['b', 'corrupt', pack]]]);
  // What else is there to know, as that a file is archived, is in the reason.
  expect(lost[0]?.error.reason).toBe(`"${pack}" cannot be read: EIO at "${pack}"`);
  const verified = await failing(pack, snapshot, index, 'marks.json').verify();
  expect(verified.damaged.map(({ path }) => path).sort()).toEqual([pack, snapshot, index, 'marks.json'].sort());
  // The pack has the list of the second snapshot, too.
  expect(verified.lost.map(({ path }) => path)).toEqual([undefined, 'b']);
  expect((await failing(snapshot).list()).unreadable).toMatchObject([{ path: snapshot }]);
  await expect(failing(snapshot).prune()).rejects.toEqual(withCode('corrupt'));
  // Not one that may be read at another try.
  const busy = createFaultyFileStore(files, { faults: [{ match: (path) => path === pack, code: 'unavailable' }] });
  await expect(new BackupRepository({ files: busy }).restore('latest', new MemoryFileStore())).rejects.toEqual(withCode('unavailable'));
  await expect(new BackupRepository({ files: busy }).verify()).rejects.toEqual(withCode('unavailable'));
  // Its table alone says that the pack is there: what it holds is stored anew.
  for (const path of await pathsIn(files, 'index')) {
    await files.delete(path);
  }
  await source.write('b', await source.readBytes('b'));
  const again = await failing(pack).create(source);
  expect(await failing(pack).restore(again.id, new MemoryFileStore())).toMatchObject({ restored: 3, lost: [] });
});

it('takes what is damaged in one pack from another that has it too', async () => {
  const [source, files] = [await storeOf({ a: randomBytes(5000), b: randomBytes(5000) }), new MemoryFileStore()];
  let isFirst = true;
  // Of two backups at once neither sees the packs of the other.
  const racing = interceptFileStore(files, async (operation, path) => {
    if (isFirst && operation === 'write' && String(path).startsWith('packs/')) {
      isFirst = false;
      await new BackupRepository({ files }).create(source);
    }
  });
  await new BackupRepository({ files: racing }).create(source);
  const repository = new BackupRepository({ files });
  const packs = await pathsIn(files, 'packs');
  expect(packs).toHaveLength(2);
  for (const pack of packs) {
    await damage(files, pack, 100);
    const target = new MemoryFileStore();
    expect(await repository.restore('latest', target)).toMatchObject({ restored: 2, lost: [], unreadable: [] });
    expect(await readTree(target)).toEqual(await readTree(source));
    const { damaged, lost } = await repository.verify();
    expect({ damaged: damaged.map(({ path }) => path), lost }).toEqual({ damaged: [pack], lost: [] });
    await damage(files, pack, 100);
  }
  await Promise.all(packs.map((pack) => damage(files, pack, 100)));
  expect((await repository.restore('latest', new MemoryFileStore())).lost.map(({ path }) => path)).toEqual(['a']);
  expect((await repository.verify()).lost.map(({ path }) => path)).toEqual(['a', 'a']);
});

it('lists the other snapshots when one cannot be read, and backs up again', async () => {
  const { files, repository, source } = await repositoryOf({ a: 'x', b: 'y' });
  const [first = '', second = ''] = await pathsIn(files, 'snapshots');
  await damage(files, second, 20);
  for (const path of ['snapshots/notes.txt', 'packs/notes.txt', 'packs/00/notes.txt', 'index/old/notes.txt']) {
    await files.write(path, 'not ours');
  }
  const { snapshots, unreadable } = await repository.list();
  expect(snapshots.map(({ id }) => first.endsWith(id))).toEqual([true]);
  expect(unreadable.map(({ path }) => path).sort()).toEqual([second, 'snapshots/notes.txt'].sort());
  await expect(repository.restore('latest', new MemoryFileStore())).rejects.toEqual(withCode('corrupt'));
  expect(await repository.create(source)).toMatchObject({ files: 2, parent: snapshots[0]?.id });
  const { packs, damaged, lost } = await repository.verify();
  expect([packs, damaged.map(({ path }) => path).sort(), lost]).toEqual([2, [second, 'snapshots/notes.txt'].sort(), []]);
});

it('brings back what is in the other parts when a part of a list is damaged', async () => {
  const texts = Object.fromEntries(Array.from({ length: 5000 }, (_, at) => [`f${String(at).padStart(4, '0')}`, `${at}`]));
  const source = await storeOf(texts);
  const files = new MemoryFileStore();
  const repository = new BackupRepository({ files });
  await repository.create(source);
  await source.write('f0000', 'changed');
  const before = await pathsIn(files, 'packs');
  await repository.create(source);
  const [pack = ''] = (await pathsIn(files, 'packs')).filter((path) => !before.includes(path));
  await damage(files, pack, 30);
  const target = new MemoryFileStore();
  const { restored, unreadable } = await repository.restore('latest', target);
  expect(unreadable).toEqual([{ after: undefined, error: expect.objectContaining({ code: 'corrupt', path: pack }) }]);
  expect(restored).toBeGreaterThan(500);
  expect(restored).toBeLessThan(5000);
  const again = await repository.create(source);
  expect(again.files).toBe(5000);
  expect(again.unchanged).toBe(restored);
  const whole = new MemoryFileStore();
  expect(await repository.restore(again.id, whole)).toMatchObject({ restored: 5000, lost: [], unreadable: [] });
  expect(await readTree(whole)).toEqual(await readTree(source));
});

it('never prunes what a backup has stored anew because it was damaged', async () => {
  // Names of packs are random, and so is the order in which they are looked at.
  for (let round = 0; round < 12; round += 1) {
    const { files, repository, source, packOf } = await repositoryOf({ a: 'x' });
    for (let at = 0; (await repository.restore('latest', new MemoryFileStore())).unreadable.length === 0; at += 1) {
      await damage(files, packOf('a'), at);
      if ((await repository.restore('latest', new MemoryFileStore())).unreadable.length === 0) {
        await damage(files, packOf('a'), at);
      }
    }
    await repository.create(source);
    for (let prune = 0; prune < 3; prune += 1) {
      await repository.prune({ graceMs: 0 });
    }
    expect(await repository.restore('latest', new MemoryFileStore())).toMatchObject({ restored: 1, lost: [], unreadable: [] });
  }
});

it('stores anew what has not changed, and is in no pack any more', async () => {
  const { source, files, repository, packOf } = await repositoryOf({ a: randomBytes(5000), b: randomBytes(5000) });
  await files.delete(packOf('a'));
  const { id, unchanged } = await repository.create(source);
  expect(unchanged).toBe(1);
  const target = new MemoryFileStore();
  expect(await repository.restore(id, target)).toMatchObject({ restored: 2, lost: [] });
  expect(await readTree(target)).toEqual(await readTree(source));
});
