import { FileConversationStore } from '@oh/conversation-store';
import { type FileStore, FileStoreError } from '@oh/file-store-core';
import { repeat } from '../repeat.ts';
import type { Play, Scenario } from '../scenario.ts';
import { addWord, ConversationRecord, checkQuiet, openConversations, recordOf } from './conversation-check.ts';

const later = { last_updated_at: '2025-02-01T00:00:00Z' };
const after = (day: number): Date => new Date(Date.UTC(2025, 0, day));

/** Two conversations of the third and the fifth of January. */
async function prepareTwo(files: FileStore): Promise<void> {
  await openConversations(files).saveMetadata(recordOf('c3', 3));
  await openConversations(files).saveMetadata(recordOf('c5', 5));
}

/** The same, written by another program: nothing is listed. */
async function prepareUnlisted(files: FileStore): Promise<void> {
  await prepareTwo(files);
  await files.delete('.oh-conversations');
}

/** The same, and a deletion of the first one that was interrupted long ago. */
async function prepareUnended(files: FileStore): Promise<void> {
  await prepareTwo(files);
  const stopped = new Proxy(files, {
    get: (target, key) => {
      const member: unknown = Reflect.get(target, key, target);
      return key === 'delete'
        ? () => Promise.reject(new FileStoreError('unavailable', 'stopped'))
        : typeof member === 'function'
          ? member.bind(target)
          : member;
    },
  });
  const long = new FileConversationStore({ files: stopped, now: () => after(31) });
  await long.deleteMetadata('c3').catch(() => undefined);
}

function update(record: ConversationRecord, word: string, fields = {}, history = 0): Play['actors'][string] {
  return async ({ files }) =>
    await record.update(() => repeat(() => openConversations(files, history).updateMetadata(record.id, addWord(word, fields))), word);
}

function prune(records: readonly ConversationRecord[], olderThan: Date): Play['actors'][string] {
  return async ({ files }) => {
    const result = repeat(() => openConversations(files).prune({ olderThan }));
    await Promise.all([result, ...records.map((record) => record.prune(async () => (await result).pruned.includes(record.id)))]);
  };
}

function remove(record: ConversationRecord): Play['actors'][string] {
  return async ({ files }) => await record.delete(() => repeat(() => openConversations(files).deleteMetadata(record.id)));
}

/** Deletes a conversation and makes another one of its id, with a file beside the record; that may be refused while others still remove the first one. */
function makeAnew(before: ConversationRecord, anew: ConversationRecord): Play['actors'][string] {
  return async (stage) => {
    await remove(before)(stage);
    const record = { ...recordOf(anew.id, 7), title: 'anew' };
    await anew.update(() => repeat(() => openConversations(stage.files).saveMetadata(record, { recreate: true })), 'anew');
    await anew.addEvent((path) => repeat(() => stage.files.write(path, '{}')));
  };
}

function play(records: readonly ConversationRecord[], actors: Play['actors']): Play {
  return {
    actors,
    check: async (files, hadFault) => {
      if (hadFault) {
        await openConversations(files).prune({ olderThan: new Date(0) });
      }
      for (const record of records) {
        await record.check(files);
      }
      await checkQuiet(files, hadFault);
    },
  };
}

const objectStore = { append: false } as const;

/** Of faults of readings the scenario before has the same. */
const changes = /^(write|delete)/;

