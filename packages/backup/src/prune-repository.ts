import { randomUUID } from 'node:crypto';
import { type AbortOptions, acquireLease, type FileStore, FileStoreError, forEachConcurrently, type Lease } from '@oh/file-store-core';
import { BlobReader } from './blob-reader.ts';
import { chooseSnapshots, type SnapshotChoice } from './choose-snapshots.ts';
import { indexDirectory, type PackTables, writeIndexFile } from './index-files.ts';
import { loadIndex } from './load-index.ts';
import { type Marks, type PackMark, readMarks, updateMarks } from './marks-file.ts';
import type { OpenRepository } from './open-repository.ts';
import { packPath } from './pack-path.ts';
import { findPackUse, inOrderOfUse, type PackUse } from './pack-usage.ts';
import { ReferencedBlobs } from './referenced-blobs.ts';
import { choosePacksToRepack, repack } from './repack.ts';
import { type Snapshot, toSnapshot } from './snapshot.ts';
import { SnapshotFiles, type StoredSnapshot } from './snapshot-files.ts';

/** How long a pack that nobody needs stays. A backup that begins before and ends within it may still rely on the pack. */
const defaultGraceMs = 24 * 60 * 60 * 1000;
/** How long another prune that died is waited for. */
const leaseMs = 60_000;
const maxInFlight = 16;

/** Options of `BackupRepository.prune`. */
export interface PruneOptions extends AbortOptions, SnapshotChoice {
  /** Milliseconds between the prune that finds a pack unneeded and one that deletes it. Longer than any backup takes. Default: a day. */
  readonly graceMs?: number | undefined;
  /** Says what would be done, and does nothing. Default: false. */
  readonly dryRun?: boolean | undefined;
}

/** What a prune did. */
export interface Pruned {
  /** Snapshots that are gone, oldest first. */
  readonly removed: readonly Snapshot[];
  readonly kept: number;
  /** Packs that were deleted, and their bytes. */
  readonly deletedPacks: number;
  readonly deletedBytes: number;
  /** Packs that nobody needs, and which a prune after the grace period deletes. */
  readonly waitingPacks: number;
  readonly waitingBytes: number;
  /** Packs whose contents were stored anew with others, as little of them was needed. */
  readonly repackedPacks: number;
}

/** Removes snapshots, and in two steps, a grace period apart, what only they needed. */
export async function pruneRepository(repository: OpenRepository, options: PruneOptions): Promise<Pruned> {
  const { graceMs = defaultGraceMs, dryRun = false, signal } = options;
  if (!(graceMs >= 0)) {
    throw new RangeError('graceMs is a number of milliseconds from 0');
  }
  if (dryRun) {
    return await new Prune(repository, options, graceMs, undefined).run({ signal });
  }
  const lease = await acquireLease(repository.files, 'locks/prune.json', { ttlMs: leaseMs, owner: 'oh-backup prune', signal });
  try {
    return await new Prune(repository, options, graceMs, lease).run({ signal: withLease(lease, signal) });
  } finally {
    // What cannot be given back expires.
    await lease.release().catch(() => undefined);
  }
}

function withLease(lease: Lease, signal: AbortSignal | undefined): AbortSignal {
  return signal === undefined ? lease.signal : AbortSignal.any([signal, lease.signal]);
}

/** What a prune has found out about packs. */
interface PackJudgement {
  /** Those that no snapshot needs, and those that were stored anew. */
  readonly unneeded: readonly string[];
  readonly repacked: readonly string[];
  /** Marked ones that are no longer there. */
  readonly gone: ReadonlySet<string>;
}

class Prune {
  readonly #files: FileStore;
  readonly #repository: OpenRepository;
  readonly #options: PruneOptions;
  readonly #graceMs: number;
  /** Of a dry run none. */
  readonly #lease: Lease | undefined;
  /** What its marks have. */
  readonly #id: string = randomUUID();
  readonly #snapshots: SnapshotFiles;

  constructor(repository: OpenRepository, options: PruneOptions, graceMs: number, lease: Lease | undefined) {
    this.#files = repository.files;
    this.#repository = repository;
    this.#options = options;
    this.#graceMs = graceMs;
    this.#lease = lease;
    this.#snapshots = new SnapshotFiles(repository.files, repository.cipher);
  }

