import { type ConversationMetadata, FileConversationStore, maxSearchLimit } from '@oh/conversation-store';
import { FileEventStore } from '@oh/event-store';
import { FileStoreError, forEachConcurrently } from '@oh/file-store-core';
import { checkIndex } from './check-index.ts';
import { checkUnknown } from './check-unknown.ts';
import type { DoctorParts } from './doctor-parts.ts';

/** Logs that are read at a time. */
const maxInFlight = 8;

/** Reads the record and every event of all conversations of a user, looks for what nobody finds, and compares the index with them. */
export async function checkConversations(userId: string | undefined, parts: DoctorParts): Promise<void> {
  const { files, layout, signal } = parts;
  if (layout.usersShareConversations && userId !== undefined) {
    return;
  }
  const store = new FileConversationStore({ files, layout, userId });
  const known = new Set<string>();
  try {
    await forEachConcurrently(
      () => readRecords(store, known, parts),
      { maxInFlight, signal },
      async (record) => await checkEvents(record, userId, parts),
    );
  } finally {
    await store.close();
  }
  await checkUnknown(layout.usersShareConversations ? parts.users : [userId], known, parts);
  await checkIndex(userId, known, parts);
}

/** @param known Gets the ids of all, of those that cannot be read too. */
async function* readRecords(
  store: FileConversationStore,
  known: Set<string>,
  { report, signal }: DoctorParts,
): AsyncGenerator<ConversationMetadata, void, undefined> {
  let pageId: string | null = null;
  do {
    const page = await store.search({ pageId, limit: maxSearchLimit, refresh: pageId === null, signal });
    for (const { conversation_id, error } of page.unreadable) {
      known.add(conversation_id);
      const advice =
        error.code === 'corrupt'
          ? 'repair the file by hand or from a backup, or delete the conversation; its events can be read all the same'
          : 'see to what stands in the way';
      await report({ severity: 'error', check: 'conversations', path: error.path ?? '', message: error.message, advice });
    }
    for (const record of page.results) {
      known.add(record.conversation_id);
      yield record;
    }
    pageId = page.next_page_id;
  } while (pageId !== null);
}

async function checkEvents(
  record: ConversationMetadata,
  userId: string | undefined,
  { files, layout, report, signal }: DoctorParts,
): Promise<void> {
  const owner = layout.usersShareConversations ? record.user_id || undefined : userId;
  const store = new FileEventStore({ files, conversationId: record.conversation_id, layout, userId: owner });
  const tell = async (error: FileStoreError, advice: string): Promise<void> =>
    await report({ severity: 'error', check: 'events', path: error.path ?? '', message: error.message, advice });
  try {
    const events = store.search({ signal });
    for await (const _ of events) {
      signal?.throwIfAborted();
    }
    for (const { error } of events.unreadable) {
      await tell(error, 'take them from a backup; the others are read, and new ones are appended, all the same');
    }
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof FileStoreError)) {
      throw error;
    }
    await tell(error, 'see to what stands in the way, or take the events from a backup; no other conversation needs them');
  } finally {
    await store.close();
  }
}
