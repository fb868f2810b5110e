import { randomBytes } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { MemoryFileStore } from '@oh/file-store-core';
import { createFaultyFileStore, interceptFileStore } from '@oh/file-store-core/testing';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { BackupRepository } from '../src/backup-repository.ts';
import { expectRestores } from './expect-restores.ts';
import { readTree, storeOf } from './file-tree.ts';
import { manualClock } from './manual-clock.ts';
import { withCode } from './with-code.ts';

const future = new Date('2100-01-01T00:00:00Z');

/** A repository where the pack of `first`, which no snapshot needs any more, waits for its deletion. */
async function markOnePack(): Promise<{ files: MemoryFileStore; repository: BackupRepository; first: MemoryFileStore }> {
  const files = new MemoryFileStore();
  const repository = new BackupRepository({ files });
  const first = await storeOf({ a: randomBytes(900) });
  await repository.create(first);
  await repository.create(await storeOf({ b: 'y' }));
  await repository.prune({ olderThan: future, graceMs: 0 });
  return { files, repository, first };
}

it('lets a backup that needs a marked pack take its mark away', async () => {
  const { repository, first } = await markOnePack();
  expect((await repository.create(first)).storedBytes).toBeLessThan(900);
  expect(await repository.prune({ graceMs: 0 })).toMatchObject({ deletedPacks: 0 });
  await expectRestores(repository, 'latest', await readTree(first));
});

it('relies upon no pack that is being deleted', async () => {
  const { files, repository, first } = await markOnePack();
  const dying = createFaultyFileStore(files, { faults: [{ operations: ['delete'], match: (path) => path.startsWith('packs/') }] });
  await expect(new BackupRepository({ files: dying }).prune({ graceMs: 0 })).rejects.toEqual(withCode('unavailable'));
  expect((await repository.create(first)).storedBytes).toBeGreaterThan(900);
  expect(await repository.prune({ graceMs: 0 })).toMatchObject({ deletedPacks: 1 });
  await expectRestores(repository, 'latest', await readTree(first));
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

it('spares what a snapshot needs that is written while it deletes', async () => {
  const { files, repository, first } = await markOnePack();
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
  // It is relied upon again.
  expect(JSON.parse(await files.read('marks.json'))).toHaveProperty('packs', {});
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
