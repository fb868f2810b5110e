import type { CliContext } from '../cli-context.ts';
import { formatSize } from '../format-size.ts';
import { toJsonLine } from '../to-json-line.ts';
import { type SyncResult, syncFiles } from '../transfer/sync-files.ts';
import { SyncRecord } from '../transfer/sync-record.ts';
import { type Verification, verifyFiles } from '../transfer/verify-files.ts';
import { checkDirectories } from './check-directories.ts';
import { recordKeyOf } from './record-key.ts';
import { checkComplete, runTransfer, withProgress } from './run-transfer.ts';

/** Options of `migrate`. */
export interface MigrateOptions {
  readonly from: string;
  readonly to: string;
  readonly concurrency?: number | undefined;
}

/**
 * Copies a whole store to another, and compares everything in the end. What an interrupted migration has copied is not copied again.
 *
 * @throws {TransferError} When files could not be copied, or are not the same in the end; each is named.
 */
export async function migrate(context: CliContext, options: MigrateOptions): Promise<void> {
  const { signal } = context;
  const { concurrency } = options;
  const from = await context.locations.open(options.from);
  const to = await context.locations.open(options.to);
  await checkDirectories(from, to, 'migrate', { signal });
  const recordKey = recordKeyOf(from);
  const view = { from, toUrl: options.to, isShown: !context.quiet };
  const copied = await runTransfer(context, { ...view, label: 'migrating' }, (listener) =>
    syncFiles(from, to, { ...listener, concurrency, recordKey, signal }),
  );
  checkComplete(copied);
  const verified = await withProgress(context, { ...view, label: 'verifying' }, (listener) =>
    verifyFiles(from, to, { ...listener, concurrency, signal }),
  );
  checkComplete(verified);
  if (recordKey !== undefined) {
    await (await SyncRecord.open(to, recordKey, { readOnly: true, signal })).remove({ signal });
  }
  await showResult(context, copied, verified);
}

async function showResult(context: CliContext, result: SyncResult, verified: Verification): Promise<void> {
  const { copied, replaced, unchanged, extraneous, vanished } = result;
  if (context.json) {
    const counts = { copied, replaced, unchanged, extraneous, vanished, verified: verified.same, bytes: verified.bytes };
    await context.output.write(toJsonLine(counts));
    return;
  }
  const files = `${verified.same} files (${formatSize(verified.bytes)}) are the same at both places`;
  await context.output.write(`${files}: ${copied + replaced} copied now, ${unchanged} there before, ${extraneous} only at the target\n`);
}
