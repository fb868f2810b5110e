import type { BackupFile } from './file-entry.ts';

/** A file of a snapshot. */
export interface SnapshotFile {
  readonly kind: 'file';
  /** From the root of what was backed up. */
  readonly path: string;
  /** In bytes. */
  readonly size: number;
  /** The version that its store had of it. */
  readonly version: string;
  /** When it was changed, by the clock of its store. */
  readonly modifiedAt: Date;
  readonly contentType?: string | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/** A directory of a snapshot. */
export interface SnapshotDirectory {
  readonly kind: 'directory';
  /** From the root of what was backed up, ending in `/`. */
  readonly path: string;
}

/** What `BackupRepository.entries` lists. */
export type SnapshotEntry = SnapshotFile | SnapshotDirectory;

/** The public form of a file. */
export function toSnapshotFile({ path, size, version, modified_at, content_type, metadata }: BackupFile): SnapshotFile {
  return { kind: 'file', path, size, version, modifiedAt: new Date(modified_at), contentType: content_type, metadata };
}
