import { type FileStore, homeLayout, MemoryFileStore, type StorageLayout, sessionsLayout } from '@oh/file-store-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { FileConversationStore } from '../src/file-conversation-store.ts';
import { newRecord } from './new-record.ts';
import { remainingFiles } from './remaining-files.ts';
import { withCode } from './with-code.ts';

function open(files: FileStore, layout: StorageLayout, userId?: string): FileConversationStore {
  return new FileConversationStore({ files, layout, userId });
}

async function idsOf(store: FileConversationStore): Promise<string[]> {
  return (await store.search()).results.map(({ conversation_id }) => conversation_id);
}

describe.each([homeLayout, sessionsLayout])('a store opened for a user, $name layout', (layout) => {
  let files: FileStore;
  let alice: FileConversationStore;
  let bob: FileConversationStore;

  beforeEach(async () => {
    files = new MemoryFileStore();
    alice = open(files, layout, 'alice');
    bob = open(files, layout, 'bob');
    await bob.saveMetadata(newRecord('bobs'));
  });

  it('fills in the user', async () => {
    for (const user_id of [undefined, null, '', 'alice']) {
      expect((await alice.saveMetadata(newRecord('mine', { user_id }))).user_id).toBe('alice');
    }
    expect(await alice.validateMetadata('mine', 'alice')).toBe(true);
  });

  it('refuses to save for another user, before any I/O', async () => {
    await files.close();
    await expect(alice.saveMetadata(newRecord('mine', { user_id: 'bob' }))).rejects.toThrow(withCode('permission-denied'));
  });

  it("knows nothing of another user's conversations", async () => {
    await alice.saveMetadata(newRecord('mine'));
    expect(await idsOf(alice)).toEqual(['mine']);
    expect(await idsOf(bob)).toEqual(['bobs']);
    expect(await alice.exists('bobs')).toBe(false);
    await expect(alice.getMetadata('bobs')).rejects.toThrow(withCode('not-found'));
    await expect(alice.validateMetadata('bobs', 'bob')).rejects.toThrow(withCode('not-found'));
    expect(await alice.getAllMetadata(['bobs', 'mine'])).toMatchObject({ results: [{ conversation_id: 'mine' }], missing: ['bobs'] });
  });

  it('refuses a user that is no name', () => {
    for (const userId of ['', '..', 'a/b', 'alice@example.org']) {
      expect(() => open(files, layout, userId)).toThrow(withCode('invalid-argument'));
    }
  });

  it('sees damage whose owner is unknown, and not the damage of others', async () => {
    await files.write(layout.conversationMetadata('torn', 'alice'), '{"user_id":"alice","cr');
    await files.write(layout.conversationMetadata('legacy-mine', 'alice'), '{"user_id":"alice"}');
    await files.write(layout.conversationMetadata('legacy-bobs', 'alice'), '{"user_id":"bob"}');
    const { unreadable } = await alice.search();
    expect(unreadable.map(({ conversation_id }) => conversation_id)).toEqual(['legacy-mine', 'torn']);
    await expect(alice.getMetadata('torn')).rejects.toThrow(withCode('corrupt'));
    await expect(alice.getMetadata('legacy-bobs')).rejects.toThrow(withCode('not-found'));
    await expect(alice.saveMetadata(newRecord('torn'))).rejects.toThrow(withCode('corrupt'));
    await expect(alice.saveMetadata(newRecord('legacy-bobs'))).rejects.toThrow(withCode('permission-denied'));
    await alice.deleteMetadata('legacy-mine');
    expect(await alice.exists('legacy-mine')).toBe(false);
    await expect(alice.deleteMetadata('legacy-bobs')).rejects.toThrow(withCode('permission-denied'));
  });
});

