import { EventSecrets } from '@oh/event-store';
import { FileStoreError, MemoryFileStore } from '@oh/file-store-core';
import { FileSecretsStore, KeyRing, Passphrase, UserSecrets } from '@oh/secrets-store';
import { describe, expect, test } from 'vitest';
import { WatchedSecrets } from '../src/watched-secrets.ts';

describe('WatchedSecrets', () => {
  /** A store of secrets, and a way to see which texts no event may hold. */
  function newStore(): { store: FileSecretsStore; hidden: EventSecrets; watched: WatchedSecrets; hides: (text: string) => boolean } {
    const files = new MemoryFileStore();
    const store = new FileSecretsStore({ files, keys: new KeyRing({ files, wrapper: new Passphrase('for tests') }) });
    const hidden = new EventSecrets();
    const hides = (text: string): boolean => hidden.mask({ text })['text'] === '<secret_hidden>';
    return { store, hidden, watched: new WatchedSecrets(store, hidden), hides };
  }

  test('hides what an update meets, and what it makes of it', async () => {
    const { store, watched, hides } = newStore();
    await store.setSecret('A', 'the first');
    await watched.update((secrets) => secrets.withCustomSecret('A', 'the second').withProviderToken('gitlab', { token: 'a token' }));
    expect(['the first', 'the second', 'a token', 'another'].map(hides)).toEqual([true, true, true, false]);
  });

  test('hides what is being stored, even where it is not known whether it was', async () => {
    const { hidden, store, hides } = newStore();
    const failing = Object.assign(Object.create(store), {
      store: async () => {
        throw new FileStoreError('unavailable', 'no answer');
      },
    });
    const secrets = new UserSecrets().withCustomSecret('A', 'a value');
    await expect(new WatchedSecrets(failing, hidden).store(secrets)).rejects.toMatchObject({ code: 'unavailable' });
    expect(hides('a value')).toBe(true);
  });

  test('loads what was stored once, and again after a failure', async () => {
    const { hidden, store, hides } = newStore();
    await store.setSecret('A', 'a value');
    let loads = 0;
    const failingOnce = Object.assign(Object.create(store), {
      load: async () => {
        loads += 1;
        if (loads === 1) {
          throw new FileStoreError('unavailable', 'no answer');
        }
        return await store.load();
      },
    });
    const watched = new WatchedSecrets(failingOnce, hidden);
    await expect(watched.hideStored({})).rejects.toMatchObject({ code: 'unavailable' });
    await Promise.all([watched.hideStored({}), watched.hideStored({})]);
    await watched.hideStored({});
    expect(hides('a value')).toBe(true);
    expect(loads).toBe(2);
  });

  test('waits for the secrets until the signal is aborted', async () => {
    const { hidden, store } = newStore();
    const silent = Object.assign(Object.create(store), { load: () => new Promise<null>(() => undefined) });
    const controller = new AbortController();
    const waiting = new WatchedSecrets(silent, hidden).hideStored({ signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
  });

  test('gives names and deletes as the store does', async () => {
    const { watched } = newStore();
    await watched.setSecret('A', 'a value', 'what for');
    expect(await watched.list()).toEqual([{ name: 'A', description: 'what for' }]);
    await watched.deleteSecret('A');
    expect(await watched.list()).toEqual([]);
    await watched.update((current) => current.withProviderToken('github', { token: 'ghp_1' }));
    expect(await watched.listProviderTokens()).toEqual([{ provider: 'github', host: null, user_id: null }]);
    await watched.deleteProviderToken('github');
    expect(await watched.listProviderTokens()).toEqual([]);
  });
});
