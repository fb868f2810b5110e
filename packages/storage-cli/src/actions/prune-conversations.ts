import type { PruneResult } from '@oh/conversation-store';
import type { CliContext } from '../cli-context.ts';
import { confirm } from '../confirm.ts';
import { formatCount } from '../format-count.ts';
import { formatTime } from '../format-time.ts';
import { toJsonLine } from '../to-json-line.ts';
import type { DeletionOptions } from './delete-conversations.ts';

/** Options of `conversations prune`. */
export interface PruneConversationsOptions extends DeletionOptions {
  /** Conversations that have not changed since this instant go. */
  readonly olderThan: Date;
  /** So many of the newest stay whatever their age. Default: 0. */
  readonly keepLatest?: number | undefined;
}

/**
 * Deletes the conversations that have not changed for long; what goes is shown before it is asked for.
 *
 * @throws {AggregateError} With what cannot be read, which stays, when the others are pruned.
 */
export async function pruneConversations(context: CliContext, options: PruneConversationsOptions): Promise<void> {
  const { signal } = context;
  const { olderThan, keepLatest } = options;
  const isDryRun = options.dryRun === true;
  if (!isDryRun && options.yes !== true) {
    await confirmPruning(context, options);
  }
  // Only now: while somebody thinks it over, no other command has to wait.
  const { conversations } = await context.openStorage(options, isDryRun ? 'read' : 'write');
  await report(context, await conversations.prune({ olderThan, keepLatest, dryRun: isDryRun, signal }), isDryRun);
}

async function confirmPruning(context: CliContext, options: PruneConversationsOptions): Promise<void> {
  const { olderThan, keepLatest } = options;
  const storage = await context.openStorage(options);
  const { pruned } = await storage.conversations.prune({ olderThan, keepLatest, dryRun: true, signal: context.signal });
  await storage.close();
  if (pruned.length > 0) {
    const what = `${formatCount(pruned.length, 'conversation')} not changed since ${formatTime(olderThan)}`;
    await confirm(context, `delete ${what} for ever`, false);
  }
}

async function report(context: CliContext, { pruned, kept, unreadable }: PruneResult, isDryRun: boolean): Promise<void> {
  const text = context.json ? toJsonLine({ pruned, kept, unreadable: unreadable.length }) : pruned.map((id) => `${id}\n`).join('');
  await context.output.write(text);
  context.note(`${isDryRun ? 'would be: ' : ''}${pruned.length} pruned, ${kept} kept, ${unreadable.length} that cannot be read kept`);
  if (unreadable.length > 0) {
    throw new AggregateError(unreadable.map(({ error }) => error));
  }
}
