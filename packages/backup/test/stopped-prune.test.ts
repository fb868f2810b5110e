import { randomBytes } from 'node:crypto';
import { MemoryFileStore } from '@oh/file-store-core';
import { interceptFileStore } from '@oh/file-store-core/testing';
import { expect, it } from 'vitest';
import { BackupRepository } from '../src/backup-repository.ts';
import { readTree, storeOf } from './file-tree.ts';
import { withCode } from './with-code.ts';

/** A moment that is waited for. */
class Moment {
  readonly #reached = Promise.withResolvers<void>();
  readonly come = (): void => this.#reached.resolve();
  readonly wait = (): Promise<void> => this.#reached.promise;
}

/**
 * A backup that took longer than the grace period and is about to write its snapshot, and a prune that has looked which packs are needed, and is about to mark the one that
 * this snapshot needs; then it is about to delete it. Both stop there until they may go on.
 */
async function stopBoth() {
  const files = new MemoryFileStore();
  const repository = new BackupRepository({ files });
  const source = await storeOf({ a: randomBytes(900) });
  await repository.create(source);
  await repository.create(await storeOf({ b: 'y' }));
  await repository.prune({ olderThan: new Date('2100-01-01T00:00:00Z') });
  const moments = { ready: new Moment(), mayMark: new Moment(), isDeleting: new Moment(), mayDelete: new Moment() };
  const snapshot = { mayBeWritten: new Moment(), isWritten: new Moment(), mayBeConfirmed: new Moment() };
  const forPrune = interceptFileStore(files, async (operation, path) => {
    if (operation === 'write' && path === 'marks.json') {
      moments.ready.come();
      await moments.mayMark.wait();
    }
    if (operation === 'delete' && String(path).startsWith('packs/')) {
      moments.isDeleting.come();
      await moments.mayDelete.wait();
    }
  });
  let pruning: Promise<unknown> | undefined;
  let isWriting = false;
  const forBackup = interceptFileStore(files, async (operation, path) => {
    if (operation === 'write' && String(path).startsWith('snapshots/')) {
      await repository.prune({ graceMs: 0 });
      pruning = new BackupRepository({ files: forPrune }).prune({ graceMs: 0 });
      await snapshot.mayBeWritten.wait();
      isWriting = true;
    }
    if (operation === 'read' && path === 'marks.json' && isWriting) {
      snapshot.isWritten.come();
      await snapshot.mayBeConfirmed.wait();
    }
  });
  const creating = new BackupRepository({ files: forBackup }).create(source).catch((error: unknown) => error);
  await moments.ready.wait();
  return {
    files,
    repository,
    source,
    snapshot,
    /** Lets the prune mark and look again: it deletes from then on. */
    mark: async () => {
      moments.mayMark.come();
      await moments.isDeleting.wait();
    },
    /** Lets the snapshot be written, but not confirmed. */
    write: async () => {
      snapshot.mayBeWritten.come();
      await snapshot.isWritten.wait();
    },
    /** Another prune, for which the lease of the one that is stopped has expired. */
    pruneBeside: async (hook: (operation: string, path: unknown) => Promise<void> = async () => undefined) => {
      await files.delete('locks/prune.json');
      await new BackupRepository({ files: interceptFileStore(files, hook) }).prune({ graceMs: 0 });
    },
    /** Lets the prune that was stopped delete. */
    resume: async () => {
      moments.mayDelete.come();
      await pruning?.catch(() => undefined);
    },
    creating,
  };
}

/** What is done the first time only. */
function once(action: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => {
    done ??= action();
    return done;
  };
}

it.each(['begins when the snapshot is there', 'has read the marks before', 'is about to mark'])(
  'makes no snapshot that a stopped prune takes a pack from, when another prune %s',
  async (when) => {
    const { repository, snapshot, mark, write, pruneBeside, resume, creating } = await stopBoth();
    const both = once(async () => {
      await mark();
      await write();
    });
    if (when === 'begins when the snapshot is there') {
      await both();
      await pruneBeside();
    } else if (when === 'has read the marks before') {
      await pruneBeside(async (operation) => (operation === 'list' ? await both() : undefined));
    } else {
      await mark();
      const writeOnce = once(write);
      await pruneBeside(async (operation, path) => (operation === 'write' && path === 'marks.json' ? await writeOnce() : undefined));
    }
    snapshot.mayBeConfirmed.come();
    expect(await creating).toEqual(withCode('unavailable'));
    await resume();
    expect(await repository.verify()).toMatchObject({ isSound: true, snapshots: 1 });
  },
);

it('stores anew what a snapshot needs of a pack that a stopped prune deletes, when the backup died before it could look', async () => {
  const { repository, source, mark, write, pruneBeside, resume } = await stopBoth();
  await mark();
  await write();
  expect(await repository.prune({ dryRun: true })).toMatchObject({ deletedPacks: 1, repackedPacks: 1, waitingPacks: 0 });
  await pruneBeside();
  await resume();
  const target = new MemoryFileStore();
  expect(await repository.restore('latest', target)).toMatchObject({ lost: [], unreadable: [] });
  expect(await readTree(target)).toEqual(await readTree(source));
  expect(await repository.verify()).toMatchObject({ isSound: true, snapshots: 2 });
});

it('takes no mark of another prune for its own, though the file of their leases was deleted', async () => {
  const files = new MemoryFileStore();
  const repository = new BackupRepository({ files });
  const [source, other] = [await storeOf({ a: randomBytes(900) }), await storeOf({ b: 'y' })];
  await repository.create(source);
  await repository.create(other);
  await repository.prune({ olderThan: new Date('2100-01-01T00:00:00Z'), graceMs: 0 });
  const [begun, mayGoOn] = [new Moment(), new Moment()];
  let step = '';
  /** Stops a prune when it is about to make a step for the first time. */
  const stopAt = (operation: string, directory: string, moment: Moment, resume: Moment) => {
    let isStopped = false;
    return interceptFileStore(files, async (each, path) => {
      if (each === operation && String(path).startsWith(directory) && !isStopped) {
        isStopped = true;
        step = `${each} ${String(path)}`;
        moment.come();
        await resume.wait();
      }
    });
  };
  await files.delete('locks');
  const first = new BackupRepository({ files: stopAt('delete', 'packs/', begun, mayGoOn) }).prune({ graceMs: 0 });
  await begun.wait();
  expect(step).toMatch(/^delete packs/);
  const marked = JSON.parse(await files.read('marks.json')) as { readonly packs: Record<string, { readonly deleting: unknown }> };
  await files.delete('locks');
  const [again, mayDelete] = [new Moment(), new Moment()];
  const second = new BackupRepository({ files: stopAt('delete', 'packs/', again, mayDelete) }).prune({ graceMs: 0 });
  await again.wait();
  const takenOver = JSON.parse(await files.read('marks.json')) as typeof marked;
  const [[pack, { deleting }] = ['', { deleting: undefined }]] = Object.entries(marked.packs);
  expect(takenOver.packs[pack]?.deleting).not.toEqual(deleting);
  mayDelete.come();
  mayGoOn.come();
  await Promise.allSettled([first, second]);
  expect(await repository.verify()).toMatchObject({ isSound: true, snapshots: 1 });
});
