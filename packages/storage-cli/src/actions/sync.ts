import { FileStoreError } from '@oh/file-store-core';
import type { CliContext } from '../cli-context.ts';
import { escapeControl } from '../escape-control.ts';
import { formatSize } from '../format-size.ts';
import { inspect } from '../locations/inspect.ts';
import type { Location } from '../locations/location.ts';
import { notFoundError } from '../locations/not-found-error.ts';
import { toJsonLine } from '../to-json-line.ts';
import { type SyncResult, syncFiles } from '../transfer/sync-files.ts';
import type { TransferChange } from '../transfer/transfer-report.ts';
import { checkComplete, runTransfer } from './run-transfer.ts';

/** Options of `sync`. */
export interface SyncOptions {
  readonly delete?: boolean | undefined;
  readonly force?: boolean | undefined;
  readonly dryRun?: boolean | undefined;
  readonly checksum?: boolean | undefined;
  readonly concurrency?: number | undefined;
}

/** Makes one directory the same as another, of any two stores. @throws {TransferError} When files failed; each is named. */
export async function sync(context: CliContext, fromUrl: string, toUrl: string, options: SyncOptions): Promise<void> {
  const { signal } = context;
  const from = await context.locations.open(fromUrl);
  const to = await context.locations.open(toUrl);
  await checkDirectories(from, to, signal);
  const { dryRun = false } = options;
  const view = { label: dryRun ? 'comparing' : 'syncing', from, toUrl, isShown: !context.quiet };
  const result = await runTransfer(context, view, async (listener) => {
    const onChange = dryRun ? async (change: TransferChange) => await showChange(context, change) : undefined;
    return await syncFiles(from, to, { ...options, ...listener, onChange, recordKey: recordKeyOf(from), signal });
  });
  await showResult(context, result, options);
  checkComplete(result);
}

/** What is in memory has versions that another run knows as those of something else. */
function recordKeyOf({ address }: Location): string | undefined {
  return address.startsWith('memory:') ? undefined : address;
}

async function checkDirectories(from: Location, to: Location, signal: AbortSignal): Promise<void> {
  const found = await inspect(from, { signal });
  if (found.kind === 'missing') {
    throw notFoundError(from);
  }
  for (const [location, kind] of [[from, found.kind] as const, [to, (await inspect(to, { signal })).kind] as const]) {
    if (kind === 'file') {
      const message = `${JSON.stringify(location.url)} is a file; sync is for directories, use "cp" for a file`;
      throw new FileStoreError('invalid-argument', message, { path: location.path });
    }
  }
  const [a, b] = [`${from.address}/`, `${to.address}/`];
  if (a.startsWith(b) || b.startsWith(a)) {
    const message = `${JSON.stringify(from.url)} and ${JSON.stringify(to.url)} lie in each other`;
    throw new FileStoreError('invalid-argument', message, { path: from.path });
  }
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
