import { FileStoreError, type FileStoreErrorCode } from '@oh/file-store-core';

/** How many of a kind an import has met. */
export interface ImportCounts {
  /** Imported, or in a dry run to be imported. */
  readonly new: number;
  /** There before. */
  readonly present: number;
  /** Of the source, and cannot be read. */
  readonly damaged: number;
}

/** The kinds of records that are imported. */
export type ImportKind = 'conversations' | 'events' | 'files' | 'settings' | 'secrets';

/** Who is told of what cannot be imported, as soon as it is met. */
export interface ImportListener {
  /** Something of the source that cannot be read; what can is imported. */
  readonly onDamage?: ((error: FileStoreError) => void) | undefined;
  /** Something that could be read and was not imported. @param what Names it. */
  readonly onFailure?: ((what: string, error: unknown) => void) | undefined;
}

/** Counts what an import meets, and tells what is wrong. */
export class ImportReport {
  readonly #listener: ImportListener;
  readonly #counts: Record<ImportKind, { new: number; present: number; damaged: number }> = {
    conversations: { new: 0, present: 0, damaged: 0 },
    events: { new: 0, present: 0, damaged: 0 },
    files: { new: 0, present: 0, damaged: 0 },
    settings: { new: 0, present: 0, damaged: 0 },
    secrets: { new: 0, present: 0, damaged: 0 },
  };
  #failed = 0;
  #failureCode: FileStoreErrorCode | undefined;

  constructor(listener: ImportListener) {
    this.#listener = listener;
  }

  get counts(): Readonly<Record<ImportKind, ImportCounts>> {
    return this.#counts;
  }

  /** What could be read, and was not imported. */
  get failed(): number {
    return this.#failed;
  }

  /** The code of the first of them; `undefined` when there is none. */
  get failureCode(): FileStoreErrorCode | undefined {
    return this.#failureCode;
  }

  add(kind: ImportKind, state: 'new' | 'present', count = 1): void {
    this.#counts[kind][state] += count;
  }

  damaged(kind: ImportKind, error: FileStoreError, count = 1): void {
    this.#counts[kind].damaged += count;
    this.#listener.onDamage?.(error);
  }

  failure(what: string, error: unknown): void {
    this.#failed += 1;
    this.#failureCode ??= error instanceof FileStoreError ? error.code : 'unknown';
    this.#listener.onFailure?.(what, error);
  }

  /**
   * Does one part of an import; what cannot be read in it, or not be imported, is counted and hinders no other.
   *
   * @param what Names it.
   * @throws The reason of the signal; what is about the whole target: `no-space`, `closed`.
   */
  async attempt(kind: ImportKind, what: string, signal: AbortSignal | undefined, action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof FileStoreError && error.code === 'corrupt') {
        this.damaged(kind, error);
        return;
      }
      this.failure(what, error);
      if (error instanceof FileStoreError && (error.code === 'no-space' || error.code === 'closed')) {
        throw error;
      }
    }
  }
}
