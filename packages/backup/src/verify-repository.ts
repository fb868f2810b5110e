import { type AbortOptions, type FileStore, type FileStoreError, forEachConcurrently, hasErrorCode } from '@oh/file-store-core';
import { BlobReader } from './blob-reader.ts';
import { checkPack } from './check-pack.ts';
import { loadIndex } from './load-index.ts';
import { lossOf } from './lost-file.ts';
import { marksPath, readMarks } from './marks-file.ts';
import type { OpenRepository } from './open-repository.ts';
import type { OnBackupProgress } from './progress.ts';
import { type PackDamage, SnapshotChecker, type SnapshotLoss } from './snapshot-checker.ts';
import { SnapshotFiles } from './snapshot-files.ts';

/** Packs that are in memory at one time. */
const maxInFlight = 4;

/**
 * How much is looked at.
 *
 * - `structure`: the record of the repository, index files, snapshots and their lists; every part of every file is in a pack that is there.
 * - `{ part, of }`: besides, every byte of a share of the packs: of those that are checked by the parts 1 to `of`, each pack is in one.
 * - `all`: every byte of everything.
 */
export type VerifyLevel = 'structure' | 'all' | { readonly part: number; readonly of: number };

/** Options of `BackupRepository.verify`. */
export interface VerifyOptions extends AbortOptions {
  /** Default: `all`. */
  readonly level?: VerifyLevel | undefined;
  readonly onProgress?: OnBackupProgress | undefined;
}

/** What a check found. */
export interface Verification {
  /** Whether nothing is wrong. */
  readonly isSound: boolean;
  /** Snapshots that could be read. */
  readonly snapshots: number;
  readonly packs: number;
  /** Packs of which every byte was read. */
  readonly checkedPacks: number;
  /** Bytes of these. */
  readonly checkedBytes: number;
  /** Files of the repository that are damaged. */
  readonly damaged: readonly FileStoreError[];
  /** What can thereby not be brought back. */
  readonly lost: readonly SnapshotLoss[];
}

/** Checks a repository; whatever is damaged hides nothing else. */
export async function verifyRepository({ files, cipher }: OpenRepository, options: VerifyOptions): Promise<Verification> {
  const { signal, level = 'all', onProgress } = options;
  const isChosen = toChoice(level);
  const { index, packSizes, unreadable } = await loadIndex(files, cipher, { signal });
  const { stored, unreadable: snapshots } = await new SnapshotFiles(files, cipher).readAll({ signal });
  const damaged = [...unreadable, ...snapshots.map(({ error }) => error), ...(await findMarksDamage(files, { signal }))];
  const chosen = [...packSizes].filter(([pack]) => isChosen(pack));
  const totals = { totalFiles: chosen.length, totalBytes: chosen.reduce((sum, [, size]) => sum + size, 0) };
  const damage = new Map<string, PackDamage>();
  let [checkedPacks, checkedBytes] = [0, 0];
  await forEachConcurrently(chosen, { maxInFlight, signal }, async ([pack, size], inFlight) => {
    const { error, blobs } = await checkPack(files, pack, index.packs.get(pack) ?? [], cipher, { signal: inFlight });
    if (error !== undefined) {
      damaged.push(error);
      damage.set(pack, { error, blobs: new Set(blobs) });
    }
    checkedPacks += 1;
    checkedBytes += size;
    onProgress?.({ files: checkedPacks, bytes: checkedBytes, ...totals });
  });
  const checker = new SnapshotChecker(new BlobReader(files, cipher, index), index, packSizes, damage);
  for (const snapshot of stored) {
    await checker.check(snapshot, { signal });
  }
  damaged.push(...checker.damaged);
  return {
    isSound: damaged.length === 0 && checker.lost.length === 0,
    snapshots: stored.length,
    packs: packSizes.size,
    checkedPacks,
    checkedBytes,
    damaged: unique(damaged),
    lost: checker.lost,
  };
}

async function findMarksDamage(files: FileStore, options: AbortOptions): Promise<readonly FileStoreError[]> {
  try {
    await readMarks(files, options);
    return [];
  } catch (error) {
    return [hasErrorCode(error, 'unsupported') ? error : await lossOf({ files, path: marksPath, error }, options)];
  }
}

/** @throws {RangeError} For a part that is none. */
function toChoice(level: VerifyLevel): (pack: string) => boolean {
  if (typeof level === 'string') {
    return () => level === 'all';
  }
  const { part, of } = level;
  if (!(Number.isInteger(part) && Number.isInteger(of) && part >= 1 && part <= of && of <= 2 ** 32)) {
    throw new RangeError('a share of the packs is a part from 1 to `of`');
  }
  return (pack) => Number.parseInt(pack.slice(0, 8), 16) % of === part - 1;
}

/** One for each file and message. */
function unique(errors: readonly FileStoreError[]): FileStoreError[] {
  return [...new Map(errors.map((error) => [error.message, error])).values()];
}
