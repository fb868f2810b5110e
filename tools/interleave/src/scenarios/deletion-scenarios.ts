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
  appendAndMakeAnew('events: append, delete the conversation and make it anew', 0, objectStore),
  appendAndMakeAnew('events: append, delete the conversation and make it anew, on a store that appends', 0, {}),
  appendAndMakeAnew('events: append and compact, delete the conversation and make it anew', ripe, objectStore),
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

/** What is appended to a conversation that was made anew stays, whatever others still do to the deleted one. */
function appendAndMakeAnew(name: string, before: number, capabilities: { readonly append?: boolean }): Scenario {
  const metadata = { conversation_id: conversationId, selected_repository: null };
  return {
    name,
    capabilities,
    bound: { preemptions: before === 0 ? 2 : 1, beside: 0 },
    prepare: async (files) => {
      await openConversations(files).saveMetadata(metadata);
      await growLog(files, before);
    },
    begin: () => {
      let isAcknowledged = false;
      const maker = async ({ files }: Stage): Promise<void> => {
        await repeat(() => openConversations(files).deleteMetadata(conversationId));
        try {
          await repeat(() => openConversations(files).saveMetadata(metadata, { recreate: true }));
        } catch (error) {
          if (hasErrorCode(error, 'path-conflict') || hasErrorCode(error, 'not-found')) {
            return;
          }
          throw error;
        }
        const events = openEvents(files);
        await repeat(() => events.append({ source: 'anew' }, { operationId: 'anew' }));
        isAcknowledged = true;
        await events.close();
      };
      return {
        actors: { writer: (stage) => appendUntilDeleted(stage, new LogRecord(before)), maker },
        check: async (files) => {
          const log = isAcknowledged ? await Array.fromAsync(openEvents(files).search()) : [];
          if (isAcknowledged && !log.some(({ source }) => source === 'anew')) {
            throw new Error(`what was acknowledged is lost; the log has ${log.length} events`);
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
