import { randomBytes } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { acquireLease, type FileStore, FileStoreError, MemoryFileStore } from '@oh/file-store-core';
import { createFaultyFileStore, interceptFileStore } from '@oh/file-store-core/testing';
import fc from 'fast-check';
import { expect, it, onTestFinished, vi } from 'vitest';
import { BackupRepository } from '../src/backup-repository.ts';
import { copyOf, readTree, storeOf } from './file-tree.ts';
import { withCode } from './with-code.ts';

const dayMs = 24 * 60 * 60 * 1000;
const future = new Date('2100-01-01T00:00:00Z');

/** A clock that is set by hand. */
function manualClock() {
  let time = Date.parse('2026-01-01T00:00:00Z');
  return {
    now: () => new Date(time),
    pass: (ms: number) => {
      time += ms;
    },
  };
}

async function packsIn(files: FileStore): Promise<string[]> {
  return Object.keys(await readTree(files, 'packs'));
}

async function expectRestores(repository: BackupRepository, id: string, source: Record<string, string>): Promise<void> {
  const target = new MemoryFileStore();
  expect(await repository.restore(id, target)).toMatchObject({ lost: [], unreadable: [] });
  expect(await readTree(target)).toEqual(source);
}

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

it('lets a backup that needs a marked pack take its mark away', async () => {
  const files = new MemoryFileStore();
  const repository = new BackupRepository({ files });
  const [first, other] = [await storeOf({ a: randomBytes(900) }), await storeOf({ b: 'y' })];
  await repository.create(first);
  await repository.create(other);
  await repository.prune({ olderThan: future, graceMs: 0 });
  expect((await repository.create(first)).storedBytes).toBeLessThan(900);
  expect(await repository.prune({ graceMs: 0 })).toMatchObject({ deletedPacks: 0 });
  await expectRestores(repository, 'latest', await readTree(first));
});

it('relies upon no pack that is being deleted', async () => {
  const files = new MemoryFileStore();
  const repository = new BackupRepository({ files });
  const [first, other] = [await storeOf({ a: randomBytes(900) }), await storeOf({ b: 'y' })];
  await repository.create(first);
  await repository.create(other);
  await repository.prune({ olderThan: future, graceMs: 0 });
  const dying = createFaultyFileStore(files, { faults: [{ operations: ['delete'], match: (path) => path.startsWith('packs/') }] });
  await expect(new BackupRepository({ files: dying }).prune({ graceMs: 0 })).rejects.toEqual(withCode('unavailable'));
  expect((await repository.create(first)).storedBytes).toBeGreaterThan(900);
  expect(await repository.prune({ graceMs: 0 })).toMatchObject({ deletedPacks: 1 });
  await expectRestores(repository, 'latest', await readTree(first));
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
});

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

it.each(['before', 'after'])('writes no snapshot that lacks a pack, when prunes delete it %s the snapshot is written', async (when) => {
  const files = new MemoryFileStore();
  const repository = new BackupRepository({ files });
  const [first, other] = [await storeOf({ a: randomBytes(900) }), await storeOf({ b: 'y' })];
  await repository.create(first);
  await repository.create(other, { name: 'other' });
  await repository.prune({ olderThan: future, keepLatest: 0, graceMs: 0 });
  await repository.create(other, { name: 'other' });
  let isDone = false;
  const slow = interceptFileStore(files, async (operation, path) => {
    const isNow = when === 'before' ? operation === 'write' && String(path).startsWith('packs/') : String(path).startsWith('snapshots/');
    if (!isDone && operation === 'write' && isNow) {
      isDone = true;
      await repository.prune({ graceMs: 0 });
    }
  });
  await first.write('new', 'z');
  const creating = new BackupRepository({ files: slow }).create(first);
  if (when === 'before') {
    await expect(creating).rejects.toEqual(withCode('unavailable'));
  } else {
    await creating;
  }
  expect(isDone).toBe(true);
  expect(await repository.verify()).toMatchObject({ isSound: true, snapshots: when === 'before' ? 1 : 2 });
});

