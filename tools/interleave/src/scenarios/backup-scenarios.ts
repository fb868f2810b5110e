import { BackupRepository, type PruneOptions } from '@oh/backup';
import { type FileStore, hasErrorCode, MemoryFileStore } from '@oh/file-store-core';
import { repeat } from '../repeat.ts';
import type { Play, Scenario } from '../scenario.ts';

/** Files by path. */
type Tree = Readonly<Record<string, string>>;

const old: Tree = { shared: 'in the old one, and in one that comes', only: 'in the old one alone' };
const recent: Tree = { recent: 'in the snapshot that stays' };
const again: Tree = { shared: old['shared'] ?? '', more: 'in the one that comes' };
const other: Tree = { shared: old['shared'] ?? '', other: 'in another one that comes' };

/** The day on which runs take place. */
const today = new Date(Date.UTC(2026, 0, 10));

function openBackups(files: FileStore, now = today): BackupRepository {
  return new BackupRepository({ files, now: () => now });
}

async function storeOf(tree: Tree): Promise<FileStore> {
  const files = new MemoryFileStore({ now: () => new Date(Date.UTC(2026, 0, 1)) });
  for (const [path, text] of Object.entries(tree)) {
    await files.write(path, text);
  }
  return files;
}

const second = new Date(Date.UTC(2026, 0, 2));

/** A repository with two snapshots. */
async function prepareSnapshots(files: FileStore): Promise<void> {
  await openBackups(files, new Date(Date.UTC(2026, 0, 1))).create(await storeOf(old));
  await openBackups(files, second).create(await storeOf(recent));
}

/** A repository whose older snapshot was removed: what only that one needed is marked, and deleted by the next prune. */
async function prepareRepository(files: FileStore): Promise<void> {
  await prepareSnapshots(files);
  await openBackups(files, second).prune({ olderThan: second });
}

/** Snapshots that were acknowledged, with what was backed up. */
class BackupRecord {
  readonly #made = new Map<string, Tree>();

  create(tree: Tree): Play['actors'][string] {
    return async ({ files }) => {
      const source = await storeOf(tree);
      const { id } = await repeat(() => openBackups(files).create(source));
      this.#made.set(id, tree);
    };
  }

  async check(files: FileStore): Promise<void> {
    const { snapshots, unreadable } = await openBackups(files).list();
    if (unreadable.length > 0 || snapshots.length === 0) {
      throw new Error(`${snapshots.length} snapshots, ${unreadable.length} of which cannot be read`);
    }
    await restore(files, 'latest', undefined);
    for (const [id, tree] of this.#made) {
      await restore(files, id, tree);
    }
    const { isSound } = await openBackups(files).verify();
    if (!isSound) {
      throw new Error('the repository is not sound');
    }
  }
}

async function restore(files: FileStore, id: string, tree: Tree | undefined): Promise<void> {
  const target = new MemoryFileStore();
  const { lost } = await openBackups(files).restore(id, target);
  const found: Record<string, string> = {};
  for await (const { path } of target.entries('', { recursive: true })) {
    found[path] = await target.read(path);
  }
  if (lost.length > 0 || (tree !== undefined && JSON.stringify(found) !== JSON.stringify(toSorted(tree)))) {
    throw new Error(`${id} restores as ${JSON.stringify(found)}, lost: ${lost.map(({ path }) => path).join()}`);
  }
}

function toSorted(tree: Tree): Tree {
  return Object.fromEntries(Object.entries(tree).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** Prunes, unless another prune runs or something fails. */
function prunes(options: PruneOptions): Play['actors'][string] {
  return async ({ files }) => {
    await openBackups(files)
      .prune(options)
      .catch((error: unknown) => {
        if (!hasErrorCode(error, 'unavailable')) {
          throw error;
        }
      });
  };
}

/** Removes nothing but what is marked. */
const prune = prunes({ graceMs: 1 });

/** Removes the older snapshot, and marks what only that one needed. */
const mark = prunes({ olderThan: second });

/** Deletes what is marked, when the grace period is over. */
async function deleteMarked(files: FileStore): Promise<void> {
  // Of a prune that died: it would expire.
  await files.delete('locks');
  await openBackups(files, new Date(Date.UTC(2026, 0, 12))).prune({});
}

/** The newest snapshot restores at any moment. */
const restoreLatest: Play['actors'][string] = async ({ files }) => await repeat(() => restore(files, 'latest', undefined));

function play(actors: (record: BackupRecord) => Play['actors']): Play {
  const record = new BackupRecord();
  return { actors: actors(record), check: (files) => record.check(files) };
}

/** `@oh/backup`: backups, prunes and restorations of one repository. */
export const backupScenarios: readonly Scenario[] = [
  {
    name: 'backups: create, create, in a new repository',
    bound: { preemptions: 2, beside: 0 },
    begin: () => play((record) => ({ first: record.create(again), second: record.create(other) })),
  },
  {
    name: 'backups: create, prune',
    bound: { preemptions: 2, beside: 0 },
    prepare: prepareRepository,
    begin: () => play((record) => ({ create: record.create(again), prune })),
  },
  {
    name: 'backups: create, prune that marks what the next one deletes',
    bound: { preemptions: 1, beside: 0 },
    prepare: prepareSnapshots,
    begin: () => {
      const record = new BackupRecord();
      const check = async (files: FileStore): Promise<void> => {
        await record.check(files);
        await deleteMarked(files);
        await record.check(files);
      };
      return { actors: { create: record.create(again), mark }, check };
    },
  },
  {
    name: 'backups: create, prune, restore',
    bound: { preemptions: 1, beside: 0 },
    prepare: prepareRepository,
    begin: () => play((record) => ({ create: record.create(again), prune, restore: restoreLatest })),
  },
];
