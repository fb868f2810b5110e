import { type AbortOptions, comparePaths, type FileStore, FileStoreError, hasErrorCode, withLinkedSignal } from '@oh/file-store-core';
import { BlobIndex } from './blob-index.ts';
import { BlobReader } from './blob-reader.ts';
import { BlobWriter } from './blob-writer.ts';
import { type BackupFile, toModifiedAt } from './file-entry.ts';
import { readFilePart, writeFileList } from './file-list.ts';
import { listFiles, type SourceListing } from './list-files.ts';
import { loadIndex } from './load-index.ts';
import type { OpenRepository } from './open-repository.ts';
import { maySecretsBeIn } from './plain-secrets.ts';
import type { OnBackupProgress } from './progress.ts';
import { readSourceFile } from './read-source-file.ts';
import { Reliance } from './reliance.ts';
import type { RepositoryCipher } from './repository-cipher.ts';
import { type ScanReadOptions, type ScanResult, scanSource } from './scan-source.ts';
import { type Snapshot, toSnapshot } from './snapshot.ts';
import { SnapshotFiles, type StoredSnapshot } from './snapshot-files.ts';

/** Options of `BackupRepository.create`. */
export interface CreateSnapshotOptions extends AbortOptions {
  /**
   * Names the source, such as its store URL; never with credentials. The newest snapshot of the same name is the parent: what has not changed since is not
   * read. Default: an empty name.
   */
  readonly name?: string | undefined;
  /** Whether a file is to be left alone as if it were not there, by its path; of a directory, with its `/`, whether all in it is. Default: none is. */
  readonly exclude?: ((path: string) => boolean) | undefined;
  /**
   * Whether files with secrets in clear go into a repository that is not encrypted. Default: they are left out, and named in the result. An encrypted
   * repository takes all.
   */
  readonly includePlainSecrets?: boolean | undefined;
  /**
   * Whether a snapshot of a source without files is made when its last one has some. Default: false: a disk that is not mounted, or was taken out, lists as an empty
   * directory, and such snapshots would push the good ones out when old ones are removed.
   */
  readonly allowEmpty?: boolean | undefined;
  /** Whether everything is read as for a snapshot, and nothing is written, also no repository: the result is of the snapshot that would be. Default: false. */
  readonly dryRun?: boolean | undefined;
  readonly onProgress?: OnBackupProgress | undefined;
}

/** What a backup did. */
export interface CreatedSnapshot extends Snapshot {
  /** Files that its parent has not; without one, all. */
  readonly added: number;
  /** Files that had changed since, and were read. */
  readonly changed: number;
  /** Files that were not read, since they had not changed. */
  readonly unchanged: number;
  /**
   * Why it is not known what a prune is deleting: `marks.json` cannot be read. The snapshot is whole, relies upon nothing that was stored before, and has no parent.
   * `undefined`: it is known.
   */
  readonly unreadableMarks: FileStoreError | undefined;
}

/** Where a dry run writes. */
const nowhere: Pick<FileStore, 'write'> = {
  write: async (path) => ({ path, size: 0, version: '', modifiedAt: new Date(0) }),
};

/**
 * Backs a source up, which is listed while the repository is opened: the key of a passphrase takes a while.
 *
 * @param createdAt The time that the snapshot gets. @returns The snapshot; of a dry run the one that would be, with an empty id.
 * @throws {FileStoreError} What `open` throws; then nothing is listed any more. `unavailable` for a source that has become empty.
 */
export async function createSnapshot(
  open: () => Promise<OpenRepository>,
  source: FileStore,
  createdAt: Date,
  options: CreateSnapshotOptions,
): Promise<CreatedSnapshot> {
  const { signal, exclude = () => false } = options;
  return await withLinkedSignal(signal, async (until, stop) => {
    const begun = [open(), listFiles(source, [''], exclude, { signal: until })] as const;
    try {
      const [repository, listed] = await Promise.all(begun);
      return await storeSnapshot(repository, source, { createdAt, listed }, options);
    } finally {
      stop(undefined);
      await Promise.allSettled(begun);
    }
  });
}

