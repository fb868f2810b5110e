import { type FileStore, MemoryFileStore } from '@oh/file-store-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { FileSecretsStore } from '../src/file-secrets-store.ts';
import { KeyRing } from '../src/key-ring.ts';
import { FixedKey } from './fixed-key.ts';
import { withCode } from './with-code.ts';

let files: FileStore;
let now: number;

beforeEach(() => {
  files = new MemoryFileStore();
  now = Date.parse('2026-01-01T00:00:00Z');
});

function open(history?: number): FileSecretsStore {
  const clock = (): Date => {
    now += 1000;
    return new Date(now);
  };
  return new FileSecretsStore({ files, keys: new KeyRing({ files, wrapper: new FixedKey() }), history, now: clock });
}

async function storeAll(store: FileSecretsStore, ...values: string[]): Promise<void> {
  for (const value of values) {
    await store.setSecret('KEY', value);
  }
}

async function versions(): Promise<number[]> {
  return (await open().listVersions('KEY')).map(({ version }) => version);
}

describe('versions of a secret', () => {
  it('are kept as many as asked for, the newest first, with their dates', async () => {
    await storeAll(open(2), 'a', 'b', 'c', 'd');
    expect(await open().listVersions('KEY')).toEqual([
      { version: 4, updated_at: '2026-01-01T00:00:04.000Z' },
      { version: 3, updated_at: '2026-01-01T00:00:03.000Z' },
      { version: 2, updated_at: '2026-01-01T00:00:02.000Z' },
    ]);
    expect((await open().getSecretVersion('KEY', 2)).expose()).toBe('b');
    expect((await open().getSecretVersion('KEY', 4)).expose()).toBe('d');
    expect((await open().getSecret('KEY')).expose()).toBe('d');
    await expect(open().getSecretVersion('KEY', 1)).rejects.toThrow('[not-found] no version 1 of the secret "KEY"');
    await expect(open().getSecretVersion('OTHER', 1)).rejects.toThrow(withCode('not-found'));
  });

  it('are not kept unless asked for, and those that are there stay', async () => {
    await storeAll(open(), 'a', 'b');
    expect(await versions()).toEqual([2]);
    await storeAll(open(5), 'c', 'd');
    expect(await versions()).toEqual([4, 3, 2]);
    await storeAll(open(), 'e');
    expect(await versions()).toEqual([5, 3, 2]);
    await storeAll(open(0), 'f');
    expect(await versions()).toEqual([6]);
  });

  it('do not come of storing the same value, or another description', async () => {
    await storeAll(open(5), 'a', 'a');
    await open(5).setSecret('KEY', 'a', 'described');
    expect(await versions()).toEqual([1]);
    expect(await open().list()).toEqual([{ name: 'KEY', description: 'described' }]);
  });

  it('can be brought back, as a new version', async () => {
    const store = open(5);
    await storeAll(store, 'a', 'b', 'c');
    await store.rollbackSecret('KEY', 1);
    expect((await store.getSecret('KEY')).expose()).toBe('a');
    expect(await versions()).toEqual([4, 3, 2, 1]);
    expect((await store.getSecretVersion('KEY', 3)).expose()).toBe('c');
    await expect(store.rollbackSecret('KEY', 9)).rejects.toThrow(withCode('not-found'));
  });

  it('cannot take the place of one another', async () => {
    await storeAll(open(5), 'a', 'b');
    const text = await files.read('secrets/secrets.json');
    const [newer, older] = text.match(/ohs1\.[\w.-]+/g) as [string, string];
    await files.write('secrets/secrets.json', text.replace(newer, older));
    await expect(open().getSecret('KEY')).rejects.toThrow(withCode('corrupt'));
  });

  it('go with the secret', async () => {
    const store = open(5);
    await storeAll(store, 'a', 'b');
    await store.deleteSecret('KEY');
    expect(await versions()).toEqual([]);
    expect(await files.read('secrets/secrets.json')).not.toContain('ohs1');
  });

  it('are refused for the formats of OpenHands, and for numbers that are none', async () => {
    await expect(new FileSecretsStore({ files, format: 'openhands' }).listVersions('KEY')).rejects.toThrow(withCode('unsupported'));
    expect(() => open(-1)).toThrow(RangeError);
    expect(() => open(1.5)).toThrow(RangeError);
  });
});
