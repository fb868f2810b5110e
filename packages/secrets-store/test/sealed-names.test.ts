import { type FileStore, MemoryFileStore } from '@oh/file-store-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { FileSecretsStore } from '../src/file-secrets-store.ts';
import { KeyRing } from '../src/key-ring.ts';
import { keyStatus, retireKey, rotateKeys } from '../src/rotate-keys.ts';
import { FixedKey } from './fixed-key.ts';
import { withCode } from './with-code.ts';

const path = 'users/alice/secrets/secrets.json';

let files: FileStore;
let keys: KeyRing;

beforeEach(async () => {
  files = new MemoryFileStore();
  keys = new KeyRing({ files, wrapper: new FixedKey() });
  await open(true).update((current) =>
    current.withCustomSecret('NAME', 'value', 'described').withProviderToken('github', { token: 't', host: 'host.example' }),
  );
});

function open(sealNames?: boolean, userId = 'alice'): FileSecretsStore {
  return new FileSecretsStore({ files, keys, userId, sealNames });
}

describe('a file that is sealed as a whole', () => {
  it('tells no name, no description and no host', async () => {
    expect(await files.read(path)).toMatch(/^\{"format":"oh-secrets","schema_version":1,"sealed":"ohs1\.[\w.-]+"\}\n$/);
    expect(await open().list()).toEqual([{ name: 'NAME', description: 'described' }]);
    expect((await open().getSecret('NAME')).expose()).toBe('value');
    expect((await open().load())?.providerTokens['github']).toMatchObject({ host: 'host.example' });
  });

  it('stays so until told otherwise', async () => {
    await open().setSecret('OTHER', 'x');
    expect(await files.read(path)).not.toContain('OTHER');
    await open(false).setSecret('OTHER', 'y');
    expect(await files.read(path)).toContain('"OTHER"');
    await open().setSecret('OTHER', 'z');
    expect(await files.read(path)).toContain('"OTHER"');
    await open(true).setSecret('OTHER', 'a');
    expect(await files.read(path)).not.toContain('OTHER');
    expect({ ...(await open().load())?.getEnvVars() }).toEqual({ NAME: 'value', OTHER: 'a' });
  });

  it('keeps the fields that it does not know, beside the seal and in it', async () => {
    await files.write(path, (await files.read(path)).replace('{', '{"new":{"a":1},'));
    await open().setSecret('OTHER', 'x');
    const { sealed, ...others } = JSON.parse(await files.read(path));
    expect(others).toEqual({ format: 'oh-secrets', schema_version: 1, new: { a: 1 } });
    await open(false).setSecret('OTHER', 'y');
    expect(JSON.parse(await files.read(path))).toMatchObject({ new: { a: 1 }, custom_secrets: { NAME: {}, OTHER: {} } });
  });

  it.each(['custom_secrets', 'provider_tokens'])('is damaged where %s stand beside the seal, and not written over', async (section) => {
    const text = (await files.read(path)).replace('{', `{"${section}":{},`);
    await files.write(path, text);
    await expect(open().setSecret('A', 'a')).rejects.toThrow(withCode('corrupt'));
    await expect(open(false).setSecret('A', 'a')).rejects.toThrow(withCode('corrupt'));
    expect(await files.read(path)).toBe(text);
  });

  it('opens for its user alone, and is not written over without the key', async () => {
    await files.copy(path, 'users/bob/secrets/secrets.json');
    const text = await files.read(path);
    await expect(open(true, 'bob').list()).rejects.toThrow(
      '[corrupt] the file of secrets at "users/bob/secrets/secrets.json" cannot be opened',
    );
    await expect(open(true, 'bob').setSecret('A', 'a')).rejects.toThrow(withCode('corrupt'));
    const wrong = new KeyRing({ files, wrapper: new FixedKey('wrong') });
    await expect(new FileSecretsStore({ files, keys: wrong, userId: 'alice' }).setSecret('A', 'a')).rejects.toThrow(
      withCode('permission-denied'),
    );
    expect(await files.read(path)).toBe(text);
  });

  it('is brought under a new key with its values', async () => {
    const use = { keys, holders: [open()] };
    const [old] = await keyStatus(use);
    expect(old).toMatchObject({ entries: 3 });
    await rotateKeys(use);
    expect((await keyStatus(use)).map(({ entries }) => entries)).toEqual([0, 3]);
    await retireKey(use, old?.id ?? '');
    expect((await open().getSecret('NAME')).expose()).toBe('value');
  });

  it('gets no other ring when its own is lost', async () => {
    await open(false).setSecret('OTHER', 'x');
    await files.delete('secrets/key-ring.json');
    const text = await files.read(path);
    keys = new KeyRing({ files, wrapper: new FixedKey() });
    await expect(open(true).deleteSecret('OTHER')).rejects.toThrow(/^\[permission-denied\] there is no key ring at .*, but sealed secrets/);
    expect(await files.exists('secrets/key-ring.json')).toBe(false);
    expect(await files.read(path)).toBe(text);
    await open().deleteSecret('OTHER');
    expect(await files.exists('secrets/key-ring.json')).toBe(false);
  });
});
