import { randomBytes } from 'node:crypto';
import { acquireLease, FileStoreError, MemoryFileStore } from '@oh/file-store-core';
import { createFaultyFileStore, interceptFileStore } from '@oh/file-store-core/testing';
import { expect, it, onTestFinished, vi } from 'vitest';
import { BackupRepository } from '../src/backup-repository.ts';
import { serializeChecked } from '../src/checked-json.ts';
import { expectRestores } from './expect-restores.ts';
import { readTree, storeOf } from './file-tree.ts';
import { manualClock } from './manual-clock.ts';
import { packsIn } from './packs-in.ts';
import { withCode } from './with-code.ts';

const dayMs = 24 * 60 * 60 * 1000;
const future = new Date('2100-01-01T00:00:00Z');

it('marks what nobody needs, and deletes it a grace period later', async () => {
  const { now, pass } = manualClock();
  const [files, source] = [new MemoryFileStore(), await storeOf({ a: randomBytes(500) })];
  const repository = new BackupRepository({ files, now });
  const { id: first } = await repository.create(source);
  const before = await packsIn(files);
  pass(1000);
  await source.write('a', randomBytes(500));
  const { id: second } = await repository.create(source);
  const pruned = await repository.prune({ olderThan: now() });
  expect(pruned).toMatchObject({ kept: 1, deletedPacks: 0, waitingPacks: 1, repackedPacks: 0 });
  expect(pruned.removed.map(({ id }) => id)).toEqual([first]);
  expect(await packsIn(files)).toEqual(expect.arrayContaining(before));
  pass(dayMs - 1);
  expect(await repository.prune()).toMatchObject({ removed: [], deletedPacks: 0, waitingPacks: 1 });
  pass(1);
  const { deletedPacks, deletedBytes, waitingPacks } = await repository.prune();
  expect([deletedPacks, waitingPacks]).toEqual([1, 0]);
  expect(deletedBytes).toBeGreaterThan(500);
  expect(await packsIn(files)).not.toEqual(expect.arrayContaining(before));
  expect(await repository.verify()).toMatchObject({ isSound: true, snapshots: 1 });
  await expectRestores(repository, second, await readTree(source));
  expect(Object.keys(await readTree(files, 'index'))).toHaveLength(1);
});

it('never deletes in one run what it has just found, whatever the grace period', async () => {
  const files = new MemoryFileStore();
  const repository = new BackupRepository({ files });
  await repository.create(await storeOf({ a: 'x' }));
  await repository.create(await storeOf({ b: 'y' }));
  expect(await repository.prune({ olderThan: future, graceMs: 0 })).toMatchObject({ deletedPacks: 0, waitingPacks: 1 });
  expect(await repository.prune({ graceMs: 0 })).toMatchObject({ deletedPacks: 1, waitingPacks: 0 });
});

it('keeps the newest snapshot of each source unless told otherwise', async () => {
  const { now, pass } = manualClock();
  const repository = new BackupRepository({ files: new MemoryFileStore(), now });
  const source = await storeOf({ a: 'x' });
  for (const name of ['one', 'two', 'one', 'one', 'two']) {
    await repository.create(source, { name });
    pass(1000);
  }
  const sources = async () => (await repository.list()).snapshots.map((snapshot) => snapshot.source);
  expect(await repository.prune({ olderThan: new Date(now().getTime() - 4500) })).toMatchObject({ kept: 4 });
  await repository.prune({ olderThan: future, keepLatest: 2 });
  expect(await sources()).toEqual(['two', 'one', 'one', 'two']);
  await repository.prune({ olderThan: future });
  expect(await sources()).toEqual(['one', 'two']);
  await repository.prune({ keepLatest: 0 });
  expect(await sources()).toEqual(['one', 'two']);
  await repository.prune({ olderThan: future, keepLatest: 0 });
  expect(await sources()).toEqual([]);
  await expect(repository.prune({ keepLatest: -1 })).rejects.toThrow(RangeError);
  await expect(repository.prune({ olderThan: new Date(Number.NaN) })).rejects.toThrow(RangeError);
  await expect(repository.prune({ graceMs: Number.NaN })).rejects.toThrow(RangeError);
});

