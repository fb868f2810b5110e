import { FileConversationStore } from '@oh/conversation-store';
import { type FileStore, hasErrorCode } from '@oh/file-store-core';
import { repeat } from '../repeat.ts';
import type { Scenario, Stage } from '../scenario.ts';
import { recordOf } from './conversation-check.ts';
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
  appendAndPrune('events: append to old conversations and others, prune', objectStore),
  appendAndPrune('events: append to old conversations and others, prune, on a store that appends', {}),
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

/** Events that were acknowledged, by conversation. */
class Acknowledged {
  readonly #names = new Map<string, string[]>();

  /** Appends an event; one to what is deleted, or is about to be, may be refused. */
  async append({ files }: Stage, id: string, name: string): Promise<void> {
    const store = openEvents(files, { id });
    try {
      await repeat(() => store.append({ source: name }, { operationId: name }));
      this.#names.set(id, [...(this.#names.get(id) ?? []), name]);
    } catch (error) {
      if (!hasErrorCode(error, 'not-found')) {
        throw error;
      }
    } finally {
      await store.close();
    }
  }

  /** How many there are of a conversation. */
  countOf(id: string): number {
    return this.#names.get(id)?.length ?? 0;
  }

  async check(files: FileStore, id: string): Promise<void> {
    const log = await Array.fromAsync(openEvents(files, { id }).search());
    const sources = log.map(({ source }) => source);
    const names = this.#names.get(id) ?? [];
    if (names.some((name) => sources.filter((source) => source === name).length !== 1) || log.some((event, i) => event.id !== i)) {
      throw new Error(`${id} has the events ${sources.join()}; acknowledged are ${names.join()}`);
    }
  }
}

/** A conversation is old until it is updated: then it stays, with all that was appended. */
function appendAndPrune(name: string, capabilities: { readonly append?: boolean }): Scenario {
  const [old, recent] = ['c3', 'c5'];
  return {
    name,
    capabilities,
    faultsAt: /^(write|append|delete)/,
    bound: { preemptions: 1, beside: 0 },
    prepare: async (files) => {
      await openConversations(files).saveMetadata(recordOf(old, 3));
      await openConversations(files).saveMetadata(recordOf(recent, 5));
    },
    begin: () => {
      const events = new Acknowledged();
      let isUpdated = false;
      const writer = async (stage: Stage): Promise<void> => {
        await events.append(stage, old, 'a1');
        try {
          const last_updated_at = '2025-02-01T00:00:00Z';
          await repeat(() => openConversations(stage.files).updateMetadata(old, (record) => ({ ...record, last_updated_at })));
          isUpdated = true;
          await events.append(stage, old, 'a2');
        } catch (error) {
          if (!(hasErrorCode(error, 'not-found') || hasErrorCode(error, 'path-conflict'))) {
            throw error;
          }
        }
      };
      const other = async (stage: Stage): Promise<void> => await events.append(stage, recent, 'b1');
      const pruner = async ({ files }: Stage): Promise<void> =>
        void (await repeat(() => openConversations(files).prune({ olderThan: new Date(Date.UTC(2025, 0, 4)) })));
      return {
        actors: { writer, pruner, other },
        check: async (files, hadFault) => {
          await openConversations(files).prune({ olderThan: new Date(0) });
          const isThere = await openConversations(files).exists(old);
          if (isUpdated && !isThere) {
            throw new Error(`${old} was updated, and is gone`);
          }
          if (!hadFault && events.countOf(recent) === 0) {
            throw new Error(`nothing could be appended to ${recent}`);
          }
          await events.check(files, recent);
          const left = await Array.fromAsync(files.entries(`conversations/${old}`, { recursive: true }));
          if (isThere) {
            await events.check(files, old);
          } else if (!hadFault && left.length > 0) {
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
