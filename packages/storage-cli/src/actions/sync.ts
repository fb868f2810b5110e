import type { CliContext } from '../cli-context.ts';
import { escapeControl } from '../escape-control.ts';
import type { FilterPatterns } from '../filter/path-filter.ts';
import { type LeavesOut, readFilter } from '../filter/read-filter.ts';
import { formatSize } from '../format-size.ts';
import { LeftOut } from '../locations/left-out.ts';
import type { Location } from '../locations/location.ts';
import { toJsonLine } from '../to-json-line.ts';
import { type SyncResult, syncFiles } from '../transfer/sync-files.ts';
import type { TransferPlace } from '../transfer/transfer-place.ts';
import type { TransferChange } from '../transfer/transfer-report.ts';
import { checkDirectories } from './check-directories.ts';
import { recordKeyOf } from './record-key.ts';
import { checkComplete, runTransfer, tellLeftOut } from './run-transfer.ts';

/** Options of `sync`. */
export interface SyncOptions extends FilterPatterns {
  /** Deletes what lies at the target alone. */
  readonly delete?: boolean | undefined;
  /** With `delete`: also when there is nothing at the source. */
  readonly allowEmpty?: boolean | undefined;
  /** Shows what would be done, and changes nothing. */
  readonly dryRun?: boolean | undefined;
  /** Compares the contents of all files of the same size. */
  readonly checksum?: boolean | undefined;
  /** Most files under way at a time. Default: 16. */
  readonly concurrency?: number | undefined;
}

/** Makes one directory the same as another, of any two stores. @throws {TransferError} When files failed; each is named. */
export async function sync(context: CliContext, fromUrl: string, toUrl: string, options: SyncOptions): Promise<void> {
  const { signal } = context;
  const from = await context.locations.open(fromUrl);
  const to = await context.locations.open(toUrl, 'directory');
  const { dryRun = false } = options;
  await checkDirectories(from, to, 'sync', { readOnly: dryRun, signal });
  // A link may stand where a file was that the target has: it is no reason to delete it.
  const leftOut = new LeftOut(from);
  const keeps = (path: string): boolean => leftOut.covers(path);
  const ignores = await readFilter(options);
  const [source, target] = [toPlace(from, ignores), toPlace(to, ignores)];
  const view = { label: dryRun ? 'comparing' : 'syncing', from: source, toUrl, isShown: !context.quiet };
  const result = await runTransfer(context, view, async (listener) => {
    const onChange = dryRun ? async (change: TransferChange) => await showChange(context, change) : undefined;
    return await syncFiles(source, target, { ...options, ...listener, onChange, keeps, recordKey: recordKeyOf(from), signal });
  });
  const failed = result.failed + tellLeftOut(context, from, ignores);
  await showResult(context, { ...result, failed }, options);
  checkComplete({ failed });
}

/** What is left out is neither copied nor deleted: it counts at neither of the two. */
function toPlace({ store, path }: Location, ignores: LeavesOut | undefined): TransferPlace {
  return { store, path, ignores };
}

async function showChange(context: CliContext, change: TransferChange): Promise<void> {
  const line = context.json ? toJsonLine(change) : `${change.action.padEnd(7)}  ${escapeControl(change.path)}\n`;
  await context.output.write(line);
}

async function showResult(context: CliContext, result: SyncResult, { dryRun, delete: deletes }: SyncOptions): Promise<void> {
  if (context.json) {
    const { heldConditions: _, lostMetadata: __, ...counts } = result;
    await context.output.write(toJsonLine(counts));
    return;
  }
  const { copied, replaced, bytes, unchanged, deleted, extraneous } = result;
  const other = deletes === true ? `${deleted} deleted` : `${extraneous} only at the target`;
  const would = dryRun === true ? 'would be: ' : '';
  await context.output.write(`${would}${copied} copied, ${replaced} replaced (${formatSize(bytes)}), ${unchanged} unchanged, ${other}\n`);
}
