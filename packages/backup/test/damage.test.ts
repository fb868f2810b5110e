import { randomBytes } from 'node:crypto';
import { comparePaths, FileStoreError, MemoryFileStore } from '@oh/file-store-core';
import { createFaultyFileStore, interceptFileStore } from '@oh/file-store-core/testing';
import { expect, it } from 'vitest';
import { BackupRepository } from '../src/backup-repository.ts';
import { BlobReader } from '../src/blob-reader.ts';
import { BlobWriter } from '../src/blob-writer.ts';
import { readFilePart, writeFileList } from '../src/file-list.ts';
import { loadIndex } from '../src/load-index.ts';
import { packPath } from '../src/pack-path.ts';
import { encodeTrailer } from '../src/pack-trailer.ts';
import { noCipher } from '../src/repository-cipher.ts';
import { sha256 } from '../src/sha256.ts';
import { SnapshotFiles } from '../src/snapshot-files.ts';
import { compress } from '../src/zstd.ts';
import { readTree, storeOf } from './file-tree.ts';
import { withCode } from './with-code.ts';

async function pathsIn(files: MemoryFileStore, directory: string): Promise<string[]> {
  return Object.keys(await readTree(files, directory));
}

/** A repository with a file in a pack of its own for each of the contents. */
async function repositoryOf(texts: Readonly<Record<string, string | Uint8Array>>) {
  const [source, files] = [new MemoryFileStore(), new MemoryFileStore()];
  const packOf = new Map<string, string>();
  const repository = new BackupRepository({ files });
  for (const [path, text] of Object.entries(texts)) {
    const before = await pathsIn(files, 'packs');
    await source.write(path, text);
    await repository.create(source);
    packOf.set(path, (await pathsIn(files, 'packs')).find((pack) => !before.includes(pack)) ?? '');
  }
  return { source, files, repository, packOf: (path: string) => packOf.get(path) ?? '' };
}

async function damage(files: MemoryFileStore, path: string, at: number): Promise<void> {
  const bytes = await files.readBytes(path);
  bytes[at] = (bytes[at] ?? 0) ^ 0xff;
  await files.write(path, bytes);
}

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

it('says at the level of structure which pack is missing, and what with it', async () => {
  const { files, repository, packOf } = await repositoryOf({ a: randomBytes(5000), b: randomBytes(5000) });
  await files.delete(packOf('a'));
  const { lost, isSound } = await repository.verify({ level: 'structure' });
  expect(isSound).toBe(false);
  expect(new Set(lost.map(({ path }) => path))).toEqual(new Set(['a', undefined]));
  const target = new MemoryFileStore();
  const restoration = await repository.restore('latest', target);
  expect(restoration.lost.map(({ path }) => path)).toEqual(['a']);
  expect(Object.keys(await readTree(target))).toEqual(['b']);
});

it('finds a snapshot that does not fit its files, and files that do not fit their parts', async () => {
  const { files, repository } = await repositoryOf({ a: 'contents', b: 'others' });
  const snapshots = new SnapshotFiles(files, noCipher);
  const { record } = (await snapshots.readAll({})).stored[1] ?? expect.unreachable();
  const { index } = await loadIndex(files, noCipher, {});
  expect(await repository.verify()).toMatchObject({ isSound: true, snapshots: 2 });
  for (const numbers of [{ files: record.files + 1 }, { bytes: record.bytes - 1 }]) {
    const { path } = await snapshots.write({ ...record, ...numbers }, {});
    const { isSound, damaged, lost } = await repository.verify({ level: 'structure' });
    expect([isSound, damaged.map((error) => error.path), lost]).toEqual([false, [path], []]);
    await files.delete(path);
  }
  const [part = ''] = record.list;
  const [first, ...others] = await readFilePart(part, undefined, new BlobReader(files, noCipher, index), {});
  const writer = new BlobWriter(files, noCipher, index);
  const lies = { a: { size: 9 }, gone: { path: 'gone', chunks: ['0'.repeat(64)] } };
  for (const [path, lie] of Object.entries(lies)) {
    const list = await writeFileList(
      [{ ...(first ?? expect.unreachable()), ...lie }, ...others].sort((a, b) => comparePaths(a.path, b.path)),
      writer,
      {},
    );
    await writer.flush({});
    const bytes = record.bytes + (path === 'a' ? 1 : 0);
    const { path: snapshot, id } = await snapshots.write({ ...record, bytes, list }, {});
    const { isSound, damaged, lost } = await repository.verify({ level: 'structure' });
    expect([isSound, damaged]).toEqual([false, []]);
    expect(lost).toEqual([{ snapshot: id, path, error: withCode('corrupt') }]);
    await files.delete(snapshot);
  }
  const [a = '', b = ''] = await Promise.all(
    [first, ...others].map(async (file) => (await writeFileList(file === undefined ? [] : [file], writer, {})).join()),
  );
  await writer.flush({});
  const error = withCode('corrupt');
  const { id } = await snapshots.write({ ...record, list: [b, a] }, {});
  await snapshots.write({ ...record, list: [a, b], created_at: '2100-01-01T00:00:00.000Z' }, {});
  expect(await repository.verify()).toMatchObject({ isSound: false, damaged: [], lost: [{ snapshot: id, path: undefined, error }] });
  expect(await repository.restore(id, new MemoryFileStore())).toMatchObject({ restored: 1, unreadable: [{ after: 'b', error }] });
});

