import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { MemoryFileStore } from '@oh/file-store-core';
import { interceptFileStore } from '@oh/file-store-core/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openStorage, type Storage } from '../src/index.ts';
import { UserStorages } from '../src/user-storages.ts';

const env = { OH_SECRET_KEY: 'a passphrase for tests' };

describe('forUser', () => {
  let files: MemoryFileStore;
  let storage: Storage;

  beforeEach(async () => {
    files = new MemoryFileStore();
    storage = await openStorage({}, { env, files });
  });

  afterEach(async () => {
    await storage.close();
  });

  test('gives each user what is theirs, in the same files', async () => {
    const [alice, bob] = await Promise.all([storage.forUser('alice'), storage.forUser('bob')]);
    await alice.conversations.saveMetadata({ conversation_id: 'c1', selected_repository: null });
    await alice.settings.store({ language: 'de' });
    await alice.workspace.write('a.txt', 'of alice');
    expect(await alice.conversations.getMetadata('c1')).toMatchObject({ user_id: 'alice' });
    expect((await bob.conversations.search()).results).toEqual([]);
    expect(await bob.settings.load()).toBeNull();
    expect(await bob.workspace.list()).toEqual([]);
    expect(alice.files).toBe(storage.files);
    const again = await openStorage({}, { env, files, userId: 'alice' });
    expect(await again.conversations.exists('c1')).toBe(true);
  });

  test('gives all callers of a user the same one, so that no event holds what another caller has stored as a secret', async () => {
    const [one, other] = await Promise.all([storage.forUser('alice'), (await storage.forUser('bob')).forUser('alice')]);
    expect(other).toBe(one);
    await one.events('c1').append({ message: 'the secrets are loaded' });
    await other.secrets.setSecret('TOKEN', 'canary');
    expect(await one.events('c1').append({ message: 'a canary' })).toMatchObject({ message: 'a <secret_hidden>' });
  });

  test('gives the user of the storage the storage itself', async () => {
    const ofAlice = await openStorage({}, { env, files, userId: 'alice' });
    expect(await ofAlice.forUser('alice')).toBe(ofAlice);
    expect(await (await ofAlice.forUser('bob')).forUser('alice')).toBe(ofAlice);
    await ofAlice.close();
    await expect(ofAlice.forUser('alice')).rejects.toMatchObject({ code: 'closed' });
  });

  test('opens a user anew whose storage was closed, and leaves the files and the others open', async () => {
    const [alice, bob] = [await storage.forUser('alice'), await storage.forUser('bob')];
    await alice.close();
    expect(() => alice.events('c1')).toThrow(expect.objectContaining({ code: 'closed' }));
    const again = await storage.forUser('alice');
    expect(again).not.toBe(alice);
    await again.events('c1').append({ message: 'hi' });
    await bob.events('c1').append({ message: 'hi' });
  });

  test('hides from the events of a user also what a storage that was closed stores as a secret', async () => {
    const closed = await storage.forUser('alice');
    const setting = closed.secrets.setSecret('IN_FLIGHT', 'parrot');
    await closed.close();
    const alice = await storage.forUser('alice');
    await alice.events('c1').append({ message: 'the secrets are loaded' });
    await closed.secrets.setSecret('TOKEN', 'canary');
    await setting;
    expect(await alice.events('c1').append({ message: 'a canary and a parrot' })).toMatchObject({
      message: 'a <secret_hidden> and a <secret_hidden>',
    });
    const bob = await storage.forUser('bob');
    expect(await bob.events('c1').append({ message: 'a canary' })).toMatchObject({ message: 'a canary' });
  });

  test('is over with the storage, which ends what they do first', async () => {
    const alice = await storage.forUser('alice');
    const append = alice.events('c1').append({ message: 'hi' });
    await storage.close();
    await append;
    expect(() => alice.events('c1')).toThrow(expect.objectContaining({ code: 'closed' }));
    await expect(storage.forUser('alice')).rejects.toMatchObject({ code: 'closed' });
    await expect(alice.forUser('bob')).rejects.toMatchObject({ code: 'closed' });
    await alice.close();
  });

  test('refuses what is no id, and hears an abort', async () => {
    await expect(storage.forUser('../bob')).rejects.toMatchObject({ code: 'invalid-argument' });
    const reason = new Error('enough');
    await expect(storage.forUser('alice', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  test('makes the classes of the configuration for each user, and closes them', async () => {
    const classes = {
      conversation_store_class: './closable.mjs#Conversations',
      config_file: { path: join(import.meta.dirname, 'classes/config.toml'), text: '' },
    };
    const calls: unknown[] = [];
    const watched = interceptFileStore(new MemoryFileStore(), (operation, path) => void (operation === 'write' && calls.push(path)));
    const withClasses = await openStorage(classes, { env, files: watched });
    await withClasses.forUser('alice');
    expect(calls).toEqual(['made', 'made']);
    await withClasses.close();
    expect(calls).toEqual(['made', 'made', 'closed', 'closed']);
  });

  describe('with a webhook', () => {
    const requests: string[] = [];
    let server: Server;

    beforeEach(async () => {
      requests.length = 0;
      server = createServer((request, response) => {
        void text(request).then((body) => {
          requests.push(`${request.url} ${body}`);
          response.end();
        });
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      storage = await openStorage({ file_store_web_hook_url: `http://127.0.0.1:${port}/` }, { env, files });
    });

    afterEach(async () => {
      server.close();
      await once(server, 'close');
    });

    test('tells it of the changes of all users, and not of their secrets', async () => {
      for (const userId of ['alice', 'bob', 'alice']) {
        const { conversations, secrets } = await storage.forUser(userId);
        await conversations.saveMetadata({ conversation_id: `of-${userId}`, selected_repository: null });
        await secrets.setSecret('TOKEN', 'canary');
      }
      await storage.close();
      expect(requests.join('\n')).toMatch(/of-alice\/metadata\.json(.|\n)*of-bob\/metadata\.json/);
      expect(requests.join('\n')).not.toMatch(/secrets|canary/);
    });
  });
});

describe('UserStorages', () => {
  test('tries the storage of a user again that could not be opened', async () => {
    const { storage, end } = closable();
    const failure = new Error('not yet');
    const answers = [Promise.reject(failure), Promise.resolve(storage)];
    const users = new UserStorages(() => answers.shift() ?? Promise.reject(failure));
    await expect(users.get('alice')).rejects.toBe(failure);
    expect(await users.get('alice')).toMatchObject({ layout: storage.layout });
    end();
    await users.close();
  });

  test('waits for those that are being opened and closed', async () => {
    const opening = Promise.withResolvers<Storage>();
    const alice = closable();
    const bob = closable();
    const users = new UserStorages((userId) => (userId === 'alice' ? Promise.resolve(alice.storage) : opening.promise));
    const closing = (await users.get('alice')).close();
    const got = users.get('bob');
    let isClosed = false;
    const closed = users.close().then(() => {
      isClosed = true;
    });
    opening.resolve(bob.storage);
    await got;
    bob.end();
    await bob.closed;
    expect(isClosed).toBe(false);
    alice.end();
    await Promise.all([closing, closed]);
  });
});

/** A storage that is closed once `end` was called. */
function closable(): { readonly storage: Storage; readonly end: () => void; readonly closed: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>();
  const close = (): Promise<void> => promise;
  return { storage: { layout: {}, close } as unknown as Storage, end: resolve, closed: promise };
}
