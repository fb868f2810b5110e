import { inspect } from 'node:util';
import { type FileStore, MemoryFileStore, sessionsLayout } from '@oh/file-store-core';
import { Secret } from '@oh/file-store-core/secrets';
import { interceptFileStore } from '@oh/file-store-core/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FileSecretsStore } from '../src/file-secrets-store.ts';
import { KeyRing } from '../src/key-ring.ts';
import { UserSecrets } from '../src/user-secrets.ts';
import { FixedKey } from './fixed-key.ts';
import { rejections } from './rejections.ts';
import { editDocument, type StoredDocument } from './stored-document.ts';
import { withCode } from './with-code.ts';

const path = 'users/alice/secrets/secrets.json';

let files: FileStore;
let keys: KeyRing;
let store: FileSecretsStore;

beforeEach(() => {
  files = new MemoryFileStore();
  keys = new KeyRing({ files, wrapper: new FixedKey() });
  store = new FileSecretsStore({ files, keys, userId: 'alice' });
});

afterEach(() => {
  vi.unstubAllEnvs();
});

const edit = (change: (document: StoredDocument) => void, at = path): Promise<string> => editDocument(files, at, change);

describe('FileSecretsStore', () => {
  it('has nothing at first', async () => {
    expect(await store.load()).toBeNull();
    expect(await store.list()).toEqual([]);
    await expect(store.getSecret('KEY')).rejects.toThrow(`[not-found] no secret "KEY"`);
    await store.deleteSecret('KEY');
    expect(await files.list()).toEqual([]);
  });

  it('stores one secret and all of them', async () => {
    await store.setSecret('KEY', 'hush', 'opens the door');
    await store.update((current) => current.withProviderToken('github', { token: 'ghp_hush', host: 'github.example.org', user_id: '7' }));
    const loaded = await new FileSecretsStore({ files, keys, userId: 'alice' }).load();
    expect({ ...loaded?.getEnvVars() }).toEqual({ KEY: 'hush' });
    expect({ ...loaded?.getCustomSecretsDescriptions() }).toEqual({ KEY: 'opens the door' });
    expect(loaded?.providerTokens['github']).toMatchObject({ host: 'github.example.org', user_id: '7' });
    expect(loaded?.providerTokens['github']?.token.expose()).toBe('ghp_hush');
    expect((await store.getSecret('KEY')).expose()).toBe('hush');
  });

  it('keeps names and descriptions readable, and no value', async () => {
    await store.update((current) => current.withCustomSecret('KEY', 'hush', 'opens').withProviderToken('gitlab', { token: 'hush-hush' }));
    const text = await files.read(path);
    expect(text).toContain('"KEY"');
    expect(text).toContain('"description":"opens"');
    expect(text).not.toContain('hush');
  });

  it('keeps a description that nobody speaks of, null too', async () => {
    await store.setSecret('KEY', 'a', 'opens');
    await store.setSecret('KEY', 'b');
    await store.setSecret('OTHER', 'c', null);
    expect(await store.list()).toEqual([
      { name: 'KEY', description: 'opens' },
      { name: 'OTHER', description: null },
    ]);
    await store.setSecret('KEY', 'b', null);
    expect((await store.load())?.customSecrets['KEY']?.description).toBeNull();
    expect((await store.getSecret('OTHER')).expose()).toBe('c');
  });

  it('stores a description, or the host of a token, that alone has changed', async () => {
    await store.update((current) => current.withCustomSecret('KEY', 'a', 'opens').withProviderToken('github', { token: 't', host: 'h' }));
    const before = await files.read(path);
    const { customSecrets, providerTokens } = await store.update((current) =>
      current.withCustomSecret('KEY', 'a', 'opens the door').withProviderToken('github', { token: 't', host: 'other' }),
    );
    expect(await store.load()).toMatchObject({ customSecrets, providerTokens });
    const changed = before.replace('"opens"', '"opens the door"').replace('"h"', '"other"');
    expect(JSON.parse(await files.read(path))).toEqual(JSON.parse(changed));
  });

  it('refuses a description or a host that is no text, with which the secret could not be read again', async () => {
    // As where the description is forgotten in a call of a program without types.
    await expect(store.setSecret('KEY', 'hush', { signal: undefined } as never)).rejects.toEqual(withCode('invalid-argument'));
    const withNumber = store.update((current) => current.withProviderToken('github', { token: 'hush', host: 7 as never }));
    await expect(withNumber).rejects.toThrow('its host is neither a text nor null');
    expect(await store.load()).toBeNull();
  });

  it('reads all others beside one whose name no UTF-8 holds', async () => {
    await store.setSecret('KEY', 'hush');
    const other = 'a\ud800';
    await edit(({ custom_secrets }) => Object.assign(custom_secrets, { [other]: custom_secrets['KEY'] }));
    const loaded = await store.load();
    expect({ ...loaded?.getEnvVars() }).toEqual({ KEY: 'hush' });
    expect(loaded?.unreadable).toMatchObject([{ name: other, error: { code: 'corrupt' } }]);
    await store.deleteSecret(other);
    expect((await store.load())?.unreadable).toEqual([]);
  });

  it('refuses a description with a lone surrogate', async () => {
    await expect(store.setSecret('KEY', 'a', '\ud800')).rejects.toThrow(withCode('invalid-argument'));
    expect(await store.load()).toBeNull();
  });

  it('lists names without any key', async () => {
    await store.setSecret('KEY', 'hush');
    const keyless = new FileSecretsStore({ files, keys: new KeyRing({ files, wrapper: new FixedKey('wrong') }), userId: 'alice' });
    expect(await keyless.list()).toEqual([{ name: 'KEY', description: null }]);
  });

  it('lists the tokens of providers without any key, also one that cannot be read', async () => {
    await store.update((current) =>
      current
        .withProviderToken('gitlab', { token: 'glpat_hush' })
        .withProviderToken('github', { token: 'ghp_hush', host: 'github.example.org', user_id: '7' }),
    );
    await edit(({ provider_tokens }) => Object.assign(provider_tokens['github'] ?? {}, { token: 'damaged' }));
    const keyless = new FileSecretsStore({ files, keys: new KeyRing({ files, wrapper: new FixedKey('another') }), userId: 'alice' });
    expect(await keyless.listProviderTokens()).toEqual([
      { provider: 'gitlab', host: null, user_id: null },
      { provider: 'github', host: 'github.example.org', user_id: '7' },
    ]);
    expect(await keyless.list()).toEqual([]);
    await keyless.deleteProviderToken('bitbucket');
    await keyless.deleteProviderToken('github');
    expect(await store.listProviderTokens()).toMatchObject([{ provider: 'gitlab' }]);
  });

  it('deletes', async () => {
    await store.update((current) =>
      current.withCustomSecret('A', '1').withCustomSecret('B', '2').withProviderToken('github', { token: '3' }),
    );
    await store.deleteSecret('A');
    await store.update((current) => current.withoutProviderToken('github'));
    expect(JSON.parse(await files.read(path))).toMatchObject({ provider_tokens: {}, custom_secrets: { B: {} } });
    expect((await store.list()).map(({ name }) => name)).toEqual(['B']);
    await store.store(new UserSecrets());
    expect((await store.load())?.getEnvVars()).toEqual({});
  });

  it('seals anew only what has changed', async () => {
    await store.update((current) => current.withCustomSecret('A', '1').withCustomSecret('B', '2'));
    const before = JSON.parse(await files.read(path)) as StoredDocument;
    await store.update((current) => current.withCustomSecret('A', '1').withCustomSecret('B', '3'));
    const after = JSON.parse(await files.read(path)) as StoredDocument;
    expect(after.custom_secrets['A']).toEqual(before.custom_secrets['A']);
    expect(after.custom_secrets['B']?.['secret']).not.toBe(before.custom_secrets['B']?.['secret']);
    expect(after.custom_secrets['B']?.['version']).toBe(2);
  });

  it('writes nothing when nothing has changed', async () => {
    await store.setSecret('A', '1');
    const { version } = await files.stat(path);
    await store.update((current) => current.withCustomSecret('A', new Secret('1')));
    await store.deleteSecret('B');
    expect((await files.stat(path)).version).toBe(version);
  });

  it('loses no change of many writers, in any number of stores', async () => {
    const stores = Array.from(
      { length: 4 },
      () => new FileSecretsStore({ files, keys: new KeyRing({ files, wrapper: new FixedKey() }), userId: 'alice' }),
    );
    const names = Array.from({ length: 40 }, (_, index) => `KEY_${index}`);
    await Promise.all(names.map((name, index) => (stores[index % 4] as FileSecretsStore).setSecret(name, `value of ${name}`)));
    const loaded = await store.load();
    expect(Object.keys(loaded?.customSecrets ?? {}).sort()).toEqual(names.toSorted());
    expect(loaded?.customSecrets['KEY_7']?.secret.expose()).toBe('value of KEY_7');
  });

  it('keeps fields that it does not know, with all their digits', async () => {
    await store.setSecret('KEY', 'a');
    const text = await files.read(path);
    await files.write(
      path,
      text
        .replace('"version":1', '"version":1,"expires":12345678901234567890')
        .replace('"custom_secrets"', '"ext":{"n":1e400},"custom_secrets"'),
    );
    await store.setSecret('KEY', 'b');
    expect(await files.read(path)).toContain('"expires":12345678901234567890');
    expect(await files.read(path)).toContain('"ext":{"n":1e400}');
  });

  it.each([
    ['a mask', 'KEY', '**********'],
    ['a mask of events', 'KEY', '<secret_hidden>'],
    ['a mask of the SDK', 'KEY', '<secret-hidden>'],
    ['a mask with a line end', 'KEY', '**********\r\n'],
    ['a mask as Python prints it', 'KEY', "SecretStr('**********')"],
    ['a mask as util.inspect prints it', 'KEY', inspect(new Secret('x'))],
    ['a lone surrogate', 'KEY', 'a\ud800'],
    ['no name', '', 'hush'],
    ['a name with NUL', 'a\0', 'hush'],
    ['a name with a lone surrogate', '\ud800', 'hush'],
    ['a name without end', 'x'.repeat(1025), 'hush'],
  ])('refuses %s, and repeats no value', async (_what, name, value) => {
    for (const error of await rejections([
      store.setSecret(name, value),
      store.update((current) => current.withCustomSecret(name, value)),
    ])) {
      expect(error).toEqual(withCode('invalid-argument'));
      expect(String(error)).not.toContain('hush');
    }
    expect(await store.load()).toBeNull();
  });

  it('refuses a token that is empty or a mask, and a provider that is none', async () => {
    for (const token of ['', '**********']) {
      await expect(store.update((current) => current.withProviderToken('github', { token }))).rejects.toThrow(withCode('invalid-argument'));
    }
    await expect(store.update((current) => current.withProviderToken('Source Hut' as never, { token: 't' }))).rejects.toThrow(
      '[invalid-argument] no provider: "Source Hut"',
    );
  });

  it('stores an empty custom secret, and any name', async () => {
    await store.update((current) =>
      current.withCustomSecret('__proto__', 'a').withCustomSecret('EMPTY', '').withCustomSecret('ключ "1"', 'b'),
    );
    expect(Object.entries((await store.load())?.getEnvVars() ?? {})).toEqual([
      ['__proto__', 'a'],
      ['EMPTY', ''],
      ['ключ "1"', 'b'],
    ]);
    expect((await store.getSecret('__proto__')).expose()).toBe('a');
    await expect(store.getSecret('constructor')).rejects.toThrow(withCode('not-found'));
  });

  it('keeps users apart, in both layouts', async () => {
    for (const layout of [undefined, sessionsLayout]) {
      const bob = new FileSecretsStore({ files, keys, layout, userId: 'bob' });
      const nobody = new FileSecretsStore({ files, keys, layout });
      await Promise.all([bob.setSecret('KEY', 'of bob'), nobody.setSecret('KEY', 'of nobody')]);
      expect((await bob.getSecret('KEY')).expose()).toBe('of bob');
      expect((await nobody.getSecret('KEY')).expose()).toBe('of nobody');
    }
    expect(() => new FileSecretsStore({ files, keys, userId: '../alice' })).toThrow(withCode('invalid-argument'));
  });

  it('uses the passphrase in OH_SECRET_KEY unless told otherwise, and stores nothing without', async () => {
    vi.stubEnv('OH_SECRET_KEY', undefined);
    const plain = new FileSecretsStore({ files });
    expect(await plain.load()).toBeNull();
    await expect(plain.setSecret('KEY', 'hush')).rejects.toThrow('[permission-denied] no key: the environment has no OH_SECRET_KEY');
    expect(await files.list()).toEqual([]);
    vi.stubEnv('OH_SECRET_KEY', 'correct horse');
    await plain.setSecret('KEY', 'hush');
    expect((await new FileSecretsStore({ files }).getSecret('KEY')).expose()).toBe('hush');
    vi.stubEnv('OH_SECRET_KEY', 'battery staple');
    const before = await files.read(plain.path);
    const wrong = new FileSecretsStore({ files });
    for (const error of await rejections([
      wrong.load(),
      wrong.getSecret('KEY'),
      wrong.setSecret('KEY', 'x'),
      wrong.setSecret('NEW', 'x'),
      wrong.store(new UserSecrets()),
    ])) {
      expect(error).toEqual(withCode('permission-denied'));
    }
    expect(await files.read(plain.path)).toBe(before);
  });

  it('is aborted before and in flight', async () => {
    await store.setSecret('KEY', 'hush');
    const reason = new Error('enough');
    const stop = new AbortController();
    const hanging = interceptFileStore(files, async (_operation, _path, options) => {
      expect(options).toMatchObject({ signal: stop.signal });
      stop.abort(reason);
      await new Promise((_resolve, reject) => reject(stop.signal.reason));
    });
    const calls: ((each: FileSecretsStore, options: { signal: AbortSignal }) => Promise<unknown>)[] = [
      (each, options) => each.load(options),
      (each, options) => each.store(new UserSecrets(), options),
      (each, options) => each.update((current) => current, options),
      (each, options) => each.getSecret('KEY', options),
      (each, options) => each.setSecret('KEY', 'x', null, options),
      (each, options) => each.deleteSecret('KEY', options),
      (each, options) => each.list(options),
    ];
    for (const call of calls) {
      await expect(call(new FileSecretsStore({ files: hanging, keys, userId: 'alice' }), { signal: stop.signal })).rejects.toBe(reason);
      await expect(call(store, { signal: stop.signal })).rejects.toBe(reason);
    }
    expect((await store.getSecret('KEY')).expose()).toBe('hush');
  });
});