it('finds a pack that is too short at the level of structure, and one that goes while it is looked at', async () => {
  const { files, repository, packOf } = await repositoryOf({ a: randomBytes(5000), b: randomBytes(5000) });
  const bytes = await files.readBytes(packOf('a'));
  await files.write(packOf('a'), bytes.subarray(0, 4000));
  const short = await repository.verify({ level: 'structure' });
  expect(short).toMatchObject({ isSound: false, damaged: [] });
  expect(short.lost.map(({ path, error }) => [path, error.path])).toContainEqual(['a', packOf('a')]);
  await files.write(packOf('a'), bytes);
  const going = interceptFileStore(files, async (operation, path) => {
    if (operation === 'readBytes' && path === packOf('a')) {
      await files.delete(packOf('a'));
    }
  });
  const gone = await new BackupRepository({ files: going }).verify();
  expect([gone.isSound, gone.damaged.map(({ path }) => path)]).toEqual([false, [packOf('a')]]);
  expect(gone.lost.map(({ path }) => path)).toContain('a');
});

it.each(['all', 'structure'] as const)('takes nothing for damaged that cannot be read for another reason (%s)', async (level) => {
  const { files, repository } = await repositoryOf({ a: 'x' });
  for (const directory of ['packs', 'index', 'snapshots', 'marks.json']) {
    await repository.prune();
    const fault = {
      operations: ['open'],
      match: (path: string) => path.startsWith(directory),
      times: 1,
      code: 'permission-denied',
    } as const;
    const unreadable = new BackupRepository({ files: createFaultyFileStore(files, { faults: [fault] }) });
    await expect(unreadable.verify({ level }), directory).rejects.toEqual(withCode('permission-denied'));
  }
});

it.each([
  ['cut off', (bytes: Buffer) => bytes.subarray(0, -1)],
  ['almost empty', (bytes: Buffer) => bytes.subarray(0, 3)],
  ['with a table that is longer than the pack', (bytes: Buffer) => bytes.fill(0x7f, bytes.length - 8, bytes.length - 4)],
  ['with a table of no bytes', (bytes: Buffer) => bytes.fill(0, bytes.length - 8, bytes.length - 4)],
  ['with another table', (bytes: Buffer) => bytes.fill(0, bytes.length - 20, bytes.length - 10)],
])('finds a pack that says not itself what it has: %s', async (_, change) => {
  const { files, repository, source, packOf } = await repositoryOf({ a: 'x', b: 'y' });
  await files.delete('index');
  await files.write(packOf('b'), change(Buffer.from(await files.readBytes(packOf('b')))));
  for (const level of ['structure', 'all'] as const) {
    const { isSound, damaged } = await repository.verify({ level });
    expect([isSound, new Set(damaged.map(({ path }) => path))]).toEqual([false, new Set([packOf('b')])]);
  }
  await repository.create(source);
  const target = new MemoryFileStore();
  expect(await repository.restore('latest', target)).toMatchObject({ restored: 2, lost: [], unreadable: [] });
  expect(await readTree(target)).toEqual(await readTree(source));
});

it('finds a pack whose table names other contents than it has', async () => {
  const { files, repository } = await repositoryOf({ a: 'x' });
  const frame = { at: 0, size: 1, blobs: [[sha256(Buffer.from('y')), 1]] } as const;
  const part = await compress(Buffer.from('x'));
  const bytes = Buffer.concat([part, await encodeTrailer([{ ...frame, length: part.length }], noCipher)]);
  const path = packPath(sha256(bytes));
  await files.write(path, bytes);
  const { isSound, damaged, lost } = await repository.verify();
  expect([isSound, damaged, lost]).toEqual([false, [expect.objectContaining({ code: 'corrupt', path })], []]);
});

it('finds every pack in one of the shares, and no damage outside the share', async () => {
  const texts = Object.fromEntries(Array.from({ length: 12 }, (_, at) => [`f${at}`, randomBytes(600)]));
  const { files, repository, packOf } = await repositoryOf(texts);
  await damage(files, packOf('f5'), 10);
  const checks = [];
  for (let part = 1; part <= 5; part += 1) {
    checks.push(await repository.verify({ level: { part, of: 5 } }));
  }
  expect(checks.reduce((sum, { checkedPacks }) => sum + checkedPacks, 0)).toBe(checks[0]?.packs);
  expect(checks.filter(({ isSound }) => !isSound)).toHaveLength(1);
  for (const level of [
    { part: 0, of: 5 },
    { part: 6, of: 5 },
    { part: 1.5, of: 5 },
  ]) {
    await expect(repository.verify({ level })).rejects.toThrow(RangeError);
  }
});

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

it('looks at the record of the repository again when it verifies', async () => {
  const { files, repository } = await repositoryOf({ a: 'x' });
  await damage(files, 'repository.json', 40);
  await expect(repository.verify()).rejects.toEqual(withCode('corrupt'));
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