  async run({ signal }: AbortOptions): Promise<Pruned> {
    const { cipher } = this.#repository;
    const marks = await readMarks(this.#files, { signal });
    const indexFiles = await this.#files.list(indexDirectory, { signal });
    const { going, staying } = chooseSnapshots(await this.#readSnapshots({ signal }), this.#options);
    // All that has to be known is read before anything is deleted.
    const { packSizes, tables, uses } = await this.#findUse(staying, marks, { signal });
    // Another prune may be about to delete what it has marked so, however late: what is needed of that is stored anew.
    const claimed = [...uses]
      .filter(([pack, { blobs }]) => blobs.length > 0 && isBeingDeleted(marks.packs.get(pack)))
      .map(([pack]) => pack);
    const toRepack = [...new Set([...choosePacksToRepack(uses, packSizes), ...claimed])];
    const unneeded = [...uses].filter(([pack, { blobs }]) => blobs.length === 0 || toRepack.includes(pack)).map(([pack]) => pack);
    const report = (deleted: readonly string[], waiting: readonly string[]): Pruned => ({
      removed: going.map(({ name, record }) => toSnapshot(name.id, record)),
      kept: staying.length,
      ...count(packSizes, deleted, waiting),
      repackedPacks: toRepack.length,
    });
    if (this.#options.dryRun === true) {
      const isDue = (pack: string): boolean => this.#isDue(pack, marks.packs.get(pack), toRepack);
      return report(
        unneeded.filter(isDue),
        unneeded.filter((pack) => !isDue(pack)),
      );
    }
    await repack(this.#files, cipher, pick(tables, uses, toRepack), { signal });
    for (const { name } of going) {
      await this.#remove(name.path, { signal });
    }
    // Names are never given again: what was marked, and was not there when it was listed after that, is gone.
    const gone = new Set([...marks.packs.keys()].filter((pack) => !packSizes.has(pack)));
    const { marked, takenOver } = await this.#mark({ unneeded, repacked: toRepack, gone }, { signal });
    const deleted = await this.#delete(marked, takenOver, { signal });
    if (deleted.length + toRepack.length > 0 || indexFiles.length > maxInFlight) {
      await this.#replaceIndex(indexFiles, { signal });
    }
    return report(
      deleted,
      [...marked.packs.keys()].filter((pack) => !deleted.includes(pack)),
    );
  }

  /** What snapshots need of each pack. @throws {FileStoreError} `corrupt` when that cannot be found out, or is not there. */
  async #findUse(snapshots: readonly StoredSnapshot[], marks: Marks, { signal }: AbortOptions) {
    const { cipher } = this.#repository;
    const { index: loaded, packSizes } = await loadIndex(this.#files, cipher, { signal });
    const index = inOrderOfUse(loaded.packs, (pack) => marks.packs.has(pack));
    const needed = new ReferencedBlobs(new BlobReader(this.#files, cipher, index));
    for (const snapshot of snapshots) {
      await needed.add(snapshot, { signal });
    }
    // After the lists were read: of one that is damaged the index has the copy that is whole.
    const uses = findPackUse(index, needed.ids);
    checkAllThere(needed.ids, uses);
    return { packSizes, tables: index.packs, uses };
  }

  /** @throws {FileStoreError} `corrupt`: what an unreadable snapshot needs is not known. */
  async #readSnapshots(options: AbortOptions): Promise<readonly StoredSnapshot[]> {
    const { stored, unreadable } = await this.#snapshots.readAll(options);
    const [first] = unreadable;
    if (first !== undefined) {
      const message = `nothing is pruned: ${JSON.stringify(first.path)} cannot be read, and what it needs is not known; bring it back, or delete it`;
      throw new FileStoreError('corrupt', message, { path: first.path, cause: first.error });
    }
    return stored;
  }

  /** Whether a pack that is not needed is deleted now: one that has just been stored anew is only where another prune may delete it anyway. */
  #isDue(pack: string, mark: PackMark | undefined, repacked: readonly string[]): boolean {
    const now = this.#repository.now().getTime();
    const isOver = mark !== undefined && !repacked.includes(pack) && Date.parse(mark.marked_at) + this.#graceMs <= now;
    return isOver || isBeingDeleted(mark);
  }

  /**
   * Marks what is not needed, takes the marks from what is, and says which packs are deleted from now on: never one that has just been marked. What another prune
   * is deleting stays marked so.
   *
   * @returns The marks, and which packs another prune was deleting.
   */
  async #mark({ unneeded, repacked, gone }: PackJudgement, options: AbortOptions) {
    const now = this.#repository.now().toISOString();
    let takenOver: ReadonlySet<string> = new Set();
    const next = (pack: string, mark: PackMark | undefined): PackMark => {
      if (mark !== undefined && this.#isDue(pack, mark, repacked)) {
        return { ...mark, deleting: this.#id };
      }
      return mark === undefined || repacked.includes(pack) ? { ...mark, marked_at: now, deleting: null } : mark;
    };
    const change = ({ deletions, packs }: Marks): Marks => {
      const claimed = [...packs].filter(([pack, mark]) => isBeingDeleted(mark) && !gone.has(pack));
      takenOver = new Set(claimed.map(([pack]) => pack));
      const marks = new Map([...claimed, ...unneeded.map((pack) => [pack, next(pack, packs.get(pack))] as const)]);
      return { deletions: deletions + ([...marks.values()].some(isBeingDeleted) ? 1 : 0), packs: marks };
    };
    const marked = await updateMarks(this.#files, change, options);
    return { marked, takenOver };
  }

  /** Deletes the packs that are marked so, but for those that snapshots need which were written meanwhile. @returns Which are gone. */
  async #delete(marks: Marks, takenOver: ReadonlySet<string>, { signal }: AbortOptions): Promise<readonly string[]> {
    const deleting = [...marks.packs].filter(([, mark]) => mark.deleting === this.#id).map(([pack]) => pack);
    if (deleting.length === 0) {
      return [];
    }
    // Looked at again after the marks were written: whoever writes a snapshot later reads the marks then.
    const { uses } = await this.#findUse(await this.#readSnapshots({ signal }), marks, { signal });
    const gone = deleting.filter((pack) => uses.get(pack)?.blobs.length === 0);
    await forEachConcurrently(gone, { maxInFlight, signal }, (pack, inFlight) => this.#remove(packPath(pack), { signal: inFlight }));
    const isGone = new Set(gone);
    // What is spared is relied upon again: not while another prune may still delete it.
    const isSettled = (pack: string, mark: PackMark): boolean => isGone.has(pack) || (mark.deleting === this.#id && !takenOver.has(pack));
    const change = ({ deletions, packs }: Marks): Marks => ({
      deletions,
      packs: new Map([...packs].filter(([pack, mark]) => !isSettled(pack, mark))),
    });
    await updateMarks(this.#files, change, { signal });
    return gone;
  }

  /** Deletes what nobody else may have spared since: not when this was stopped for longer than its lease lasts, and no timer has told it yet. */
  async #remove(path: string, options: AbortOptions): Promise<void> {
    this.#lease?.signal.throwIfAborted();
    await this.#files.delete(path, options);
  }

  /** One index file for all packs; they are only copies, and whoever reads them meanwhile asks the packs. */
  async #replaceIndex(old: readonly string[], { signal }: AbortOptions): Promise<void> {
    const { index } = await loadIndex(this.#files, this.#repository.cipher, { signal });
    const path = await writeIndexFile(this.#files, index.packs, this.#repository.cipher, { signal });
    for (const each of old.filter((other) => other !== path)) {
      await this.#files.delete(each, { signal });
    }
  }
}

function isBeingDeleted(mark: PackMark | undefined): boolean {
  return mark !== undefined && mark.deleting !== null;
}

/** @throws {FileStoreError} `corrupt`: where contents are missing, what is there may be needed to bring them back. */
function checkAllThere(needed: ReadonlySet<string>, uses: ReadonlyMap<string, PackUse>): void {
  const found = [...uses.values()].reduce((sum, { blobs }) => sum + blobs.length, 0);
  if (found < needed.size) {
    throw new FileStoreError(
      'corrupt',
      `nothing is pruned: ${needed.size - found} blobs that snapshots need are in no pack; verify says what is lost`,
    );
  }
}

function pick(tables: PackTables, uses: ReadonlyMap<string, PackUse>, packs: readonly string[]): Parameters<typeof repack>[2] {
  return new Map(
    packs.flatMap((pack) => {
      const [frames, use] = [tables.get(pack), uses.get(pack)];
      return frames === undefined || use === undefined ? [] : [[pack, { frames, use }] as const];
    }),
  );
}

function count(packSizes: ReadonlyMap<string, number>, deleted: readonly string[], waiting: readonly string[]) {
  const bytesOf = (packs: readonly string[]): number => packs.reduce((sum, pack) => sum + (packSizes.get(pack) ?? 0), 0);
  return {
    deletedPacks: deleted.length,
    deletedBytes: bytesOf(deleted),
    waitingPacks: waiting.length,
    waitingBytes: bytesOf(waiting),
  };
}
