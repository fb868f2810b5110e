import type { AbortOptions } from '@oh/file-store-core';
import { hasTombstone } from '@oh/file-store-core/tombstones';
import type { Storage } from '@oh/storage';
import type { CliContext } from '../cli-context.ts';
import { confirm } from '../confirm.ts';
import { hasFiles } from '../locations/has-files.ts';
import type { StoreOptions } from '../storage/store-options.ts';
import { toJsonLine } from '../to-json-line.ts';
import { doEach } from './do-each.ts';
import { noConversationError } from './no-conversation-error.ts';

/** Options of what deletes conversations. */
export interface DeletionOptions extends StoreOptions {
  /** Only shows what would go. */
  readonly dryRun?: boolean | undefined;
  /** Asks nothing. */
  readonly yes?: boolean | undefined;
}

/**
 * Deletes conversations with everything that belongs to them. One that cannot be deleted does not stop the others.
 *
 * @throws {AggregateError} Of all that are not there or could not be deleted.
 */
export async function deleteConversations(context: CliContext, ids: readonly string[], options: DeletionOptions): Promise<void> {
  const { signal } = context;
  const isDryRun = options.dryRun === true;
  if (!isDryRun) {
    const what = ids.length === 1 ? `the conversation ${ids[0]}` : `${ids.length} conversations`;
    await confirm(context, `delete ${what} for ever`, options.yes);
  }
  // Only now: while somebody thinks it over, no other command has to wait.
  const storage = await context.openStorage(options, isDryRun ? 'read' : 'write');
  const { conversations } = storage;
  await doEach(ids, async (id) => {
    if (!(await conversations.exists(id, { signal })) && !(await hasDeletedFiles(storage, id, { signal }))) {
      throw noConversationError(id);
    }
    if (!isDryRun) {
      await conversations.deleteMetadata(id, { signal });
    }
    await context.output.write(context.json ? toJsonLine({ conversation_id: id, deleted: !isDryRun }) : `${id}\n`);
  });
}

/** Whether something lies where a conversation was deleted: its deletion has not ended, or a backup has brought it back. */
async function hasDeletedFiles({ files, layout, userId }: Storage, id: string, options: AbortOptions): Promise<boolean> {
  if (!(await hasTombstone(files, layout.conversationTombstone(id, userId), options))) {
    return false;
  }
  const found = await Promise.all(layout.conversationDirectories(id, userId).map((directory) => hasFiles(files, directory, options)));
  return found.includes(true);
}