describe('a store opened for a user, where each user has a directory', () => {
  it('keeps conversations with the same id apart', async () => {
    const files = new MemoryFileStore();
    const alice = open(files, homeLayout, 'alice');
    const bob = open(files, homeLayout, 'bob');
    const nobody = open(files, homeLayout);
    await Promise.all([alice, bob, nobody].map((store) => store.saveMetadata(newRecord('c1'))));
    await alice.deleteMetadata('c1');
    expect((await remainingFiles(files)).filter((path) => path.startsWith('users/alice'))).toEqual([]);
    expect(await bob.exists('c1')).toBe(true);
    expect(await nobody.exists('c1')).toBe(true);
  });

  it("takes a record of nobody in the user's directory for the user's", async () => {
    const files = new MemoryFileStore();
    const alice = open(files, homeLayout, 'alice');
    await files.write('users/alice/conversations/c1/metadata.json', JSON.stringify(newRecord('c1', { created_at: 0 })));
    await files.write('users/alice/conversations/torn/metadata.json', '{');
    expect(await idsOf(alice)).toEqual(['c1']);
    expect((await alice.saveMetadata(newRecord('c1'))).user_id).toBe('alice');
    await alice.deleteMetadata('torn');
    await alice.deleteMetadata('c1');
    expect(await remainingFiles(files)).toEqual([]);
  });

  it("leaves a user's conversation alone when one beside the users names that user", async () => {
    const files = new MemoryFileStore();
    const nobody = open(files, homeLayout);
    const alice = open(files, homeLayout, 'alice');
    await alice.saveMetadata(newRecord('c1'));
    await nobody.saveMetadata(newRecord('c1', { user_id: 'alice' }));
    await nobody.deleteMetadata('c1');
    expect(await nobody.exists('c1')).toBe(false);
    expect(await alice.exists('c1')).toBe(true);
  });
});

describe('a store opened for a user, where the records of all lie together', () => {
  let files: FileStore;
  let alice: FileConversationStore;
  let everybody: FileConversationStore;

  beforeEach(() => {
    files = new MemoryFileStore();
    alice = open(files, sessionsLayout, 'alice');
    everybody = open(files, sessionsLayout);
  });

  it("refuses to change another user's conversation, and nobody's", async () => {
    await everybody.saveMetadata(newRecord('bobs', { user_id: 'bob' }));
    await everybody.saveMetadata(newRecord('nobodys'));
    for (const id of ['bobs', 'nobodys']) {
      const before = await files.read(`sessions/${id}/metadata.json`);
      await expect(alice.saveMetadata(newRecord(id))).rejects.toThrow(withCode('permission-denied'));
      await expect(alice.deleteMetadata(id)).rejects.toThrow(withCode('permission-denied'));
      await expect(alice.getMetadata(id)).rejects.toThrow(withCode('not-found'));
      expect(await files.read(`sessions/${id}/metadata.json`)).toBe(before);
    }
    expect(await idsOf(alice)).toEqual([]);
  });

  it('deletes the events with the record, wherever the layout has them', async () => {
    await alice.saveMetadata(newRecord('c1'));
    await alice.saveMetadata(newRecord('c2'));
    for (const id of ['c1', 'c2']) {
      await files.write(`users/alice/conversations/${id}/events/0.json`, '{}');
      await files.write(`users/bob/conversations/${id}/events/0.json`, '{}');
    }
    await alice.deleteMetadata('c1');
    await everybody.deleteMetadata('c2');
    expect(await files.list('sessions')).toEqual([]);
    expect(await files.list('users/alice/conversations')).toEqual([]);
    expect(await files.list('users/bob/conversations')).toHaveLength(2);
  });

  it('deletes the events of a record that cannot be read but names its owner', async () => {
    await files.write('sessions/c1/metadata.json', '{"user_id":"alice"}');
    await files.write('users/alice/conversations/c1/events/0.json', '{}');
    await everybody.deleteMetadata('c1');
    expect(await remainingFiles(files)).toEqual([]);
  });

  it("leaves what may be another user's to a store opened for all", async () => {
    await files.write('sessions/torn/metadata.json', '{"user_id":"bob","cr');
    await files.write('sessions/starting/events/0.json', '{}');
    await files.write('users/alice/conversations/starting/events/0.json', '{}');
    await expect(alice.deleteMetadata('torn')).rejects.toThrow(withCode('permission-denied'));
    await alice.deleteMetadata('starting');
    expect(await files.list('users')).toEqual([]);
    expect(await files.list('sessions')).toEqual(['sessions/starting/', 'sessions/torn/']);
    await everybody.deleteMetadata('torn');
    await everybody.deleteMetadata('starting');
    expect(await remainingFiles(files)).toEqual([]);
  });
});
