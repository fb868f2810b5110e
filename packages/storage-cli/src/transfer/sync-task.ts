import { type AbortOptions, hasErrorCode } from '@oh/file-store-core';
import { compareContents } from './compare-contents.ts';
import { type FileCopier, versionOf } from './copy-file.ts';
import type { ListedFile } from './list-files.ts';
import type { KnownPair } from './record-cursor.ts';
import type { SettlePair } from './record-writer.ts';
import { throwIfPointless } from './throw-if-pointless.ts';
import type { TransferPlace } from './transfer-place.ts';
import type { TransferReport } from './transfer-report.ts';

/** A file that is not known to be the same at both places. */
export interface PlannedFile {
  readonly from: ListedFile;
  /** What is at the target; `undefined` where there is nothing. */
  readonly to: ListedFile | undefined;
  /** Called at the end; `undefined` where nobody wants to know. */
  readonly settle?: SettlePair | undefined;
}

/** What one task is given. */
export interface SyncTurn extends AbortOptions {
  /** Called when what is left of the file is done together with others. */
  readonly release?: (() => void) | undefined;
}

/** What tasks share. */
export interface SyncTaskParts {
  readonly from: TransferPlace;
  readonly to: TransferPlace;
  readonly copier: FileCopier;
  readonly report: TransferReport;
  /** Changes nothing. */
  readonly dryRun: boolean;
  /** What stands in the way of a file, with a name that is a directory at the other side, will be deleted later. */
  readonly defersConflicts: boolean;
}

/** Compares one file, and copies it when it differs. */
export class SyncTask {
  readonly #parts: SyncTaskParts;
  #deferred: { readonly file: PlannedFile; readonly error: unknown }[] = [];

  constructor(parts: SyncTaskParts) {
    this.#parts = parts;
  }

  /** @throws The reason of the signal; what `throwIfPointless` throws, since what comes after it would fail as well. */
  async run(file: PlannedFile, { signal, release }: SyncTurn): Promise<void> {
    let known: KnownPair | undefined;
    let read = 0;
    try {
      known = (await this.#compare(file, { signal })) ?? (await this.#copy(file, { signal, release, onBytes: (bytes) => (read += bytes) }));
    } catch (error) {
      signal?.throwIfAborted();
      await this.#explain(file, error, file.from.size - read, { signal });
    } finally {
      await file.settle?.(known, file.from.size);
    }
  }

  /** Copies the files that had something in their way which is deleted by now. */
  async runDeferred(options: AbortOptions): Promise<void> {
    const parts = { ...this.#parts, defersConflicts: false };
    const again = new SyncTask(parts);
    for (const { file } of this.#takeDeferred()) {
      await again.run({ from: file.from, to: file.to }, options);
    }
  }

  /** Reports them as failed, since nothing is going to be deleted. */
  failDeferred(): void {
    for (const { file, error } of this.#takeDeferred()) {
      this.#parts.report.failed({ action: actionOf(file), path: file.from.path, error }, file.from.size);
    }
  }

  #takeDeferred(): readonly { readonly file: PlannedFile; readonly error: unknown }[] {
    const deferred = this.#deferred;
    this.#deferred = [];
    return deferred;
  }

  /** @returns The pair of versions, when they have the same contents. */
  async #compare({ from, to }: PlannedFile, options: AbortOptions): Promise<KnownPair | undefined> {
    if (to === undefined || to.size !== from.size) {
      return undefined;
    }
    const { same, from: fromVersion, to: toVersion } = await compareContents(this.#parts.from, this.#parts.to, from.path, options);
    if (!same) {
      return undefined;
    }
    this.#parts.report.unchanged(from.size);
    return { path: from.path, from: fromVersion, to: toVersion };
  }

  async #copy(file: PlannedFile, options: SyncTurn & { readonly onBytes: (bytes: number) => void }): Promise<KnownPair | undefined> {
    const { report, copier, dryRun } = this.#parts;
    const { path, size } = file.from;
    const change = { action: actionOf(file), path };
    if (dryRun) {
      await report.changed(change, size, 0);
      return undefined;
    }
    let read = 0;
    const onBytes = (bytes: number): void => {
      read += bytes;
      report.read(bytes);
      options.onBytes(bytes);
    };
    const condition = file.to === undefined ? { ifAbsent: true } : { ifVersion: file.to.version };
    const copied = await copier.copy(path, path, { ...options, condition, onBytes });
    await report.changed(change, copied.size, read);
    return copied.from === undefined ? undefined : { path, from: copied.from, to: copied.to };
  }

  async #explain(file: PlannedFile, error: unknown, rest: number, options: AbortOptions): Promise<void> {
    const { report, from } = this.#parts;
    const { path } = file.from;
    if (hasErrorCode(error, 'path-conflict') && this.#parts.defersConflicts) {
      this.#deferred.push({ file, error });
    } else if (hasErrorCode(error, 'not-found') && (await versionOf(from, path, options)) === undefined) {
      report.vanished(rest);
    } else {
      report.failed({ action: actionOf(file), path, error }, rest);
      throwIfPointless(error, report);
    }
  }
}

function actionOf({ to }: PlannedFile): 'copy' | 'replace' {
  return to === undefined ? 'copy' : 'replace';
}