it('says in a dry run what it would do, and does nothing', async () => {
  const files = new MemoryFileStore();
  const repository = new BackupRepository({ files });
  await repository.create(await storeOf({ a: 'x' }));
  await repository.create(await storeOf({ b: 'y' }));
  const before = await readTree(files);
  expect(await repository.prune({ olderThan: future, graceMs: 0, dryRun: true })).toMatchObject({
    kept: 1,
    waitingPacks: 1,
    deletedPacks: 0,
  });
  expect(await readTree(files)).toEqual(before);
  await repository.prune({ olderThan: future, graceMs: 0 });
  const marked = await readTree(files);
  expect(await repository.prune({ graceMs: 0, dryRun: true })).toMatchObject({ waitingPacks: 0, deletedPacks: 1 });
  expect(await readTree(files)).toEqual(marked);
});

it('stores anew what is left of packs that are hardly needed, and puts small ones together', async () => {
  const files = new MemoryFileStore();
  const repository = new BackupRepository({ files });
  const source = new MemoryFileStore();
  for (let at = 0; at < 20; at += 1) {
    await source.write(`f${at}`, randomBytes(at === 0 ? 2_000_000 : 100));
    await repository.create(source);
  }
  await source.delete('f0');
  const { id } = await repository.create(source);
  const { repackedPacks } = await repository.prune({ olderThan: future, graceMs: 0 });
  expect(repackedPacks).toBeGreaterThan(16);
  await repository.prune({ graceMs: 0 });
  expect(await packsIn(files)).toHaveLength(1);
  expect(await repository.verify()).toMatchObject({ isSound: true, snapshots: 1 });
  await expectRestores(repository, id, await readTree(source));
});

it('goes on deleting what a prune that died was deleting, whatever its own grace period', async () => {
  const files = new MemoryFileStore();
  const repository = new BackupRepository({ files });
  await repository.create(await storeOf({ a: 'x' }));
  await repository.create(await storeOf({ b: 'y' }));
  await repository.prune({ olderThan: future, graceMs: 0 });
  const dying = createFaultyFileStore(files, { faults: [{ operations: ['delete'], match: (path) => path.startsWith('packs/') }] });
  await expect(new BackupRepository({ files: dying }).prune({ graceMs: 0 })).rejects.toEqual(withCode('unavailable'));
  expect(await repository.prune({ dryRun: true })).toMatchObject({ deletedPacks: 1, waitingPacks: 0 });
  expect(await repository.prune()).toMatchObject({ deletedPacks: 1, waitingPacks: 0 });
  expect(JSON.parse(await files.read('marks.json'))).toHaveProperty('packs', {});
});

it('removes nothing more when it was stopped for longer than its lease lasts, before any timer tells', async () => {
  const clock = performance.now.bind(performance);
  let passedMs = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => clock() + passedMs);
  onTestFinished(() => void vi.restoreAllMocks());
  for (const [directory, removes] of [
    ['snapshots', 2],
    ['packs', 2],
  ] as const) {
    const files = new MemoryFileStore();
    const repository = new BackupRepository({ files });
    for (const text of ['a', 'b', 'c']) {
      await repository.create(await storeOf({ file: randomBytes(900), text }));
    }
    if (directory === 'packs') {
      await repository.prune({ olderThan: future, graceMs: 0 });
    }
    let deletions = 0;
    const slow = interceptFileStore(files, (operation, path) => {
      if (operation === 'delete' && String(path).startsWith(`${directory}/`)) {
        deletions += 1;
        passedMs += 61_000;
      }
    });
    const pruning = new BackupRepository({ files: slow }).prune({ olderThan: future, graceMs: 0 });
    await expect(pruning).rejects.toEqual(withCode('timeout'));
    expect([directory, deletions]).toEqual([directory, removes - 1]);
  }
});

it('forgets what a prune has deleted that died before it could say so', async () => {
  const files = new MemoryFileStore();
  const repository = new BackupRepository({ files });
  await repository.create(await storeOf({ a: 'x' }));
  await repository.create(await storeOf({ b: 'y' }));
  await repository.prune({ olderThan: future, graceMs: 0 });
  let hasDeleted = false;
  const dying = interceptFileStore(files, (operation, path) => {
    hasDeleted ||= operation === 'delete' && String(path).startsWith('packs/');
    if (hasDeleted && operation === 'write' && path === 'marks.json') {
      throw new FileStoreError('unavailable', 'dead');
    }
  });
  await expect(new BackupRepository({ files: dying }).prune({ graceMs: 0 })).rejects.toEqual(withCode('unavailable'));
  expect(await packsIn(files)).toHaveLength(1);
  expect(await repository.prune()).toMatchObject({ deletedPacks: 0, waitingPacks: 0 });
  expect(await files.read('marks.json')).toContain('"packs":{}');
});

