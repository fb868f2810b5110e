import { type ConversationMetadata, FileConversationStore, maxSearchLimit } from '@oh/conversation-store';
import type { FileStoreError } from '@oh/file-store-core';
import type { EventOwner } from './import-event-log.ts';
import type { ImportParts } from './import-parts.ts';

/** A record, and whose events belong to it. */
export interface OwnedRecord {
  readonly record: ConversationMetadata;
  readonly owner: EventOwner;
}

/**
 * Every record of the source that can be read.
 *
 * @param users Whose, where each has a tree of its own.
 * @param onUnreadable Told of the others, and whose they are. Default: nobody is.
 */
export async function* readConversations(
  users: readonly (string | undefined)[],
  parts: ImportParts,
  onUnreadable: (error: FileStoreError, conversationId: string) => void = () => undefined,
): AsyncGenerator<OwnedRecord, void, undefined> {
  const { from: files, fromLayout: layout, signal } = parts;
  for (const userId of layout.usersShareConversations ? [undefined] : users) {
    const store = new FileConversationStore({ files, layout, userId });
    try {
      let pageId: string | null = null;
      do {
        const page = await store.search({ pageId, limit: maxSearchLimit, refresh: pageId === null, signal });
        for (const { conversation_id, error } of page.unreadable) {
          onUnreadable(error, conversation_id);
        }
        for (const record of page.results) {
          const ownerId = layout.usersShareConversations ? record.user_id || undefined : userId;
          yield { record, owner: { conversationId: record.conversation_id, userId: ownerId } };
        }
        pageId = page.next_page_id;
      } while (pageId !== null);
    } finally {
      await store.close();
    }
  }
}
