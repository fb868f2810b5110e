import type { AbortOptions } from '@oh/file-store-core';
import { FileCopier } from './copy-file.ts';
import type { SyncResult } from './sync-files.ts';
import { transferEach } from './transfer-each.ts';
import { TransferFlow } from './transfer-flow.ts';
import type { TransferPlace } from './transfer-place.ts';
import { type TransferListener, TransferReport } from './transfer-report.ts';

/** Options of {@link copyFiles}. */
export interface CopyFilesOptions extends AbortOptions, TransferListener {
  /** Most files that are read at a time, from 1; small ones may wait for others to be written with. Default: 16. */
  readonly concurrency?: number | undefined;
  /** Replaces nothing: a file that is there fails. Default: false. */
  readonly ifAbsent?: boolean | undefined;
}

/**
 * Copies every file below a place, over what is there. A file that fails, or a directory that may not be listed, hinders no other.
 *
 * @throws {FileStoreError} When the source cannot be listed; `no-space`, and `unavailable` of a store that does not answer any more, which end it.
 */
export async function copyFiles(from: TransferPlace, to: TransferPlace, options: CopyFilesOptions = {}): Promise<SyncResult> {
  const { ifAbsent } = options;
  const report = new TransferReport(options);
  const flow = new TransferFlow(to, options);
  const copier = new FileCopier(from, to, flow);
  await transferEach(from, flow, report, {
    action: 'copy',
    transfer: async (path, turn) => (await copier.copy(path, path, { ...turn, condition: { ifAbsent } })).size,
  });
  return { ...report.summary, heldConditions: copier.holdsConditions, lostMetadata: copier.lostMetadata };
}
