import { inspect } from 'node:util';
import { type FileStore, MemoryFileStore } from '@oh/file-store-core';
import { createFaultyFileStore } from '@oh/file-store-core/testing';
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

describe('what cannot be read', () => {
  it.each([
    ['no JSON', '{"custom_secrets":{"KEY":{"secret":"hush', 'corrupt'],
    ['no object', '["hush"]', 'corrupt'],
    ['another format', '{"custom_secrets":{"KEY":{"secret":"hush"}}}', 'corrupt'],
    ['a list for secrets', '{"format":"oh-secrets","schema_version":1,"custom_secrets":["hush"]}', 'corrupt'],
    ['a list for tokens', '{"format":"oh-secrets","schema_version":1,"provider_tokens":["hush"]}', 'corrupt'],
    ['a newer version', '{"format":"oh-secrets","schema_version":2,"custom_secrets":{"KEY":{"secret":"hush"}}}', 'unsupported'],
  ])('is an error that names the file, repeats nothing and leaves it: %s', async (_what, text, code) => {
    await files.write(path, text);
    const attempts = [
      store.load(),
      store.list(),
      store.getSecret('KEY'),
      store.setSecret('KEY', 'x'),
      store.deleteSecret('KEY'),
      store.store(new UserSecrets()),
    ];
    for (const error of await rejections(attempts)) {
      expect(error).toEqual(withCode(code));
      expect(error).toMatchObject({ path });
      expect(inspect(error)).toContain(path);
      expect(inspect(error)).not.toContain('hush');
    }
    expect(await files.read(path)).toBe(text);
  });

  it.each<[string, (entry: Record<string, unknown>) => unknown, string]>([
    [
      'a value that was changed',
      (entry) => ({ ...entry, secret: `${entry['secret']}`.replace(/.$/, (last) => (last === 'A' ? 'Q' : 'A')) }),
      'corrupt',
    ],
    ['a value in plain text', (entry) => ({ ...entry, secret: 'hush' }), 'corrupt'],
    ['a version that was changed', (entry) => ({ ...entry, version: 2 }), 'corrupt'],
    ['a number for a value', (entry) => ({ ...entry, secret: 5 }), 'corrupt'],
    ['no version', ({ version, ...entry }) => ({ ...entry, was: version }), 'corrupt'],
    ['no entry', () => null, 'corrupt'],
    [
      'an unknown key',
      (entry) => ({ ...entry, secret: `${entry['secret']}`.replace(/\.[0-9a-f]{16}\./, '.0123456789abcdef.') }),
      'permission-denied',
    ],
  ])('hides no other secret, is kept, can be deleted and not be replaced: %s', async (_what, damage, code) => {
    await store.update((current) =>
      current.withCustomSecret('BAD', 'a').withCustomSecret('GOOD', 'b').withProviderToken('github', { token: 't' }),
    );
    await edit((document) => Object.assign(document.custom_secrets, { BAD: damage(document.custom_secrets['BAD'] ?? {}) }));
    const stored = (JSON.parse(await files.read(path)) as StoredDocument).custom_secrets['BAD'];
    const loaded = await store.load();
    expect({ ...loaded?.getEnvVars() }).toEqual({ GOOD: 'b' });
    expect(loaded?.unreadable).toEqual([{ section: 'custom_secrets', name: 'BAD', error: withCode(code) }]);
    expect(loaded?.unreadable[0]?.error.message).toContain(`the secret "BAD" at "${path}" cannot be`);
    expect((await store.getSecret('GOOD')).expose()).toBe('b');
    await expect(store.getSecret('BAD')).rejects.toThrow(withCode(code));
    await expect(store.setSecret('BAD', 'new')).rejects.toThrow(withCode(code));
    await expect(store.update((current) => current.withCustomSecret('BAD', 'new'))).rejects.toThrow(withCode(code));
    await expect(store.store(new UserSecrets())).rejects.toThrow(withCode(code));
    await store.setSecret('GOOD', 'c');
    await store.update((current) => current.withoutProviderToken('github'));
    expect((JSON.parse(await files.read(path)) as StoredDocument).custom_secrets['BAD']).toEqual(stored);
    expect((await store.list()).map(({ name }) => name)).toEqual(['BAD', 'GOOD']);
    await store.deleteSecret('BAD');
    await store.setSecret('BAD', 'new');
    expect({ ...(await store.load())?.getEnvVars() }).toEqual({ GOOD: 'c', BAD: 'new' });
  });

  it('is an error when it is all there is', async () => {
    await store.setSecret('KEY', 'a');
    await edit((document) => Object.assign(document.custom_secrets['KEY'] ?? {}, { secret: 'x' }));
    await expect(store.load()).rejects.toThrow(`[corrupt] the secret "KEY" at "${path}" cannot be opened`);
    await expect(store.update((current) => current)).rejects.toThrow(withCode('corrupt'));
  });

  it('is what was moved to another name, field, user or file', async () => {
    const bob = new FileSecretsStore({ files, keys, userId: 'bob' });
    const fill = (current: UserSecrets): UserSecrets =>
      current
        .withCustomSecret('A', '1')
        .withCustomSecret('B', '2')
        .withProviderToken('github', { token: '3' })
        .withProviderToken('gitlab', { token: '4' });
    await store.update(fill);
    await bob.update(fill);
    const moves: [string, (document: StoredDocument) => void][] = [
      ['another name', ({ custom_secrets: { A, B } }) => Object.assign(A ?? {}, B)],
      ['another provider', ({ provider_tokens: { github, gitlab } }) => Object.assign(github ?? {}, gitlab)],
      ['another field', ({ provider_tokens: { github }, custom_secrets: { A } }) => Object.assign(A ?? {}, { secret: github?.['token'] })],
    ];
    for (const [what, move] of moves) {
      const before = await files.read(path);
      await edit(move);
      expect((await store.load())?.unreadable, what).toHaveLength(1);
      await files.write(path, before);
    }
    await files.copy('users/bob/secrets/secrets.json', path);
    await expect(store.load()).rejects.toThrow(withCode('corrupt'));
    await files.copy('users/bob/secrets/secrets.json', 'secrets/secrets.json');
    await expect(new FileSecretsStore({ files, keys }).load()).rejects.toThrow(withCode('corrupt'));
  });

  it('is no absence when reading fails, whatever the operation', async () => {
    await store.setSecret('KEY', 'a');
    const failing = createFaultyFileStore(files, { faults: [{ code: 'permission-denied' }] });
    const faulty = new FileSecretsStore({ files: failing, keys, userId: 'alice' });
    for (const error of await rejections([
      faulty.load(),
      faulty.list(),
      faulty.getSecret('KEY'),
      faulty.setSecret('KEY', 'x'),
      faulty.deleteSecret('KEY'),
    ])) {
      expect(error).toEqual(withCode('permission-denied'));
    }
    expect((await store.getSecret('KEY')).expose()).toBe('a');
  });

  it('makes no new key ring when secrets show that there was one', async () => {
    await store.setSecret('KEY', 'a');
    await files.delete(keys.path);
    const after = new FileSecretsStore({ files, keys: new KeyRing({ files, wrapper: new FixedKey() }), userId: 'alice' });
    await expect(after.setSecret('NEW', 'b')).rejects.toThrow(
      '[permission-denied] there is no key ring at "secrets/key-ring.json", but sealed secrets',
    );
    await expect(after.load()).rejects.toThrow(withCode('permission-denied'));
    expect(await files.exists(keys.path)).toBe(false);
  });
});