it.each(['alone', 'beside one that waits'])('writes no snapshot once a prune deletes what it needs, %s', async (which) => {
  const { now, pass } = manualClock();
  const files = new MemoryFileStore();
  const repository = new BackupRepository({ files, now });
  const [first, second, other] = [{ a: randomBytes(900) }, { c: randomBytes(900) }, await storeOf({ b: 'y' })];
  for (const texts of [first, second]) {
    await repository.create(await storeOf(texts));
    pass(1000);
    await repository.create(other);
    await repository.prune({ olderThan: now(), graceMs: 2000 });
  }
  pass(1000);
  const [deleting, mayDelete] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const slowPrune = interceptFileStore(files, async (operation, path) => {
    if (operation === 'delete' && String(path).startsWith('packs/')) {
      deleting.resolve();
      await mayDelete.promise;
    }
  });
  const written: string[] = [];
  let pruning: Promise<unknown> | undefined;
  const slowCreate = interceptFileStore(files, async (operation, path) => {
    if (operation === 'write') {
      written.push(String(path).split('/')[0] ?? '');
      pruning ??= new BackupRepository({ files: slowPrune, now }).prune({ graceMs: 2000 });
      await deleting.promise;
    }
  });
  const source = await storeOf({ ...first, ...(which === 'alone' ? {} : second), new: 'z' });
  await expect(new BackupRepository({ files: slowCreate, now }).create(source)).rejects.toEqual(withCode('unavailable'));
  expect([...new Set(written)].sort()).toEqual(which === 'alone' ? ['index', 'packs'] : ['index', 'marks.json', 'packs']);
  mayDelete.resolve();
  expect(await pruning).toMatchObject({ deletedPacks: 1 });
  expect(await repository.verify()).toMatchObject({ isSound: true, snapshots: 1 });
});

it('is not disturbed by a prune that deletes what it does not need', async () => {
  const files = new MemoryFileStore();
  const repository = new BackupRepository({ files });
  const source = await storeOf({ a: randomBytes(900) });
  await repository.create(source, { name: 'source' });
  await repository.create(await storeOf({ b: 'y' }));
  await repository.create(await storeOf({ c: 'z' }));
  await repository.prune({ olderThan: future, graceMs: 0 });
  let pruned: unknown;
  const slow = interceptFileStore(files, async (operation, path) => {
    if (operation === 'write' && String(path).startsWith('packs/') && pruned === undefined) {
      pruned = await repository.prune({ graceMs: 0 });
    }
  });
  await source.write('new', 'n');
  const { id } = await new BackupRepository({ files: slow }).create(source, { name: 'source' });
  expect(pruned).toMatchObject({ deletedPacks: 1 });
  await expectRestores(repository, id, await readTree(source));
});

it('takes a snapshot back when a prune deleted what it needs after the last look', async () => {
  const files = new MemoryFileStore();
  const repository = new BackupRepository({ files });
  const [first, other] = [await storeOf({ a: randomBytes(900) }), await storeOf({ b: 'y' })];
  await repository.create(other, { name: 'other' });
  const slow = interceptFileStore(files, async (operation, path) => {
    if (operation === 'write' && String(path).startsWith('snapshots/')) {
      await repository.prune({ graceMs: 0 });
      await repository.prune({ graceMs: 0 });
    }
  });
  await expect(new BackupRepository({ files: slow }).create(first)).rejects.toEqual(withCode('unavailable'));
  expect(await repository.verify()).toMatchObject({ isSound: true, snapshots: 1 });
  const fault = { operations: ['delete'], match: (path: string) => path.startsWith('snapshots/'), code: 'permission-denied' } as const;
  const keeping = createFaultyFileStore(slow, { faults: [fault] });
  await expect(new BackupRepository({ files: keeping }).create(first)).rejects.toEqual(withCode('unavailable'));
  expect(await repository.verify()).toMatchObject({ isSound: false, snapshots: 2 });
});

it('relies upon the packs of its list as upon those of contents', async () => {
  const files = new MemoryFileStore();
  const repository = new BackupRepository({ files });
  const source = await storeOf({ a: 'x' });
  await repository.create(await storeOf({ a: 'x', b: 'y' }), { name: 'other' });
  await repository.create(source);
  await repository.create(await storeOf({ c: 'z' }));
  expect(await repository.prune({ olderThan: future, graceMs: 0 })).toMatchObject({ waitingPacks: 1 });
  const slow = interceptFileStore(files, async (operation, path) => {
    if (operation === 'write' && String(path).startsWith('snapshots/')) {
      await repository.prune({ graceMs: 0 });
    }
  });
  expect(await new BackupRepository({ files: slow }).create(source)).toMatchObject({ storedBytes: 0 });
  expect(await repository.verify()).toMatchObject({ isSound: true, snapshots: 3 });
});

