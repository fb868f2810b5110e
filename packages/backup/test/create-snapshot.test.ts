import { randomBytes } from 'node:crypto';
import { type EntriesOptions, type FileEntry, type FileInfo, MemoryFileStore, type OpenFile, type ReadOptions } from '@oh/file-store-core';
import { interceptFileStore } from '@oh/file-store-core/testing';
import { expect, it } from 'vitest';
import { BackupRepository } from '../src/backup-repository.ts';
import type { CreatedSnapshot } from '../src/create-snapshot.ts';
import { readTree, storeOf } from './file-tree.ts';
import { fixedKey } from './fixed-key.ts';

const mebibyte = 1024 * 1024;

it('reads only what has changed since the last snapshot of the same name', async () => {
  const source = await storeOf({ 'a/1': 'one', 'a/2': 'two', 'a/3': 'three' });
  const opened: unknown[] = [];
  const watched = interceptFileStore(source, (operation, path) => void (operation === 'open' && opened.push(path)));
  const repository = new BackupRepository({ files: new MemoryFileStore() });
  await repository.create(watched, { name: 'local:a' });
  opened.length = 0;
  await source.write('a/2', 'changed');
  await source.delete('a/3');
  const second = await repository.create(watched, { name: 'local:a' });
  expect(opened).toEqual(['a/2']);
  expect(second).toMatchObject({ files: 2, unchanged: 1 });
  opened.length = 0;
  expect(await repository.create(watched, { name: 'local:b' })).toMatchObject({ unchanged: 0, storedBytes: 0, parent: undefined });
  expect(opened.sort()).toEqual(['a/1', 'a/2']);
});

it('stores in a dry run nothing, and says what a backup then stores', async () => {
  const source = await storeOf({ a: 'a', b: 'b', 'c/d': 'x'.repeat(400_000) });
  for (const key of [undefined, fixedKey()]) {
    const files = new MemoryFileStore();
    const dry = async () => await new BackupRepository({ files, key }).create(source, { dryRun: true });
    const first = await dry();
    expect(await readTree(files)).toEqual({});
    const repository = new BackupRepository({ files, key });
    expect(await repository.create(source, { dryRun: true })).toMatchObject({ id: '', added: 3, changed: 0, unchanged: 0 });
    const made = await repository.create(source);
    expect(first).toMatchObject({ id: '', files: made.files, bytes: made.bytes, added: 3 });
    expect(Math.abs(first.storedBytes - made.storedBytes)).toBeLessThan(100);
    await source.write('b', `${Math.random()}`);
    await source.write('e', `${Math.random()}`);
    const before = await readTree(files);
    const second = await dry();
    expect(second).toMatchObject({ added: 1, changed: 1, unchanged: 2, parent: made.id });
    expect(await readTree(files)).toEqual(before);
    expect(await repository.create(source)).toMatchObject({ added: 1, changed: 1, unchanged: 2 });
    await source.delete('e');
  }
});

it('reads no more snapshots than it needs', async () => {
  const files = new MemoryFileStore();
  let seconds = 0;
  const reads: string[] = [];
  const watched = interceptFileStore(files, (operation, path) => {
    if (operation === 'readBytes' && `${path}`.startsWith('snapshots/')) {
      reads.push(`${path}`);
    }
  });
  const now = (): Date => {
    seconds += 1;
    return new Date(Date.UTC(2026, 0, 1, 0, 0, seconds));
  };
  const repository = new BackupRepository({ files: watched, now });
  const source = await storeOf({ a: 'a' });
  await repository.create(source, { name: 'rare' });
  for (let index = 0; index < 40; index += 1) {
    await repository.create(source, { name: 'daily' });
  }
  const readsOf = async (action: () => Promise<unknown>): Promise<number> => {
    reads.length = 0;
    await action().catch(() => undefined);
    expect(new Set(reads).size).toBe(reads.length);
    return reads.length;
  };
  // The newest sixteen are read at once.
  expect(await readsOf(() => repository.create(source, { name: 'daily' }))).toBe(16);
  expect(await readsOf(() => repository.create(source, { name: 'rare' }))).toBe(42);
  // That all are of one source is known when all are read.
  expect(await readsOf(() => repository.restore('latest', new MemoryFileStore()))).toBe(43);
  expect(await readsOf(() => Array.fromAsync(repository.entries('latest')))).toBe(43);
  const [first] = (await repository.list()).snapshots;
  expect(await readsOf(() => Array.fromAsync(repository.entries(first?.id.slice(0, 12) ?? '')))).toBe(1);
});

/** A store that says of all its files what it is told to. */
class OverlaidStore extends MemoryFileStore {
  readonly #info: Partial<FileInfo>;

  constructor(info: Partial<FileInfo>) {
    super();
    this.#info = info;
  }

