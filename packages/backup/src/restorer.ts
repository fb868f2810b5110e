import {
  type AbortOptions,
  type FileListEntry,
  type FileStore,
  FileStoreError,
  type FileStoreErrorCode,
  hasErrorCode,
  type WriteOptions,
} from '@oh/file-store-core';
import type { BlobReader } from './blob-reader.ts';
import type { BackupFile } from './file-entry.ts';
import { chunkBytes } from './read-source-file.ts';
import type { Restoration, RestoreOptions } from './restore-snapshot.ts';
import { RestoredContents, type RestoredContentsOptions } from './restored-contents.ts';
import { sha256 } from './sha256.ts';

/** A file of a snapshot whose contents cannot be brought back. */
export interface LostFile {
  readonly path: string;
  /** What is damaged. */
  readonly error: FileStoreError;
}

/** A file of a snapshot that the target does not take. */
export interface RefusedFile {
  readonly path: string;
  /** Why not. */
  readonly error: FileStoreError;
}

/** What a target says of one path, and may take another. */
const refusals: ReadonlySet<FileStoreErrorCode> = new Set(['permission-denied', 'invalid-path', 'invalid-argument', 'unsupported']);

/** Whether a target says so. */
export function isRefusal(error: unknown): error is FileStoreError {
  return error instanceof FileStoreError && refusals.has(error.code);
}

/** What is known of a file that the target has. */
export type FileThere = Pick<FileListEntry, 'size' | 'version'>;

/** Writes files back, and counts. */
export class Restorer {
  readonly #reader: BlobReader;
  readonly #target: FileStore;
  readonly #there: ReadonlyMap<string, FileThere>;
  readonly #options: RestoreOptions;
  readonly #totals: { readonly totalFiles: number; readonly totalBytes: number };
  readonly #conflicts: string[] = [];
  readonly #lost: LostFile[] = [];
  readonly #refused: RefusedFile[] = [];
  #restored = 0;
  #present = 0;
  #withoutMetadata = 0;
  #files = 0;
  #bytes = 0;

  constructor(
    reader: BlobReader,
    target: FileStore,
    there: ReadonlyMap<string, FileThere>,
    wanted: readonly BackupFile[],
    options: RestoreOptions,
  ) {
    this.#reader = reader;
    this.#target = target;
    this.#there = there;
    this.#options = options;
    this.#totals = { totalFiles: wanted.length, totalBytes: wanted.reduce((sum, { size }) => sum + size, 0) };
  }

  get result(): Omit<Restoration, 'snapshot' | 'unreadable'> {
    return {
      restored: this.#restored,
      present: this.#present,
      conflicts: this.#conflicts.sort(),
      lost: this.#lost,
      refused: this.#refused,
      withoutMetadata: this.#withoutMetadata,
    };
  }

  async restore(file: BackupFile, { signal }: AbortOptions): Promise<void> {
    let rest = file.size;
    const onPart = (bytes: number): void => {
      // What is compared and then written counts once.
      const counted = Math.min(bytes, rest);
      rest -= counted;
      this.#bytes += counted;
      this.#progress();
    };
    try {
      await this.#bring(file, { signal, onPart });
    } catch (error) {
      if (!(isRefusal(error) && error.path === file.path)) {
        throw error;
      }
      this.#refused.push({ path: file.path, error });
    }
    this.#files += 1;
    this.#bytes += rest;
    this.#progress();
  }

  #progress(): void {
    this.#options.onProgress?.({ files: this.#files, bytes: this.#bytes, ...this.#totals });
  }

  async #bring(file: BackupFile, options: RestoredContentsOptions): Promise<void> {
    const there = this.#there.get(file.path);
    const comparison = there === undefined ? 'gone' : await compare(this.#target, there, file, options);
    if (comparison === 'same') {
      this.#present += 1;
    } else if (comparison === 'different' && this.#options.overwrite !== true) {
      this.#conflicts.push(file.path);
    } else {
      await this.#write(file, comparison === 'gone' ? undefined : there, options);
    }
  }

  async #write(file: BackupFile, there: FileThere | undefined, options: RestoredContentsOptions): Promise<void> {
    const { signal } = options;
    const contents = new RestoredContents(this.#reader, file, options);
    try {
      const metadata = this.#metadata(file);
      await this.#target.write(file.path, await contents.open(), { signal, ...this.#condition(there), ...metadata });
      this.#restored += 1;
      this.#withoutMetadata += metadata === undefined ? 1 : 0;
    } catch (error) {
      if (hasErrorCode(error, 'already-exists') || hasErrorCode(error, 'version-mismatch') || hasErrorCode(error, 'path-conflict')) {
        this.#conflicts.push(file.path);
      } else if (contents.damage !== undefined) {
        this.#lost.push({ path: file.path, error: contents.damage });
      } else {
        throw error;
      }
    }
  }

  /** What appears meanwhile is not replaced either. */
  #condition(there: FileThere | undefined): WriteOptions {
    if (!this.#target.capabilities.conditions) {
      return {};
    }
    return there === undefined ? { ifAbsent: true } : { ifVersion: there.version };
  }

  /** @returns `undefined` where the target cannot keep what the file has. */
  #metadata({ content_type: contentType, metadata }: BackupFile): WriteOptions | undefined {
    if (contentType === undefined && metadata === undefined) {
      return {};
    }
    return this.#target.capabilities.metadata ? { contentType, metadata } : undefined;
  }
}

/** Whether the target has the file already, as after a restoration that was interrupted, or no more. */
async function compare(
  target: FileStore,
  there: FileThere,
  file: BackupFile,
  { signal, onPart }: RestoredContentsOptions,
): Promise<'same' | 'different' | 'gone'> {
  if (there.size !== file.size) {
    return 'different';
  }
  try {
    for (const [part, id] of file.chunks.entries()) {
      const range = { start: part * chunkBytes, end: (part + 1) * chunkBytes };
      const bytes = await target.readBytes(file.path, { signal, range });
      if (sha256(bytes) !== id) {
        return 'different';
      }
      onPart(bytes.byteLength);
    }
    return 'same';
  } catch (error) {
    if (hasErrorCode(error, 'not-found')) {
      return 'gone';
    }
    throw error;
  }
}