it('never deletes in one run what it has stored anew, though it was marked before', async () => {
  const files = new MemoryFileStore();
  const repository = new BackupRepository({ files });
  await repository.create(await storeOf({ a: randomBytes(900), b: 'y' }));
  await repository.create(await storeOf({ c: 'z' }));
  const needing = await storeOf({ b: 'y' });
  let isDone = false;
  const slow = interceptFileStore(files, async (operation, path) => {
    if (operation === 'write' && path === 'marks.json' && !isDone) {
      isDone = true;
      await repository.create(needing);
    }
  });
  expect(await new BackupRepository({ files: slow }).prune({ olderThan: future, graceMs: 0 })).toMatchObject({ waitingPacks: 1 });
  const expected = { repackedPacks: 1, deletedPacks: 0, waitingPacks: 1 };
  expect(await repository.prune({ graceMs: 0, dryRun: true })).toMatchObject(expected);
  expect(await repository.prune({ graceMs: 0 })).toMatchObject(expected);
  expect(await repository.prune({ graceMs: 0 })).toMatchObject({ deletedPacks: 1 });
  await expectRestores(repository, 'latest', await readTree(needing));
});

it('is done by one at a time', async () => {
  const files = new MemoryFileStore();
  const repository = new BackupRepository({ files });
  await repository.create(await storeOf({ a: 'x' }));
  const lease = await acquireLease(files, 'locks/prune.json', { ttlMs: 60_000, owner: 'somebody else' });
  await expect(repository.prune()).rejects.toEqual(withCode('unavailable'));
  await lease.release();
  expect(await repository.prune()).toMatchObject({ kept: 1 });
});

it('has pruned also when its lease cannot be given back', async () => {
  const files = new MemoryFileStore();
  const repository = new BackupRepository({ files });
  await repository.create(await storeOf({ a: 'x' }));
  let isTaken = false;
  const faulty = interceptFileStore(files, (operation, path) => {
    if (operation === 'write' && path === 'locks/prune.json') {
      if (isTaken) {
        throw new FileStoreError('permission-denied', 'no');
      }
      isTaken = true;
    }
  });
  expect(await new BackupRepository({ files: faulty }).prune()).toMatchObject({ kept: 1 });
  await expect(repository.prune()).rejects.toEqual(withCode('unavailable'));
});

it('leaves the marks of packs that wait as they are when it deletes others', async () => {
  const { now, pass } = manualClock();
  const files = new MemoryFileStore();
  const repository = new BackupRepository({ files, now });
  const source = await storeOf({ a: randomBytes(500) });
  const change = async (): Promise<void> => {
    pass(1000);
    await source.write('a', randomBytes(500));
    await repository.create(source);
    await repository.prune({ olderThan: now() });
  };
  await repository.create(source);
  await change();
  pass(dayMs / 2);
  await change();
  const { packs: before } = JSON.parse(await files.read('marks.json')) as {
    readonly packs: Readonly<Record<string, { readonly marked_at: string }>>;
  };
  const [, waiting] = Object.entries(before).sort(([, a], [, b]) => (a.marked_at < b.marked_at ? -1 : 1));
  pass(dayMs / 2);
  expect(await repository.prune()).toMatchObject({ deletedPacks: 1, waitingPacks: 1 });
  expect(JSON.parse(await files.read('marks.json'))).toMatchObject({ packs: Object.fromEntries([waiting ?? expect.unreachable()]) });
  pass(dayMs / 2);
  expect(await repository.prune()).toMatchObject({ deletedPacks: 1, waitingPacks: 0 });
});

it('lets the grace period of a pack begin anew that was needed in between', async () => {
  const { now, pass } = manualClock();
  const [files, source] = [new MemoryFileStore(), await storeOf({ a: randomBytes(500) })];
  const repository = new BackupRepository({ files, now });
  await repository.create(source);
  const [needed = ''] = await packsIn(files);
  const mark = { marked_at: now().toISOString(), deleting: null };
  await files.write(
    'marks.json',
    serializeChecked({ format: 'oh-backup-marks', version: 1, deletions: 0, packs: { [needed.slice(-64)]: mark } }),
  );
  pass(2 * dayMs);
  expect(await repository.prune()).toMatchObject({ deletedPacks: 0, waitingPacks: 0 });
  expect(JSON.parse(await files.read('marks.json'))).toHaveProperty('packs', {});
  await source.write('a', randomBytes(500));
  pass(1000);
  await repository.create(source);
  expect(await repository.prune({ olderThan: now() })).toMatchObject({ deletedPacks: 0, waitingPacks: 1 });
  expect(await packsIn(files)).toContain(needed);
});
