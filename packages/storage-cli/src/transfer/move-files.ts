import { hasErrorCode } from '@oh/file-store-core';
import { versionOf } from './copy-file.ts';
import type { CopyFilesOptions } from './copy-files.ts';
import { listFiles } from './list-files.ts';
import { FileMover } from './move-file.ts';
import type { SyncResult } from './sync-files.ts';
import { throwIfPointless } from './throw-if-pointless.ts';
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
  await flow.visitAll(
    (signal) => listFiles(report.naming(from), { signal }),
    async ({ path, size }, { signal, release }) => {
      let read = 0;
      const onBytes = (bytes: number): void => {
        read += bytes;
        report.read(bytes);
      };
      try {
        const moved = await mover.move(path, path, { ifAbsent, signal, release, onBytes });
        await report.changed({ action: 'copy', path }, moved, read);
      } catch (error) {
        signal.throwIfAborted();
        if (hasErrorCode(error, 'not-found') && (await versionOf(from, path, { signal })) === undefined) {
          report.vanished(size - read);
          return;
        }
        report.failed({ action: 'move', path, error }, size - read);
        throwIfPointless(error, report);
      }
    },
  );
  return { ...report.summary, heldConditions: mover.holdsConditions, lostMetadata: mover.lostMetadata };
}
