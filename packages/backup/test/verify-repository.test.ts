import { randomBytes } from 'node:crypto';
import { comparePaths, MemoryFileStore } from '@oh/file-store-core';
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
import { damage, repositoryOf } from './damaged-repository.ts';
import { readTree } from './file-tree.ts';
import { withCode } from './with-code.ts';

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

it('looks at the record of the repository again when it verifies', async () => {
  const { files, repository } = await repositoryOf({ a: 'x' });
  await damage(files, 'repository.json', 40);
  await expect(repository.verify()).rejects.toEqual(withCode('corrupt'));
});