it('makes no snapshot when the list of the last one cannot be read, unless that is damaged', async () => {
  const files = new MemoryFileStore();
  const source = await storeOf({ a: 'x' });
  await new BackupRepository({ files }).create(source);
  const faulty = createFaultyFileStore(files, { faults: [{ operations: ['open'], match: (path) => path.startsWith('packs/') }] });
  await expect(new BackupRepository({ files: faulty }).create(source)).rejects.toEqual(withCode('unavailable'));
  expect(await new BackupRepository({ files }).create(source)).toMatchObject({ unchanged: 1 });
});

it('spares what a snapshot needs that is written while it deletes', async () => {
  const files = new MemoryFileStore();
  const repository = new BackupRepository({ files });
  const [first, other] = [await storeOf({ a: randomBytes(900) }), await storeOf({ b: 'y' })];
  await repository.create(first);
  await repository.create(other);
  await repository.prune({ olderThan: future, graceMs: 0 });
  let snapshot: string | undefined;
  const slow = interceptFileStore(files, async (operation, path) => {
    if (operation === 'write' && path === 'marks.json' && snapshot === undefined) {
      snapshot = (await repository.create(first)).id;
    }
  });
  expect(await new BackupRepository({ files: slow }).prune({ graceMs: 0 })).toMatchObject({ deletedPacks: 0 });
  await expectRestores(repository, snapshot ?? '', await readTree(first));
});

it('spares what a snapshot needs that was written between its two looks', async () => {
  const files = new MemoryFileStore();
  const repository = new BackupRepository({ files });
  const source = await storeOf({ a: randomBytes(900) });
  await repository.create(await storeOf({ b: 'y' }), { name: 'other' });
  const [looked, created] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let pruning: Promise<unknown> | undefined;
  const slowPrune = interceptFileStore(files, async (operation, path) => {
    if (operation === 'write' && path === 'marks.json') {
      looked.resolve();
      await created.promise;
    }
  });
  const slowCreate = interceptFileStore(files, async (operation, path) => {
    if (operation === 'write' && String(path).startsWith('snapshots/')) {
      await repository.prune({ graceMs: 0 });
      pruning = new BackupRepository({ files: slowPrune }).prune({ graceMs: 0 });
      await looked.promise;
    }
  });
  const { id } = await new BackupRepository({ files: slowCreate }).create(source);
  created.resolve();
  expect(await pruning).toMatchObject({ deletedPacks: 0 });
  await expectRestores(repository, id, await readTree(source));
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

it('loses nothing of any snapshot, however backups and prunes interleave', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.infiniteStream(fc.nat(3)), async (pauses) => {
      const original = new MemoryFileStore();
      const files = interceptFileStore(original, async () => {
        for (let pause = pauses.next().value ?? 0; pause > 0; pause -= 1) {
          await turn();
        }
      });
      const states = [{ a: 'x'.repeat(300) }, { a: 'x'.repeat(300), b: 'y' }, { b: 'y', c: 'z' }];
      const expected = new Map<string, unknown>();
      const backUp = async (at: number): Promise<void> => {
        const source = await storeOf(states[at % states.length] ?? {});
        try {
          const { id } = await new BackupRepository({ files }).create(source, { name: `${at}` });
          expected.set(id, await readTree(source));
        } catch (error) {
          expect(error).toEqual(withCode('unavailable'));
        }
      };
      const prune = async (): Promise<void> => {
        await new BackupRepository({ files }).prune({ graceMs: 0 }).catch((error: unknown) => {
          // Another one holds the lease, there is no repository yet, or a backup was taken back while it was read.
          expect((error as { code: string }).code).toMatch(/unavailable|not-found|corrupt/);
        });
      };
      for (let round = 0; round < 3; round += 1) {
        await Promise.all([backUp(round), prune(), backUp(round + 1), prune(), backUp(round + 2)]);
      }
      const repository = new BackupRepository({ files: original });
      expect(await repository.verify()).toMatchObject({ isSound: true, snapshots: expected.size });
      for (const [id, state] of expected) {
        const target = new MemoryFileStore();
        await repository.restore(id, target);
        expect(await readTree(target)).toEqual(state);
      }
    }),
    { numRuns: 60 },
  );
});
