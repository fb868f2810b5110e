import { type DeleteOptions, FileStoreError, MemoryFileStore, sessionsLayout } from '@oh/file-store-core';
import { parseJson } from '@oh/file-store-core/json';
import { interceptFileStore } from '@oh/file-store-core/testing';
import { describe, expect, it } from 'vitest';
import { FileConversationStore } from '../src/file-conversation-store.ts';
import { newRecord } from './new-record.ts';
import { remainingFiles } from './remaining-files.ts';
import { withCode } from './with-code.ts';

async function titlesOf(store: FileConversationStore, id = 'c1'): Promise<unknown[]> {
  const versions = await store.listVersions(id);
  return await Promise.all(versions.map(async ({ version }) => (await store.getVersion(id, version)).title));
}

/** Deletes what it finds in a directory, and not what comes meanwhile. */
class ListingFileStore extends MemoryFileStore {
  onListed: (path: string) => Promise<void> = async () => undefined;

  override async delete(path: string, options: DeleteOptions = {}): Promise<void> {
    const below = await Array.fromAsync(this.entries(path, { recursive: true }));
    if (below.length === 0) {
      return await super.delete(path, options);
    }
    await this.onListed(path);
    for (const file of below) {
      await super.delete(file.path);
    }
  }
}

describe('versions of a record', () => {
  it('are kept, the latest first, up to a number', async () => {
    const files = new MemoryFileStore();
    const store = new FileConversationStore({ files, history: 3 });
    for (const title of ['a', 'b', 'c', 'd', 'e', 'e']) {
      await store.saveMetadata(newRecord('c1', { title }));
    }
    expect(await titlesOf(store)).toEqual(['d', 'c', 'b']);
    expect(await files.list('conversations/c1/metadata-history')).toHaveLength(3);
    expect((await store.listVersions('c1'))[0]?.replaced_at).toBeInstanceOf(Date);
  });

  it('are not kept unless that is said', async () => {
    const store = new FileConversationStore({ files: new MemoryFileStore() });
    await store.saveMetadata(newRecord('c1', { title: 'a' }));
    await store.saveMetadata(newRecord('c1', { title: 'b' }));
    expect(await store.listVersions('c1')).toEqual([]);
  });

  it('come back whole, and what they replace is kept', async () => {
    const files = new MemoryFileStore();
    const store = new FileConversationStore({ files, history: 5 });
    await store.saveMetadata(newRecord('c1', { title: 'a', early: parseJson('[9007199254740993]') }));
    const before = await files.read('conversations/c1/metadata.json');
    await store.saveMetadata(newRecord('c1', { title: 'b', late: true }));
    const [first] = await store.listVersions('c1');
    const restored = await store.restoreVersion('c1', first?.version ?? '');
    expect(restored).toMatchObject({ title: 'a' });
    expect(await store.getMetadata('c1')).toEqual(restored);
    expect(await files.read('conversations/c1/metadata.json')).toBe(before);
    expect(await titlesOf(store)).toEqual(['b', 'a']);
  });

  it('lose none of racing updates', async () => {
    const files = new MemoryFileStore();
    const stores = Array.from({ length: 4 }, () => new FileConversationStore({ files, history: 100 }));
    await stores[0]?.saveMetadata(newRecord('c1', { title: '' }));
    const updates = stores.flatMap((store) =>
      Array.from({ length: 6 }, () => store.updateMetadata('c1', (current) => ({ ...current, title: `${current.title}x` }))),
    );
    await Promise.all(updates);
    const store = new FileConversationStore({ files });
    expect(await titlesOf(store)).toEqual(Array.from({ length: 24 }, (_, index) => 'x'.repeat(23 - index)));
  });

  it('keep a record before it is replaced, and once when that is tried again', async () => {
    const memory = new MemoryFileStore();
    let failing = true;
    const files = interceptFileStore(memory, (operation, path) => {
      if (failing && operation === 'write' && String(path).endsWith('c1/metadata.json')) {
        throw new FileStoreError('unavailable', 'no');
      }
    });
    await new FileConversationStore({ files: memory }).saveMetadata(newRecord('c1', { title: 'a' }));
    const store = new FileConversationStore({ files, history: 5 });
    await expect(store.saveMetadata(newRecord('c1', { title: 'b' }))).rejects.toThrow(withCode('unavailable'));
    failing = false;
    await store.saveMetadata(newRecord('c1', { title: 'b' }));
    expect(await titlesOf(store)).toEqual(['a']);
  });

  it('go with the conversation', async () => {
    const store = new FileConversationStore({ files: new MemoryFileStore(), history: 5 });
    await store.saveMetadata(newRecord('c1', { title: 'a' }));
    await store.saveMetadata(newRecord('c1', { title: 'b' }));
    const [{ version } = { version: '' }] = await store.listVersions('c1');
    await store.deleteMetadata('c1');
    for (const call of [store.listVersions('c1'), store.getVersion('c1', version), store.restoreVersion('c1', version)]) {
      await expect(call).rejects.toThrow(withCode('not-found'));
    }
  });

  it('go with the conversation that is deleted while one is kept', async () => {
    const memory = new MemoryFileStore();
    await new FileConversationStore({ files: memory }).saveMetadata(newRecord('c1', { title: 'a' }));
    const files = interceptFileStore(memory, async (operation, path) => {
      if (operation === 'write' && String(path).includes('metadata-history')) {
        await new FileConversationStore({ files: memory }).deleteMetadata('c1');
      }
    });
    const update = new FileConversationStore({ files, history: 5 }).updateMetadata('c1', (current) => ({ ...current, title: 'b' }));
    await expect(update).rejects.toThrow(withCode('not-found'));
    expect(await remainingFiles(memory)).toEqual([]);
  });

  it('go with the conversation where a directory is listed and then deleted, as on object stores, while one is kept', async () => {
    const files = new ListingFileStore();
    const store = new FileConversationStore({ files });
    await store.saveMetadata(newRecord('c1', { title: 'a' }));
    await files.write('conversations/c1/events.json', '');
    const { promise: listed, resolve: onListed } = Promise.withResolvers<void>();
    const { promise: failed, resolve: onFailed } = Promise.withResolvers<void>();
    files.onListed = async (path) => {
      if (path === 'conversations/c1') {
        onListed();
        await failed;
      }
    };
    let deletion: Promise<void> | undefined;
    const late = interceptFileStore(files, async (operation, path) => {
      if (operation === 'write' && String(path).includes('metadata-history')) {
        await store.updateMetadata('c1', (current) => ({ ...current, title: 'b' }));
        deletion = store.deleteMetadata('c1');
        await listed;
      }
    });
    const update = new FileConversationStore({ files: late, history: 5 }).updateMetadata('c1', (current) => ({ ...current, title: 'c' }));
    await expect(update).rejects.toThrow(withCode('not-found'));
    onFailed();
    await deletion;
    expect(await remainingFiles(files)).toEqual([]);
  });

  it('stay when an update finds the record gone, which another program removed', async () => {
    const files = new MemoryFileStore();
    const store = new FileConversationStore({ files, history: 5 });
    await store.saveMetadata(newRecord('c1', { title: 'a' }));
    await store.saveMetadata(newRecord('c1', { title: 'b' }));
    await files.delete('conversations/c1/metadata.json');
    await expect(store.updateMetadata('c1', (current) => current)).rejects.toThrow(withCode('not-found'));
    await store.saveMetadata(newRecord('c1', { title: 'c' }));
    expect(await titlesOf(store)).toEqual(['a']);
  });

  it('stay when an update that has lost a race fails with not-found itself', async () => {
    const store = new FileConversationStore({ files: new MemoryFileStore(), history: 5 });
    await store.saveMetadata(newRecord('c1', { title: 'a' }));
    await store.saveMetadata(newRecord('c1', { title: 'b' }));
    let attempts = 0;
    const update = store.updateMetadata('c1', async (current) => {
      attempts += 1;
      if (attempts === 2) {
        throw new FileStoreError('not-found', 'no such repository');
      }
      await store.updateMetadata('c1', (other) => ({ ...other, title: 'c' }));
      return { ...current, title: 'd' };
    });
    await expect(update).rejects.toThrow('no such repository');
    expect(await titlesOf(store)).toEqual(['b', 'a']);
  });

  it('do not come back as a conversation whose record has gone meanwhile', async () => {
    const memory = new MemoryFileStore();
    const store = new FileConversationStore({ files: memory, history: 5 });
    await store.saveMetadata(newRecord('c1', { title: 'a' }));
    await store.saveMetadata(newRecord('c1', { title: 'b' }));
    const [{ version } = { version: '' }] = await store.listVersions('c1');
    const files = interceptFileStore(memory, async (operation, path) => {
      if (operation === 'open' && path === 'conversations/c1/metadata.json') {
        await memory.delete(path);
      }
    });
    const late = new FileConversationStore({ files, history: 5 });
    await expect(late.restoreVersion('c1', version)).rejects.toThrow(withCode('not-found'));
    expect(await store.exists('c1')).toBe(false);
  });

  it('pass over files that are none, and name one that cannot be read', async () => {
    const files = new MemoryFileStore();
    const store = new FileConversationStore({ files, history: 5 });
    await store.saveMetadata(newRecord('c1', { title: 'a' }));
    for (const name of ['notes.txt', 'notes.json', '0000000002-0123456789abcdef', '0000000003-0123456789abcdef.json/x']) {
      await files.write(`conversations/c1/metadata-history/${name}`, 'x');
    }
    await files.write('conversations/c1/metadata-history/0000000001-0123456789abcdef.json', '{');
    await files.write('conversations/c1/metadata-history/0000000000-0123456789abcdef.json', new Uint8Array([0xff]));
    const versions = await store.listVersions('c1');
    expect(versions).toHaveLength(2);
    for (const { version } of versions) {
      await expect(store.getVersion('c1', version)).rejects.toThrow(/^\[corrupt\].*metadata-history/);
      await expect(store.restoreVersion('c1', version)).rejects.toThrow(withCode('corrupt'));
    }
    expect((await store.getMetadata('c1')).title).toBe('a');
  });

  it('have names that are checked before any I/O', async () => {
    const store = new FileConversationStore({ files: interceptFileStore(new MemoryFileStore(), () => expect.unreachable()) });
    for (const version of ['', '../c2/metadata', '0000000000-0123456789abcdef.json', '1-0']) {
      await expect(store.getVersion('c1', version)).rejects.toThrow(withCode('invalid-argument'));
      await expect(store.restoreVersion('c1', version)).rejects.toThrow(withCode('invalid-argument'));
    }
  });

  it("are another user's with the conversation", async () => {
    const files = new MemoryFileStore();
    const bob = new FileConversationStore({ files, layout: sessionsLayout, userId: 'bob', history: 2 });
    const alice = new FileConversationStore({ files, layout: sessionsLayout, userId: 'alice', history: 2 });
    await bob.saveMetadata(newRecord('c1', { title: 'a' }));
    await bob.saveMetadata(newRecord('c1', { title: 'b' }));
    const [{ version } = { version: '' }] = await bob.listVersions('c1');
    for (const call of [alice.listVersions('c1'), alice.getVersion('c1', version), alice.restoreVersion('c1', version)]) {
      await expect(call).rejects.toThrow(withCode('not-found'));
    }
  });

  it("of the time when a conversation was another user's stay with that user", async () => {
    const files = new MemoryFileStore();
    const everybody = new FileConversationStore({ files, layout: sessionsLayout, history: 5 });
    await everybody.saveMetadata(newRecord('c1', { title: 'of bob', user_id: 'bob' }));
    await everybody.saveMetadata(newRecord('c1', { title: 'of alice', user_id: 'alice' }));
    const alice = new FileConversationStore({ files, layout: sessionsLayout, userId: 'alice' });
    const [{ version } = { version: '' }] = await alice.listVersions('c1');
    await expect(alice.getVersion('c1', version)).rejects.toThrow(withCode('not-found'));
    await expect(alice.restoreVersion('c1', version)).rejects.toThrow(withCode('not-found'));
    expect((await everybody.restoreVersion('c1', version)).title).toBe('of bob');
  });

  it.each([-1, 1.5, 1001, Number.NaN])('cannot be %s in number', (history) => {
    expect(() => new FileConversationStore({ files: new MemoryFileStore(), history })).toThrow(withCode('invalid-argument'));
  });
});