/** The snapshot is written last: what ends before leaves none, and the next backup uses what was stored already. */
async function storeSnapshot(
  { files, cipher }: OpenRepository,
  source: FileStore,
  { createdAt, listed }: { readonly createdAt: Date; readonly listed: SourceListing },
  options: CreateSnapshotOptions,
): Promise<CreatedSnapshot> {
  const { signal, name = '', dryRun = false } = options;
  const snapshots = new SnapshotFiles(files, cipher);
  const reliance = await Reliance.begin(files, { signal });
  const index = await loadReliable(files, cipher, reliance, { signal });
  const last = await snapshots.findNewest(name, { signal });
  const parent = reliance.damage === undefined ? last : undefined;
  const kept =
    parent === undefined ? new Map<string, BackupFile>() : await readKept(parent, new BlobReader(files, cipher, index), index, { signal });
  const writer = new BlobWriter(dryRun ? nowhere : files, cipher, index);
  const scan = await scanSource(source, listed, kept, toScanSteps(source, writer, cipher.encrypts, options), { signal });
  const found = [...scan.files.values()].sort((a, b) => comparePaths(a.path, b.path));
  if (found.length === 0 && scan.leftOut.size === 0 && options.allowEmpty !== true) {
    refuseEmptied(last, options.exclude === undefined ? 'the source is empty' : 'the source is empty, or all of it is excluded');
  }
  // Damage to contents is not to take the list with it.
  await writer.endFrame({ signal });
  const list = await writeFileList(found, writer, { signal });
  await writer.flush({ signal });
  const record = {
    format: 'oh-backup-snapshot',
    version: 1,
    created_at: createdAt.toISOString(),
    source: name,
    parent: parent?.name.id ?? null,
    ...summarize(found, scan),
    stored_bytes: writer.storedBytes,
    list,
  } as const;
  const created = { ...countChanges(found, kept), unreadableMarks: reliance.damage };
  if (dryRun) {
    return { ...toSnapshot('', record), ...created };
  }
  const packs = packsOf([...list, ...found.flatMap(({ chunks }) => chunks)], index);
  await reliance.rescue(packs, { signal });
  const { id, path } = await snapshots.write(record, { signal });
  try {
    await reliance.confirm(packs, {});
  } catch (error) {
    // A snapshot that may lack something is worse than none; where it cannot be deleted either, verify says what it lacks.
    await files.delete(path).catch(() => undefined);
    throw error;
  }
  return { ...toSnapshot(id, record), ...created };
}

/** What is there and may be relied upon: where it is not known what is in deletion, nothing. */
async function loadReliable(files: FileStore, cipher: RepositoryCipher, reliance: Reliance, { signal }: AbortOptions): Promise<BlobIndex> {
  return reliance.damage === undefined ? (await loadIndex(files, cipher, { signal, without: reliance.refused })).index : new BlobIndex();
}

function countChanges(
  found: readonly BackupFile[],
  kept: ReadonlyMap<string, BackupFile>,
): Pick<CreatedSnapshot, 'added' | 'changed' | 'unchanged'> {
  const unchanged = found.filter((file) => kept.get(file.path) === file).length;
  const added = found.filter(({ path }) => !kept.has(path)).length;
  return { added, changed: found.length - unchanged - added, unchanged };
}

function refuseEmptied(last: StoredSnapshot | undefined, what: string): void {
  const { files = 0 } = last?.record ?? {};
  if (files > 0) {
    const message = `${what}, unlike its last snapshot (files: ${files}): is its disk there? If that is meant, say allowEmpty (--allow-empty)`;
    throw new FileStoreError('unavailable', message, { retryable: false });
  }
}

function summarize(found: readonly BackupFile[], { vanished, unsettled, leftOut }: ScanResult) {
  return {
    files: found.length,
    bytes: found.reduce((sum, { size }) => sum + size, 0),
    vanished,
    unsettled,
    left_out: [...leftOut.values()].sort((a, b) => comparePaths(a.path, b.path)),
  };
}

function packsOf(blobs: readonly string[], index: BlobIndex): ReadonlySet<string> {
  return new Set(blobs.flatMap((id) => index.find(id)?.pack ?? []));
}

function toScanSteps(source: FileStore, writer: BlobWriter, encrypts: boolean, options: CreateSnapshotOptions) {
  const { exclude = () => false, includePlainSecrets = false, onProgress } = options;
  const leavesOutSecrets = !encrypts && !includePlainSecrets;
  return {
    isExcluded: exclude,
    // A store may give two contents of one path one version, when it begins anew: size and time tell them apart.
    isUnchanged: (known: BackupFile, listed: { path: string; version: string; size: number; modifiedAt: Date }): boolean =>
      known.version === listed.version &&
      known.size === listed.size &&
      known.modified_at === toModifiedAt(listed.modifiedAt) &&
      !(leavesOutSecrets && maySecretsBeIn(listed.path)),
    read: (path: string, options: ScanReadOptions) => readSourceFile(source, path, writer, { ...options, leavesOutSecrets }),
    onProgress,
  };
}

/** The files of a snapshot whose contents are all there; where its list is damaged the rest is read again, and that part is not relied upon. */
async function readKept(
  { record }: StoredSnapshot,
  reader: BlobReader,
  index: BlobIndex,
  options: AbortOptions,
): Promise<Map<string, BackupFile>> {
  const kept = new Map<string, BackupFile>();
  for (const part of record.list) {
    try {
      for (const file of await readFilePart(part, undefined, reader, options)) {
        if (file.chunks.every((id) => index.find(id) !== undefined)) {
          kept.set(file.path, file);
        }
      }
    } catch (error) {
      if (!hasErrorCode(error, 'corrupt')) {
        throw error;
      }
      index.forget(part);
    }
  }
  return kept;
}
