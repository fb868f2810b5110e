import { FileStoreError } from '@oh/file-store-core';
import type { CliContext } from '../cli-context.ts';
import { formatCount } from '../format-count.ts';
import { formatSize } from '../format-size.ts';
import { refuseServerFolder } from '../import/refuse-server-folder.ts';
import type { Location } from '../locations/location.ts';
import type { LayoutName } from '../storage/store-options.ts';
import { toJsonLine } from '../to-json-line.ts';
import { type SyncResult, syncFiles } from '../transfer/sync-files.ts';
import { SyncRecord } from '../transfer/sync-record.ts';
import { type Verification, verifyFiles } from '../transfer/verify-files.ts';
import { UsageError } from '../usage-error.ts';
import { checkDirectories } from './check-directories.ts';
import { type LayoutChange, type MigratedConversations, migrateConversations, withoutConversations } from './migrate-layout.ts';
import { recordKeyOf } from './record-key.ts';
import { checkComplete, runTransfer, tellLeftOut, withProgress } from './run-transfer.ts';

/** Options of `migrate`. */
export interface MigrateOptions {
  /** The URL of the store that is left as it is. */
  readonly from: string;
  /** The URL of the store that takes its place. */
  readonly to: string;
  /** Most files under way at a time. Default: 16. */
  readonly concurrency?: number | undefined;
  /** How the data lies, where it is to lie otherwise. */
  readonly fromLayout?: LayoutName | undefined;
  /** How it is to lie. */
  readonly toLayout?: LayoutName | undefined;
}

/**
 * Copies a whole store to another, and compares everything in the end. What an interrupted migration has copied is not copied again.
 *
 * @throws {TransferError} When files could not be copied, or are not the same in the end; each is named.
 * @throws {FileStoreError} When conversations could not be brought into another layout; each is named, and all else is migrated.
 */
export async function migrate(context: CliContext, options: MigrateOptions): Promise<void> {
  const { signal } = context;
  const { concurrency } = options;
  const from = await context.locations.open(options.from);
  const to = await context.locations.open(options.to, 'directory');
  await checkDirectories(from, to, 'migrate', { signal });
  const change = layoutChangeOf(options);
  if (change?.to === 'home') {
    await refuseServerFolder(to, { signal });
  }
  const [source, target] = change === undefined ? [from, to] : [withoutConversations(from), withoutConversations(to)];
  const conversations = change && (await migrateConversations(context, from, to, change));
  const recordKey = recordKeyOf(from);
  const view = { from: source, toUrl: options.to, isShown: !context.quiet };
  const copied = await runTransfer(context, { ...view, label: 'migrating' }, (listener) =>
    syncFiles(source, target, { ...listener, concurrency, recordKey, signal }),
  );
  const unnamed = tellLeftOut(context, from);
  checkComplete(copied);
  const verified = await withProgress(context, { ...view, label: 'verifying' }, (listener) =>
    verifyFiles(source, target, { ...listener, concurrency, signal }),
  );
  checkComplete(verified);
  checkThere(from, copied, verified);
  if (recordKey !== undefined) {
    await (await SyncRecord.open(to, recordKey, { readOnly: true, signal })).remove({ signal });
  }
  await showResult(context, copied, verified, conversations);
  if (conversations?.failure !== undefined) {
    throw conversations.failure;
  }
  checkComplete({ failed: unnamed });
}

/** @throws {FileStoreError} `unavailable` when a source that had files has none any more: a disk that was taken out lists as an empty one. */
function checkThere({ url, path }: Location, { copied, replaced, unchanged, vanished }: SyncResult, { same }: Verification): void {
  if (same === 0 && copied + replaced + unchanged + vanished > 0) {
    throw new FileStoreError('unavailable', `${JSON.stringify(url)} has become empty, or has gone, before everything was compared`, {
      path,
    });
  }
}

/** @throws {UsageError} When only one layout is given. */
function layoutChangeOf({ fromLayout: from, toLayout: to }: MigrateOptions): LayoutChange | undefined {
  if (from === undefined && to === undefined) {
    return undefined;
  }
  if (from === undefined || to === undefined) {
    throw new UsageError('--from-layout and --to-layout are given together');
  }
  return from === to ? undefined : { from, to };
}

async function showResult(
  context: CliContext,
  result: SyncResult,
  verified: Verification,
  conversations: MigratedConversations | undefined,
): Promise<void> {
  const { copied, replaced, unchanged, extraneous, vanished } = result;
  if (context.json) {
    const { failure: _, ...migrated } = conversations ?? { failure: undefined };
    const counts = { copied, replaced, unchanged, extraneous, vanished, verified: verified.same, bytes: verified.bytes, ...migrated };
    await context.output.write(toJsonLine(counts));
    return;
  }
  if (conversations !== undefined) {
    const { conversations: count, events } = conversations;
    await context.output.write(`${formatCount(count, 'conversation')} with ${formatCount(events, 'event')} ${areSame(count)}\n`);
  }
  const files = `${formatCount(verified.same, 'file')} (${formatSize(verified.bytes)})`;
  const parts = `${copied + replaced} copied now, ${unchanged} there before, ${extraneous} only at the target`;
  await context.output.write(`${files} ${areSame(verified.same)}: ${parts}\n`);
}

function areSame(count: number): string {
  return `${count === 1 ? 'is' : 'are'} the same at both places`;
}
