import type { DirectoryListEntry, FileInfo } from '@oh/file-store-core';
import type { BackupFile } from './file-entry.ts';

/** A file of a snapshot, as its store knew it; its path is from the root of what was backed up. */
export interface SnapshotFile extends FileInfo {
  readonly kind: 'file';
}

/** What `BackupRepository.entries` lists. */
export type SnapshotEntry = SnapshotFile | DirectoryListEntry;

/** The public form of a file. */
export function toSnapshotFile({ path, size, version, modified_at, content_type, metadata }: BackupFile): SnapshotFile {
  return { kind: 'file', path, size, version, modifiedAt: new Date(modified_at), contentType: content_type, metadata };
}
