import { MemoryFileStore, sessionsLayout } from '@oh/file-store-core';
import { interceptFileStore } from '@oh/file-store-core/testing';
import { describe, expect, it } from 'vitest';
import { FileConversationStore } from '../src/file-conversation-store.ts';
import { newRecord } from './new-record.ts';
import { withCode } from './with-code.ts';

const path = 'conversations/c1/metadata.json';

describe('updateMetadata', () => {
  it('loses neither a title nor a cost of racing updates', async () => {
    const files = new MemoryFileStore();
    const stores = Array.from({ length: 4 }, () => new FileConversationStore({ files }));
    await stores[0]?.saveMetadata(newRecord('c1'));
    const costs = stores.flatMap((store) =>
      Array.from({ length: 10 }, () =>
        store.updateMetadata('c1', (current) => ({ ...current, accumulated_cost: current.accumulated_cost + 1 })),
      ),
    );
    const titles = stores.map((store, index) =>
      store.updateMetadata('c1', (current) => ({ ...current, title: `${current.title}, ${index}` })),
    );
    await Promise.all([...costs, ...titles]);
    const { accumulated_cost, title } = (await stores[0]?.getMetadata('c1')) ?? {};
    expect(accumulated_cost).toBe(40);
    expect(title?.split(', ').sort()).toEqual(['0', '1', '2', '3', 'Conversation c1']);
  });

  it('gives the record as it is stored, and takes promises', async () => {
    const store = new FileConversationStore({ files: new MemoryFileStore() });
    await store.saveMetadata(newRecord('c1', { extra: 1 }));
    const updated = await store.updateMetadata('c1', async ({ extra: _, ...current }) => ({ ...current, accumulated_cost: '2' }));
    expect(updated).toMatchObject({ accumulated_cost: 2, extra: 1 });
    expect(await store.getMetadata('c1')).toEqual(updated);
  });

  it('is not-found where nothing is, and calls nobody', async () => {
    const store = new FileConversationStore({ files: new MemoryFileStore() });
    await expect(store.updateMetadata('c1', () => expect.unreachable())).rejects.toThrow(withCode('not-found'));
  });

  it('writes nothing over what it cannot read, and nothing that is not valid', async () => {
    const files = new MemoryFileStore();
    const store = new FileConversationStore({ files });
    await store.saveMetadata(newRecord('c1'));
    const before = await files.stat(path);
    await expect(store.updateMetadata('c1', (current) => ({ ...current, conversation_id: 'c2' }))).rejects.toThrow(
      /^\[invalid-argument\].*id/,
    );
    await expect(store.updateMetadata('c1', (current) => ({ ...current, created_at: 'never' }))).rejects.toThrow(
      withCode('invalid-argument'),
    );
    const failure = new Error('mine');
    await expect(store.updateMetadata('c1', () => Promise.reject(failure))).rejects.toBe(failure);
    expect(await files.stat(path)).toEqual(before);
    await files.write(path, '{');
    await expect(store.updateMetadata('c1', () => expect.unreachable())).rejects.toThrow(withCode('corrupt'));
    expect(await files.read(path)).toBe('{');
  });

  it('refuses what is not the user', async () => {
    const files = new MemoryFileStore();
    const everybody = new FileConversationStore({ files, layout: sessionsLayout });
    const alice = new FileConversationStore({ files, layout: sessionsLayout, userId: 'alice' });
    await everybody.saveMetadata(newRecord('bobs', { user_id: 'bob' }));
    await alice.saveMetadata(newRecord('mine'));
    await expect(alice.updateMetadata('bobs', () => expect.unreachable())).rejects.toThrow(withCode('permission-denied'));
    await expect(alice.updateMetadata('mine', (current) => ({ ...current, user_id: 'bob' }))).rejects.toThrow(
      withCode('permission-denied'),
    );
  });

  it('rejects with the reason of an abort that comes while the update is made', async () => {
    const memory = new MemoryFileStore();
    await new FileConversationStore({ files: memory }).saveMetadata(newRecord('c1'));
    const files = interceptFileStore(memory, (operation) => expect(operation).not.toBe('write'));
    const controller = new AbortController();
    const update = new FileConversationStore({ files }).updateMetadata(
      'c1',
      (current) => {
        controller.abort('stop');
        return { ...current, title: 'no' };
      },
      { signal: controller.signal },
    );
    await expect(update).rejects.toBe('stop');
  });
});

describe('the title of a conversation', () => {
  it('is made of the id at first, and stays when it is not spoken of', async () => {
    const store = new FileConversationStore({ files: new MemoryFileStore() });
    expect((await store.saveMetadata(newRecord('0123456789'))).title).toBe('Conversation 01234');
    await store.saveMetadata(newRecord('0123456789', { title: 'Mine' }));
    expect((await store.saveMetadata(newRecord('0123456789'))).title).toBe('Mine');
    expect((await store.saveMetadata(newRecord('0123456789', { title: null }))).title).toBe(null);
  });
});
