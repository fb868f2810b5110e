/**
 * Backups of any file store in any other: content-addressed, deduplicated, compressed, on demand encrypted.
 *
 * - **Guarantees**: a snapshot is written last, and then never changed; a file is in it in one version; every changed byte is noticed; what is damaged hides
 *   nothing else; a restoration compares what it writes, and replaces nothing unasked.
 * - **Format**: open, described in `docs/backup-format.md`; a repository that is not encrypted can be read with `sha256sum` and `zstd`.
 * - **Limits**: a backup takes about 1 KB of memory for each file; whoever may write to the repository can delete from it.
 *
 * @packageDocumentation
 */
export type { BackupKey } from './backup-key.ts';
export { BackupRepository, type BackupRepositoryOptions } from './backup-repository.ts';
export type { SnapshotChoice } from './choose-snapshots.ts';
export type { CreatedSnapshot, CreateSnapshotOptions } from './create-snapshot.ts';
export type { SnapshotChange } from './diff-snapshots.ts';
export type { UnreadablePart } from './file-list.ts';
export type { BackupProgress, OnBackupProgress } from './progress.ts';
export type { Pruned, PruneOptions } from './prune-repository.ts';
export type { Restoration, RestoreOptions } from './restore-snapshot.ts';
export type { LostFile, RefusedFile } from './restorer.ts';
export type { Snapshot, SnapshotList, UnreadableSnapshot } from './snapshot.ts';
export type { SnapshotLoss } from './snapshot-checker.ts';
export type { SnapshotEntriesOptions } from './snapshot-entries.ts';
export type { SnapshotEntry, SnapshotFile } from './snapshot-entry.ts';
export type { LeftOutFile } from './snapshot-record.ts';
export type { Verification, VerifyLevel, VerifyOptions } from './verify-repository.ts';