/** `@oh/conversation-store`: changes, deletions, prunes and the index. */
export const conversationScenarios: readonly Scenario[] = [
  {
    name: 'conversations: update, update, delete',
    capabilities: objectStore,
    bound: { preemptions: 2, beside: 0 },
    prepare: prepareTwo,
    begin: () => {
      const record = new ConversationRecord('c3');
      return play([record], { first: update(record, 'a'), second: update(record, 'b'), deleter: remove(record) });
    },
  },
  {
    name: 'conversations: update with history, update with history, delete',
    capabilities: objectStore,
    bound: { preemptions: 2, beside: 0 },
    prepare: prepareTwo,
    begin: () => {
      const record = new ConversationRecord('c3');
      return play([record], { first: update(record, 'a', {}, 2), second: update(record, 'b', {}, 2), deleter: remove(record) });
    },
  },
  {
    name: 'conversations: prune, prune of another age, update',
    capabilities: objectStore,
    bound: { preemptions: 1, beside: 0 },
    prepare: prepareTwo,
    begin: () => {
      const [c3, c5] = [new ConversationRecord('c3'), new ConversationRecord('c5')];
      return play([c3, c5], { first: prune([c3], after(4)), second: prune([c3, c5], after(6)), update: update(c3, 'a', later) });
    },
  },
  {
    name: 'conversations: prune, prune of another age, update between the ages',
    capabilities: objectStore,
    faultsAt: changes,
    bound: { preemptions: 1, beside: 0 },
    prepare: prepareTwo,
    begin: () => {
      const c3 = new ConversationRecord('c3');
      const between = { last_updated_at: '2025-01-05T00:00:00Z' };
      const c5 = new ConversationRecord('c5');
      return play([c3, c5], { first: prune([c3], after(4)), second: prune([c3, c5], after(6)), update: update(c3, 'a', between) });
    },
  },
  {
    name: 'conversations: delete, prune, update',
    capabilities: objectStore,
    bound: { preemptions: 1, beside: 0 },
    prepare: prepareTwo,
    begin: () => {
      const c3 = new ConversationRecord('c3');
      return play([c3], { deleter: remove(c3), prune: prune([c3], after(4)), update: update(c3, 'a', later) });
    },
  },
  {
    name: 'conversations: delete and make anew, update',
    capabilities: objectStore,
    bound: { preemptions: 2, beside: 0 },
    prepare: prepareTwo,
    begin: () => {
      const [before, anew] = [new ConversationRecord('c3'), new ConversationRecord('c3', false)];
      return play([anew], { first: makeAnew(before, anew), second: update(before, 'a', { created_at: '2025-01-09T00:00:00Z' }) });
    },
  },
  {
    name: 'conversations: delete and make anew, prune of the first one',
    capabilities: objectStore,
    bound: { preemptions: 2, beside: 0 },
    prepare: prepareTwo,
    begin: () => {
      const [before, anew] = [new ConversationRecord('c3'), new ConversationRecord('c3', false)];
      return play([anew], { first: makeAnew(before, anew), second: prune([before], after(4)) });
    },
  },
  {
    name: 'conversations: make anew, prune that ends the deletion, on a store that deletes without conditions',
    capabilities: { ...objectStore, conditionalDelete: false },
    bound: { preemptions: 2, beside: 0 },
    prepare: prepareUnended,
    begin: () => {
      const [before, anew] = [new ConversationRecord('c3'), new ConversationRecord('c3', false)];
      return play([anew], { first: makeAnew(before, anew), second: prune([], after(1)) });
    },
  },
  {
    name: 'conversations: create, create the same, search',
    capabilities: objectStore,
    bound: { preemptions: 1, beside: 0 },
    prepare: prepareTwo,
    begin: () => {
      const record = new ConversationRecord('c7', false);
      const create =
        (day: number): Play['actors'][string] =>
        async ({ files }) => {
          await repeat(() => openConversations(files).saveMetadata(recordOf('c7', day)));
        };
      const search: Play['actors'][string] = async ({ files }) => void (await openConversations(files).search());
      return play([record], { first: create(7), second: create(8), search });
    },
  },
  {
    name: 'conversations: search what nobody listed, delete, move',
    capabilities: objectStore,
    bound: { preemptions: 1, beside: 0 },
    prepare: prepareUnlisted,
    begin: () => {
      const [c3, c5] = [new ConversationRecord('c3'), new ConversationRecord('c5')];
      const search: Play['actors'][string] = async ({ files }) => {
        const found = (await openConversations(files).search()).results.map(({ conversation_id }) => conversation_id);
        if (!found.includes('c5') || new Set(found).size < found.length) {
          throw new Error(`a search meanwhile finds ${found.join()}`);
        }
      };
      return play([c3, c5], { search, deleter: remove(c3), second: update(c5, 'a', { created_at: '2025-01-09T00:00:00Z' }) });
    },
  },
];
