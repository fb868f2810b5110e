import { FileStoreError, hasErrorCode } from '@oh/file-store-core';
import type { TransferPlace } from './transfer-place.ts';

/** So many files that fail in a row, each after all that its store tries, say that a store does not answer any more. */
export const maxUnanswered = 32;

/** What was done, or in a dry run would be done, to a file at the target. */
export type TransferAction = 'copy' | 'replace' | 'delete';

/** A change at the target. */
export interface TransferChange {
  readonly action: TransferAction;
  /** From the directory of the target. */
  readonly path: string;
}

/** A file that was left as it is because something failed. */
export interface TransferFailure {
  /** What was to be done. */
  readonly action: TransferAction | 'list' | 'move' | 'verify';
  /** From the directory of the target. */
  readonly path: string;
  readonly error: unknown;
}

/** What a transfer came to. */
export interface TransferSummary {
  /** Files that were new at the target. */
  readonly copied: number;
  /** Files that differed at the target. */
  readonly replaced: number;
  /** Bytes of those. */
  readonly bytes: number;
  /** Files that were the same. */
  readonly unchanged: number;
  /** Files that were deleted at the target. */
  readonly deleted: number;
  /** Files that lie at the target alone. */
  readonly extraneous: number;
  /** Files that had gone from the source before they were read. */
  readonly vanished: number;
  /** Files that failed. */
  readonly failed: number;
}

/** How far a transfer is. */
export interface TransferProgress {
  /** Files that are done, unchanged ones and failed ones too. */
  readonly files: number;
  /** Bytes of files that are done, and of those under way. */
  readonly bytes: number;
}

/** Who wants to know what happens. */
export interface TransferListener {
  /** Called for each change; the transfer waits for it. */
  readonly onChange?: ((change: TransferChange) => void | Promise<void>) | undefined;
  /** Called for each file that fails. */
  readonly onFailure?: ((failure: TransferFailure) => void) | undefined;
  /** Called often. */
  readonly onProgress?: ((progress: TransferProgress) => void) | undefined;
}

/** Counts what happens and tells the listener. */
export class TransferReport {
  readonly #listener: TransferListener;
  readonly #counts = { copied: 0, replaced: 0, bytes: 0, unchanged: 0, deleted: 0, extraneous: 0, vanished: 0, failed: 0 };
  #files = 0;
  #bytes = 0;
  #isFull = false;
  #unanswered = 0;

  constructor(listener: TransferListener) {
    this.#listener = listener;
  }

  get summary(): TransferSummary {
    return { ...this.#counts };
  }

  /** How many files in a row have failed since a store did not answer. */
  get unanswered(): number {
    return this.#unanswered;
  }

  /** Of a file at the source some bytes were read. */
  read(bytes: number): void {
    this.#bytes += bytes;
    this.#progress();
  }

  unchanged(size: number): void {
    this.#counts.unchanged += 1;
    this.#unanswered = 0;
    this.#finish(size);
  }

  extraneous(): void {
    this.#counts.extraneous += 1;
  }

  /** @param bytes Its size. @param read How much of it was told by {@link read} already. */
  async changed(change: TransferChange, bytes: number, read: number): Promise<void> {
    const counter = ({ copy: 'copied', replace: 'replaced', delete: 'deleted' } as const)[change.action];
    this.#counts[counter] += 1;
    this.#unanswered = 0;
    this.#counts.bytes += change.action === 'delete' ? 0 : bytes;
    await this.#listener.onChange?.(change);
    if (change.action !== 'delete') {
      this.#finish(bytes - read);
    }
  }

  vanished(rest: number): void {
    this.#counts.vanished += 1;
    this.#finish(rest);
  }

  /** A place whose directories that may not be listed are failures of the transfer. */
  naming({ store, path: directory, ignores }: TransferPlace): TransferPlace {
    return { store, path: directory, ignores, onClosed: (path, error) => this.failed({ action: 'list', path, error }, 0) };
  }

  /** Of a full target the first file that meets it is told, of a store that does not answer the first ones: it ends the transfer. @param rest How many bytes of the file will not be read. */
  failed(failure: TransferFailure, rest: number): void {
    this.#counts.failed += 1;
    const isFull = hasErrorCode(failure.error, 'no-space');
    this.#unanswered = failure.error instanceof FileStoreError && failure.error.retryable ? this.#unanswered + 1 : 0;
    if (!(isFull && this.#isFull) && this.#unanswered <= maxUnanswered) {
      this.#listener.onFailure?.(failure);
    }
    this.#isFull ||= isFull;
    if (failure.action !== 'delete' && failure.action !== 'list') {
      this.#finish(rest);
    }
  }

  #finish(bytes: number): void {
    this.#files += 1;
    this.#bytes += bytes;
    this.#progress();
  }

  #progress(): void {
    this.#listener.onProgress?.({ files: this.#files, bytes: this.#bytes });
  }
}