  override async *entries(path?: string, options?: EntriesOptions): AsyncGenerator<FileEntry, void, undefined> {
    for await (const entry of super.entries(path, options)) {
      yield entry.kind === 'file' ? { ...entry, ...this.#info } : entry;
    }
  }

  override async open(path: string, options?: ReadOptions): Promise<OpenFile> {
    const file = await super.open(path, options);
    return {
      info: { ...file.info, ...this.#info },
      text: () => file.text(),
      bytes: () => file.bytes(),
      stream: () => file.stream(),
      close: () => file.close(),
      [Symbol.asyncDispose]: () => file.close(),
    };
  }
}

it('is not misled by a store that gives out its versions again', async () => {
  const listed = { version: 'again', size: 5, modifiedAt: new Date(0) };
  const create = async (info: Partial<FileInfo>, contents: string, repository: BackupRepository): Promise<CreatedSnapshot> => {
    const source = new OverlaidStore({ ...listed, ...info });
    await source.write('a', contents);
    return await repository.create(source);
  };
  for (const other of [{ version: 'other' }, { size: 6 }, { modifiedAt: new Date(1) }]) {
    const repository = new BackupRepository({ files: new MemoryFileStore() });
    await create({}, 'first', repository);
    expect(await create({}, 'other', repository)).toMatchObject({ unchanged: 1 });
    await create(other, 'other', repository);
    const target = new MemoryFileStore();
    await repository.restore('latest', target);
    expect(await target.read('a'), JSON.stringify(other)).toBe('other');
  }
});

it.each([253_402_300_800_000, 8.64e15, -62_200_000_000_000, Number.NaN])(
  'gives back files of a time whose year has no four digits: %d',
  async (ms) => {
    const source = new OverlaidStore({ modifiedAt: new Date(ms) });
    await source.write('a', 'contents');
    const repository = new BackupRepository({ files: new MemoryFileStore() });
    expect(await repository.create(source)).toMatchObject({ added: 1 });
    expect(await repository.create(source)).toMatchObject({ unchanged: 1 });
    expect(await repository.verify()).toMatchObject({ isSound: true });
    expect(await repository.restore('latest', new MemoryFileStore())).toMatchObject({ restored: 1, unreadable: [] });
  },
);

it('keeps equal contents once, and of a file that has grown its end', async () => {
  const log = randomBytes(5 * mebibyte);
  const source = await storeOf({ log, copy: log });
  const repository = new BackupRepository({ files: new MemoryFileStore() });
  const first = await repository.create(source);
  expect(first.storedBytes).toBeLessThan(5.1 * mebibyte);
  await source.append('log', randomBytes(1000));
  expect((await repository.create(source)).storedBytes).toBeLessThan(10_000);
});

it('writes packs of some 8 MiB while it reads, each under a name that nothing else has', async () => {
  const source = new MemoryFileStore();
  const sizes = [...Array.from({ length: 100 }, () => 100_000), mebibyte / 4, 3 * mebibyte + 1, 9 * mebibyte];
  for (const [at, size] of sizes.entries()) {
    await source.write(`${at}`, randomBytes(size));
  }
  const [original, packSizes]: [MemoryFileStore, number[]] = [new MemoryFileStore(), []];
  const files = interceptFileStore(original, (operation, path, options) => {
    const [directory = ''] = String(path).split('/');
    if (operation === 'write' && ['packs', 'snapshots'].includes(directory)) {
      expect(options, String(path)).toMatchObject({ ifAbsent: true });
    }
  });
  const repository = new BackupRepository({ files });
  const { storedBytes } = await repository.create(source);
  for await (const entry of original.entries('packs', { recursive: true })) {
    packSizes.push(entry.kind === 'file' ? entry.size : 0);
  }
  expect(packSizes).toHaveLength(3);
  expect(Math.max(...packSizes)).toBeLessThan(9.1 * mebibyte);
  expect(storedBytes).toBe(packSizes.reduce((sum, size) => sum + size));
  expect(await repository.verify()).toMatchObject({ isSound: true, packs: 3 });
  const target = new MemoryFileStore();
  await repository.restore('latest', target);
  expect(await readTree(target)).toEqual(await readTree(source));
  expect(await repository.create(source, { name: 'again' })).toMatchObject({ storedBytes: 0 });
});

it('takes a few requests for thousands of small files', { timeout: 120_000 }, async () => {
  const source = new MemoryFileStore();
  for (let i = 0; i < 3000; i += 1) {
    await source.write(`conversations/${i % 100}/${i}.json`, randomBytes(500).toString('hex'));
  }
  const requests: string[] = [];
  const files = interceptFileStore(new MemoryFileStore(), (operation) => void requests.push(operation));
  const repository = new BackupRepository({ files });
  await repository.create(source);
  expect(requests.length).toBeLessThan(16);
  requests.length = 0;
  const target = new MemoryFileStore();
  await repository.restore('latest', target);
  expect(requests.length).toBeLessThan(30);
  expect(await readTree(target)).toEqual(await readTree(source));
});
