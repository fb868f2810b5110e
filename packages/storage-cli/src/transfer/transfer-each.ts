import { hasErrorCode } from '@oh/file-store-core';
import { versionOf } from './copy-file.ts';
import { listFiles } from './list-files.ts';
import { throwIfPointless } from './throw-if-pointless.ts';
import type { FileTurn, TransferFlow } from './transfer-flow.ts';
import type { TransferPlace } from './transfer-place.ts';
import type { TransferFailure, TransferReport } from './transfer-report.ts';

/** What is done to one file. */
export interface TransferEach {
  /** What it is, for failures. */
  readonly action: TransferFailure['action'];
  /** Does it to the file of this path, below the place. @returns Its size in bytes. */
  transfer(path: string, turn: FileTurn & { readonly onBytes: (bytes: number) => void }): Promise<number>;
}

/** Does something to every file below a place, and reports it. A file that fails, or a directory that may not be listed, hinders no other. */
export async function transferEach(from: TransferPlace, flow: TransferFlow, report: TransferReport, each: TransferEach): Promise<void> {
  await flow.visitAll(
    (signal) => listFiles(report.naming(from), { signal }),
    async ({ path, size }, { signal, release }) => {
      let read = 0;
      const onBytes = (bytes: number): void => {
        read += bytes;
        report.read(bytes);
      };
      try {
        const transferred = await each.transfer(path, { signal, release, onBytes });
        await report.changed({ action: 'copy', path }, transferred, read);
      } catch (error) {
        signal.throwIfAborted();
        if (hasErrorCode(error, 'not-found') && (await versionOf(from, path, { signal })) === undefined) {
          report.vanished(size - read);
          return;
        }
        report.failed({ action: each.action, path, error }, size - read);
        throwIfPointless(error, report);
      }
    },
  );
}
