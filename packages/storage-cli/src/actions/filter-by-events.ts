import type { ConversationMetadata, ConversationPage } from '@oh/conversation-store';
import { FileEventStore } from '@oh/event-store';
import { FileStoreError, forEachConcurrently } from '@oh/file-store-core';
import type { Storage } from '@oh/storage';

/** Logs that are read at a time. */
const maxInFlight = 8;

/** What was found in events. */
interface FoundInEvents {
  /** Some of the records, in the same order. */
  readonly results: readonly ConversationMetadata[];
  /** Events and logs that cannot be read, and the conversations that they are of. */
  readonly unreadable: ConversationPage['unreadable'];
}

/**
 * Finds the conversations with an event that holds a text, in upper or lower case; each log is read up to the newest such event.
 *
 * Events and logs that cannot be read hide no others; a conversation that has been deleted meanwhile has none.
 *
 * @param userId Whose the conversations are, where they do not say it themselves.
 * @throws {FileStoreError} What is not of one log, such as `unavailable`.
 */
export async function filterByEvents(
  { files, layout }: Pick<Storage, 'files' | 'layout'>,
  records: readonly ConversationMetadata[],
  { text, userId, signal: outer }: { readonly text: string; readonly userId: string | undefined; readonly signal: AbortSignal },
): Promise<FoundInEvents> {
  const found = new Set<ConversationMetadata>();
  const unreadable: ConversationPage['unreadable'][number][] = [];
  await forEachConcurrently(records, { maxInFlight, signal: outer }, async (record, signal) => {
    const owner = layout.usersShareConversations ? record.user_id || undefined : userId;
    const { conversation_id } = record;
    const store = new FileEventStore({ files, conversationId: conversation_id, layout, userId: owner });
    try {
      const events = store.search({ filter: { query: text }, reverse: true, limit: 1, signal });
      for await (const _ of events) {
        found.add(record);
      }
      for (const { error } of events.unreadable) {
        unreadable.push({ conversation_id, error });
      }
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof FileStoreError) || error.retryable) {
        throw error;
      }
      if (error.code !== 'not-found') {
        unreadable.push({ conversation_id, error });
      }
    } finally {
      await store.close();
    }
  });
  return { results: records.filter((record) => found.has(record)), unreadable };
}
