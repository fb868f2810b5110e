import type { CopyFilesOptions } from './copy-files.ts';
import { FileMover } from './move-file.ts';
import type { SyncResult } from './sync-files.ts';
import { transferEach } from './transfer-each.ts';
import { TransferFlow } from './transfer-flow.ts';
import type { TransferPlace } from './transfer-place.ts';
import { TransferReport } from './transfer-report.ts';

/**
 * Moves every file below a place, over what is there. A file that fails, or a directory that may not be listed, stays where it was, and hinders no other.
 *
 * It may be stopped at any moment, and goes on where it was when it is called again.
 *
 * @throws {FileStoreError} When the source cannot be listed; `no-space`, and `unavailable` of a store that does not answer any more, which end it.
 */
export async function moveFiles(from: TransferPlace, to: TransferPlace, options: CopyFilesOptions = {}): Promise<SyncResult> {
  const { ifAbsent, concurrency } = options;
  const report = new TransferReport(options);
  const flow = new TransferFlow(to, options);
  const mover = new FileMover(from, to, flow, concurrency);
  await transferEach(from, flow, report, {
    action: 'move',
    transfer: (path, turn) => mover.move(path, path, { ...turn, ifAbsent }),
  });
  return { ...report.summary, heldConditions: mover.holdsConditions, lostMetadata: mover.lostMetadata };
}
