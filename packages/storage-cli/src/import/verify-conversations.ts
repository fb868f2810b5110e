import { isDeepStrictEqual } from 'node:util';
import { type ConversationMetadata, FileConversationStore } from '@oh/conversation-store';
import { FileEventStore, type StoredEvent } from '@oh/event-store';
import { FileStoreError } from '@oh/file-store-core';
import type { EventOwner } from './import-event-log.ts';
import type { ImportParts } from './import-parts.ts';
import { readConversations } from './read-conversations.ts';

/** Compares every record and every event of the source that can be read with those of the target. @returns How many are the same. */
export async function verifyConversations(
  users: readonly (string | undefined)[],
  parts: ImportParts,
): Promise<{ readonly conversations: number; readonly events: number }> {
  const { report, signal } = parts;
  const same = { conversations: 0, events: 0 };
  for await (const { record, owner } of readConversations(users, parts)) {
    await report.attempt('conversations', `the conversation ${JSON.stringify(owner.conversationId)} unchanged`, signal, async () => {
      await verifyRecord(record, owner, parts);
      same.events += await verifyEvents(owner, parts);
      same.conversations += 1;
    });
  }
  return same;
}

async function verifyRecord(record: ConversationMetadata, { userId }: EventOwner, { to, toLayout, signal }: ImportParts): Promise<void> {
  const store = new FileConversationStore({ files: to, layout: toLayout, userId });
  try {
    if (!isDeepStrictEqual({ ...(await store.getMetadata(record.conversation_id, { signal })) }, { ...record })) {
      throw differs(`the record is not the same as at the source`);
    }
  } finally {
    await store.close();
  }
}

async function verifyEvents(owner: EventOwner, { from, fromLayout, to, toLayout, signal }: ImportParts): Promise<number> {
  const source = new FileEventStore({ files: from, layout: fromLayout, ...owner });
  const target = new FileEventStore({ files: to, layout: toLayout, ...owner });
  let count = 0;
  const copies = target.search({ signal })[Symbol.asyncIterator]();
  try {
    for await (const event of source.search({ signal })) {
      let copy = await copies.next();
      // What cannot be read at the source is stood for at the target.
      while (copy.done !== true && copy.value.id < event.id) {
        copy = await copies.next();
      }
      if (copy.done === true || !isSameEvent(copy.value, event)) {
        throw differs(`the event ${event.id} is not the same as at the source`);
      }
      count += 1;
    }
    return count;
  } finally {
    await copies.return?.();
    await Promise.all([source.close(), target.close()]);
  }
}

/** The target gives a time to an event that has none. */
function isSameEvent(copy: StoredEvent, event: StoredEvent): boolean {
  return isDeepStrictEqual({ ...copy }, { ...event, ...(event.timestamp === undefined ? { timestamp: copy.timestamp } : {}) });
}

/** Not `corrupt`, which is said of what cannot be read. */
function differs(message: string): FileStoreError {
  return new FileStoreError('version-mismatch', message);
}
