import type { FileStoreError } from '@oh/file-store-core';
import type { LeftOutFile, SnapshotRecord } from './snapshot-record.ts';

/** One backup of a source, as it was at one moment. */
export interface Snapshot {
  /** 64 hexadecimal digits: the SHA-256 of its file. */
  readonly id: string;
  readonly createdAt: Date;
  /** What was backed up, by the name that was given to it. */
  readonly source: string;
  /** The id of the snapshot whose unchanged files were not read again; it may be pruned by now. */
  readonly parent: string | undefined;
  readonly files: number;
  /** Of all its files together. */
  readonly bytes: number;
  /** Bytes that were written for it; what others have already is not written again. */
  readonly storedBytes: number;
  /** Files that were gone before they could be read. */
  readonly vanished: number;
  /**
   * Directories in which something changed whenever they were looked at, and such files at the root: what is in them is of different moments, also within a file
   * that a program writes into.
   */
  readonly unsettled: readonly string[];
  /** Files that it does not have, and why. */
  readonly leftOut: readonly LeftOutFile[];
}

/** A snapshot that is there and cannot be read. */
export interface UnreadableSnapshot {
  readonly path: string;
  readonly error: FileStoreError;
}

/** The snapshots of a repository, oldest first. */
export interface SnapshotList {
  readonly snapshots: readonly Snapshot[];
  readonly unreadable: readonly UnreadableSnapshot[];
}

/** The public form of a record. */
export function toSnapshot(id: string, record: SnapshotRecord): Snapshot {
  return {
    id,
    createdAt: new Date(record.created_at),
    source: record.source,
    parent: record.parent ?? undefined,
    files: record.files,
    bytes: record.bytes,
    storedBytes: record.stored_bytes,
    vanished: record.vanished,
    unsettled: record.unsettled,
    leftOut: record.left_out,
  };
}
