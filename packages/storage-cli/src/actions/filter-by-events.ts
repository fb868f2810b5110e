import type { ConversationMetadata } from '@oh/conversation-store';
import { FileEventStore } from '@oh/event-store';
import { forEachConcurrently, hasErrorCode } from '@oh/file-store-core';
import type { Storage } from '@oh/storage';
import type { CliContext } from '../cli-context.ts';

/** Logs that are read at a time. */
const maxInFlight = 8;

/**
 * Finds the conversations with an event that holds a text, in upper or lower case; each log is read up to the newest such event.
 *
 * Events and logs that cannot be read are named on stderr, and hide no others; a conversation that has been deleted meanwhile has none.
 *
 * @param userId Whose the conversations are, where they do not say it themselves.
 * @returns Some of the records, in the same order.
 */
export async function filterByEvents(
  context: Pick<CliContext, 'signal' | 'warn'>,
  { files, layout }: Pick<Storage, 'files' | 'layout'>,
  records: readonly ConversationMetadata[],
  { text, userId }: { readonly text: string; readonly userId: string | undefined },
): Promise<readonly ConversationMetadata[]> {
  const found = new Set<ConversationMetadata>();
  await forEachConcurrently(records, { maxInFlight, signal: context.signal }, async (record, signal) => {
    const owner = layout.usersShareConversations ? record.user_id || undefined : userId;
    const store = new FileEventStore({ files, conversationId: record.conversation_id, layout, userId: owner });
    try {
      const events = store.search({ filter: { query: text }, reverse: true, limit: 1, signal });
      for await (const _ of events) {
        found.add(record);
      }
      for (const { error } of events.unreadable) {
        context.warn(error.message);
      }
    } catch (error) {
      signal.throwIfAborted();
      if (hasErrorCode(error, 'corrupt') || hasErrorCode(error, 'permission-denied')) {
        context.warn(error.message);
      } else if (!hasErrorCode(error, 'not-found')) {
        throw error;
      }
    } finally {
      await store.close();
    }
  });
  return records.filter((record) => found.has(record));
}
