import { type AbortOptions, FileStoreError } from '@oh/file-store-core';
import { FileCopier } from './copy-file.ts';
import { deleteExtraneous, isAnythingThere } from './delete-extraneous.ts';
import { type ListedFile, listFiles } from './list-files.ts';
import { mergeListings } from './merge-listings.ts';
import { SyncRecord } from './sync-record.ts';
import { type PlannedFile, SyncTask } from './sync-task.ts';
import { defaultConcurrency, TransferFlow } from './transfer-flow.ts';
import type { TransferPlace } from './transfer-place.ts';
import { type TransferListener, TransferReport, type TransferSummary } from './transfer-report.ts';

/** Options of {@link syncFiles}. */
export interface SyncFilesOptions extends AbortOptions, TransferListener {
  /** Most files that are read at a time, from 1; small ones may wait for others to be written with. Default: 16. */
  readonly concurrency?: number | undefined;
  /** Compares the contents of files of the same size even where their versions are known to have the same. Default: false. */
  readonly checksum?: boolean | undefined;
  /** Deletes what lies at the target alone; nothing, when anything failed before. Default: false. */
  readonly delete?: boolean | undefined;
  /** With `delete`: also when there is nothing at the source. Default: false. */
  readonly allowEmpty?: boolean | undefined;
  /** With `delete`: whether a file, by its path from the directory, stays in any case. Default: none does. */
  readonly keeps?: ((path: string) => boolean) | undefined;
  /** Changes nothing. Default: false. */
  readonly dryRun?: boolean | undefined;
  /** The same text for the same source, such as its URL, by which a later run knows what this one has found out. Default: nothing is kept. */
  readonly recordKey?: string | undefined;
}

/** What {@link syncFiles} came to. */
export interface SyncResult extends TransferSummary {
  /** Whether the target held the conditions of every write; else it was looked at before each, which leaves a moment between the two. */
  readonly heldConditions: boolean;
  /** Whether the target had no place for a content type or metadata. */
  readonly lostMetadata: boolean;
}

/**
 * Makes what lies below `to` the same as what lies below `from`.
 *
 * - A file is left alone when its versions on both sides are those of a pair whose contents an earlier run has copied or compared, or when its contents, content
 *   type and metadata are compared and the same. Times count for nothing.
 * - A file is written only over the version that was listed; what somebody else changes there meanwhile fails and is left as it is.
 * - A file that fails hinders no other, as a directory of the source that may not be listed does not, except where the target has no space: that ends it.
 * - Both listings are read side by side; memory does not grow with the number of files.
 * - It may be stopped at any moment, and goes on where it was when it is called again.
 *
 * @throws {FileStoreError} When something cannot be listed; `no-space`; `invalid-argument` when `delete` would leave nothing.
 */
export async function syncFiles(from: TransferPlace, to: TransferPlace, options: SyncFilesOptions = {}): Promise<SyncResult> {
  const run = new SyncRun(from, to, options);
  return await run.run();
}

class SyncRun {
  readonly #from: TransferPlace;
  readonly #to: TransferPlace;
  readonly #options: SyncFilesOptions;
  readonly #report: TransferReport;
  readonly #flow: TransferFlow;
  readonly #copier: FileCopier;
  #record: SyncRecord | undefined;
  #isEmpty = true;

  constructor(from: TransferPlace, to: TransferPlace, options: SyncFilesOptions) {
    this.#from = from;
    this.#to = to;
    this.#options = options;
    this.#report = new TransferReport(options);
    this.#flow = new TransferFlow(to, options);
    this.#copier = new FileCopier(from, to, this.#flow);
  }

  async run(): Promise<SyncResult> {
    const { recordKey, dryRun = false, signal } = this.#options;
    this.#record = recordKey === undefined ? undefined : await SyncRecord.open(this.#to, recordKey, { readOnly: dryRun, signal });
    const task = new SyncTask({
      from: this.#from,
      to: this.#to,
      copier: this.#copier,
      report: this.#report,
      dryRun,
      defersConflicts: this.#options.delete === true,
    });
    await this.#flow.visitAll(
      (linked) => this.#plan(linked),
      (file, turn) => task.run(file, turn),
    );
    await this.#delete(task);
    await this.#record?.finish({ signal });
    const { holdsConditions: heldConditions, lostMetadata } = this.#copier;
    return { ...this.#report.summary, heldConditions, lostMetadata };
  }

  async *#plan(signal: AbortSignal): AsyncGenerator<PlannedFile, void, undefined> {
    for await (const { path, from, to } of mergeListings(
      listFiles(this.#report.naming(this.#from), { signal }),
      listFiles(this.#to, { signal }),
    )) {
      if (from === undefined) {
        this.#report.extraneous();
        continue;
      }
      this.#isEmpty = false;
      if (to !== undefined && (await this.#isKnown(path, from, to))) {
        this.#report.unchanged(from.size);
      } else {
        yield { from, to, settle: await this.#record?.begin() };
      }
    }
  }

  async #isKnown(path: string, from: ListedFile, to: ListedFile): Promise<boolean> {
    if (this.#options.checksum === true || from.size !== to.size || this.#record === undefined) {
      return false;
    }
    return await this.#record.knows({ path, from: from.version, to: to.version });
  }

  async #delete(task: SyncTask): Promise<void> {
    const { concurrency = defaultConcurrency, dryRun = false, allowEmpty = false, keeps, signal } = this.#options;
    const { extraneous, failed } = this.#report.summary;
    // What failed may have been a file that is there.
    if (this.#options.delete !== true || failed > 0) {
      task.failDeferred();
      return;
    }
    if (this.#isEmpty && extraneous > 0 && !allowEmpty && !(await isAnythingThere(this.#from, { signal }))) {
      const message = 'there is nothing at the source, so everything at the target would be deleted; if that is meant add --allow-empty';
      throw new FileStoreError('invalid-argument', message, { path: this.#from.path });
    }
    if (extraneous > 0) {
      await deleteExtraneous(this.#from, this.#to, this.#report, { concurrency, dryRun, allowEmpty, keeps, signal });
    }
    await task.runDeferred({ signal });
  }
}
