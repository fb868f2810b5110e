import { FileConversationStore } from '@oh/conversation-store';
import { type FileStore, hasErrorCode } from '@oh/file-store-core';
import { repeat } from '../repeat.ts';
import type { Scenario, Stage } from '../scenario.ts';
import { conversationId, growLog, LogRecord, openEvents } from './event-log.ts';
import { objectStore, ripe } from './event-scenarios.ts';

/** `@oh/event-store` with `@oh/conversation-store`: the conversation is deleted while events are appended. */
export const deletionScenarios: readonly Scenario[] = [
  appendAndDelete('events: append, delete the conversation', 0, objectStore),
  appendAndDelete('events: append, delete the conversation, on a store that appends', 0, {}),
  appendAndDelete('events: append and compact, delete the conversation', ripe, objectStore),
];

function openConversations(files: FileStore): FileConversationStore {
  return new FileConversationStore({ files, now: () => new Date(Date.UTC(2026, 0, 1)) });
}

function appendAndDelete(name: string, before: number, capabilities: { readonly append?: boolean }): Scenario {
  return {
    name,
    capabilities,
    bound: { preemptions: before === 0 ? 2 : 1, beside: 0 },
    prepare: async (files) => {
      await openConversations(files).saveMetadata({ conversation_id: conversationId, selected_repository: null });
      await growLog(files, before);
    },
    begin: () => {
      const record = new LogRecord(before);
      return {
        actors: {
          writer: (stage) => appendUntilDeleted(stage, record),
          deleter: ({ files }) => repeat(() => openConversations(files).deleteMetadata(conversationId)),
        },
        check: async (files, hadFault) => {
          if (await openConversations(files).exists(conversationId)) {
            await record.check(files);
            return;
          }
          if (hadFault) {
            await openConversations(files).deleteMetadata(conversationId);
          }
          const left = await Array.fromAsync(files.entries('conversations', { recursive: true }));
          if (left.length > 0) {
            throw new Error(`of the deleted conversation is left: ${left.map(({ path }) => path).join(', ')}`);
          }
        },
      };
    },
  };
}

async function appendUntilDeleted({ files }: Stage, record: LogRecord): Promise<void> {
  const store = openEvents(files);
  try {
    await record.append(store, 'a1');
    await record.append(store, 'a2');
  } catch (error) {
    if (!hasErrorCode(error, 'not-found')) {
      throw error;
    }
  } finally {
    await store.close();
  }
}
