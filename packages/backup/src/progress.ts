/** How far a backup, a restoration or a check is. */
export interface BackupProgress {
  /** Files that are done; of `verify` packs. */
  readonly files: number;
  /** Files that there are, as far as it is known. */
  readonly totalFiles: number;
  /** Bytes of the files that are done, and of the parts of larger ones that are. */
  readonly bytes: number;
  readonly totalBytes: number;
}

/** Is told how far it is, after each file and each part of a larger one; it should be quick. */
export type OnBackupProgress = (progress: BackupProgress) => void;
