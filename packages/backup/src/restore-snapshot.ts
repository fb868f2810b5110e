import { type AbortOptions, type FileStore, FileStoreError, forEachConcurrently, normalizePath } from '@oh/file-store-core';
import { BlobReader } from './blob-reader.ts';
import type { BackupFile } from './file-entry.ts';
import { readFileList, type UnreadablePart } from './file-list.ts';
import { loadIndex } from './load-index.ts';
import type { OpenRepository } from './open-repository.ts';
import type { OnBackupProgress } from './progress.ts';
import { type FileThere, isRefusal, type LostFile, type RefusedFile, Restorer } from './restorer.ts';
import { type Snapshot, toSnapshot } from './snapshot.ts';
import { SnapshotFiles } from './snapshot-files.ts';
import { statIfThere } from './stat-if-there.ts';

const maxInFlight = 16;

/** Options of `BackupRepository.restore`. */
export interface RestoreOptions extends AbortOptions {
  /** Restores the file of this path, or what lies in the directory. Default: everything. */
  readonly path?: string | undefined;
  /** Whether a file of the snapshot is not to be restored, by its path. Default: none is. */
  readonly exclude?: ((path: string) => boolean) | undefined;
  /** Whether a file that is there with other contents is replaced. Default: false, it is left and named in `conflicts`. */
  readonly overwrite?: boolean | undefined;
  readonly onProgress?: OnBackupProgress | undefined;
}

/** What a restoration did. */
export interface Restoration {
  readonly snapshot: Snapshot;
  /** Files that were written. */
  readonly restored: number;
  /** Files that were there already with the same contents. */
  readonly present: number;
  /** Files that are there with other contents, and were left. */
  readonly conflicts: readonly string[];
  readonly lost: readonly LostFile[];
  /** Files that the target does not take: a path that leads through a link, or that it cannot have, a place that is closed to the program. */
  readonly refused: readonly RefusedFile[];
  /** Parts of the list of files that cannot be read: their files are lost, and not in `lost`. */
  readonly unreadable: readonly UnreadablePart[];
  /** Files whose content type or metadata the target cannot keep; their contents are there. */
  readonly withoutMetadata: number;
}

/**
 * Brings the files of a snapshot back; each is compared with its SHA-256 on its way, and appears whole or not at all. What is damaged hides nothing else.
 *
 * @param id See `SnapshotFiles.find`.
 */
export async function restoreSnapshot(
  { files, cipher }: OpenRepository,
  id: string,
  target: FileStore,
  options: RestoreOptions,
): Promise<Restoration> {
  const { signal } = options;
  const path = normalizePath(options.path ?? '');
  const { name, record } = await new SnapshotFiles(files, cipher).find(id, { signal });
  const { index } = await loadIndex(files, cipher, { signal });
  const reader = new BlobReader(files, cipher, index);
  const unreadable: UnreadablePart[] = [];
  const all = readFileList(record.list, reader, { signal, onUnreadable: (part) => unreadable.push(part) });
  const there = await listWanted(all, path);
  if (there.length === 0 && unreadable.length === 0 && record.files > 0) {
    throw new FileStoreError('not-found', `the snapshot has no ${JSON.stringify(path)}`, { path });
  }
  const { exclude } = options;
  const found = exclude === undefined ? there : there.filter((file) => !exclude(file.path));
  const restorer = new Restorer(reader, target, await listTarget(target, path, { signal }), found, options);
  await forEachConcurrently(found, { maxInFlight, signal }, (file, inFlight) => restorer.restore(file, { signal: inFlight }));
  return { snapshot: toSnapshot(name.id, record), ...restorer.result, unreadable };
}

async function listWanted(all: AsyncIterable<BackupFile>, path: string): Promise<BackupFile[]> {
  const wanted: BackupFile[] = [];
  for await (const file of all) {
    if (path === '' || file.path === path || file.path.startsWith(`${path}/`)) {
      wanted.push(file);
    }
  }
  return wanted;
}

/** What is in the target at a path and below it. What it refuses to show there it refuses to take, and no condition lets anything be replaced that was not seen. */
async function listTarget(target: FileStore, path: string, { signal }: AbortOptions): Promise<ReadonlyMap<string, FileThere>> {
  const there = new Map<string, FileThere>();
  try {
    const file = path === '' ? undefined : await statIfThere(target, path, { signal });
    if (file !== undefined) {
      there.set(path, file);
    }
    for await (const entry of target.entries(path, { recursive: true, signal })) {
      if (entry.kind === 'file') {
        there.set(entry.path, entry);
      }
    }
  } catch (error) {
    if (path === '' || !isRefusal(error) || !target.capabilities.conditions) {
      throw error;
    }
  }
  return there;
}
