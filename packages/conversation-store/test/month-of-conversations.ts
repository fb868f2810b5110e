import { type FileStore, MemoryFileStore, type StorageLayout } from '@oh/file-store-core';
import { expect } from 'vitest';
import type { ConversationMetadataInput } from '../src/conversation-metadata.ts';
import { FileConversationStore } from '../src/file-conversation-store.ts';
import { failingWhere } from './failing-where.ts';
import { newRecord } from './new-record.ts';
import { withCode } from './with-code.ts';

/** Half of the first ten days of {@link openMonth} are before it. */
export const olderThan: Date = new Date('2025-01-06T00:00:00Z');

/** The record of a conversation created on a day of January 2025. */
export function onDay(day: number, fields: Partial<ConversationMetadataInput> = {}): ConversationMetadataInput {
  const created_at = `2025-01-${String(day).padStart(2, '0')}T00:00:00Z`;
  return newRecord(`day-${String(day).padStart(2, '0')}`, { created_at, ...fields });
}

/** A store with a conversation of each of the first days of January 2025. */
export async function openMonth(layout: StorageLayout, days = 10): Promise<{ files: MemoryFileStore; store: FileConversationStore }> {
  const files = new MemoryFileStore();
  const store = new FileConversationStore({ files, layout });
  for (let day = 1; day <= days; day += 1) {
    await store.saveMetadata(onDay(day));
  }
  return { files, store };
}

/** Makes the conversation of the first day one that has changed later than any. */
export async function touch(store: FileConversationStore): Promise<unknown> {
  return await store.updateMetadata('day-01', (current) => ({ ...current, last_updated_at: '2025-02-01T00:00:00Z' }));
}

/** The ids of all conversations, newest first. */
export async function idsOf(store: FileConversationStore): Promise<string[]> {
  return (await store.search({ limit: 1000 })).results.map(({ conversation_id }) => conversation_id);
}

/**
 * A prune that is killed once it has put up a tombstone, before it has claimed the record of the first day: whether the conversation is
 * deleted is not decided.
 */
export async function dieUndecided(memory: FileStore, layout: StorageLayout, olderThan: Date): Promise<void> {
  const killed = failingWhere(memory, (operation, path) => operation === 'write' && path === layout.conversationMetadata('day-01'));
  await expect(new FileConversationStore({ files: killed, layout }).prune({ olderThan })).rejects.toThrow(withCode('unavailable'));
}
