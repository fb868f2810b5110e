import { type FileStore, FileStoreError, MemoryFileStore } from '@oh/file-store-core';
import { createFaultyFileStore, interceptFileStore } from '@oh/file-store-core/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { FileSecretsStore } from '../src/file-secrets-store.ts';
import { KeyRing } from '../src/key-ring.ts';
import { listSecretsStores } from '../src/list-secrets-stores.ts';
import { keyStatus, retireKey, rotateKeys } from '../src/rotate-keys.ts';
import { FixedKey } from './fixed-key.ts';
import { withCode } from './with-code.ts';

const users = [undefined, 'alice', 'bob'];

let files: FileStore;

beforeEach(async () => {
  files = new MemoryFileStore();
  const { holders } = at();
  for (const [index, store] of holders.entries()) {
    await store.setSecret('A', 'first');
    await store.setSecret('A', `a of ${index}`);
    await store.update((current) => current.withCustomSecret('B', 'b').withProviderToken('github', { token: 't' }));
  }
});

function at(store: FileStore = files): { keys: KeyRing; holders: FileSecretsStore[] } {
  const keys = new KeyRing({ files: store, wrapper: new FixedKey() });
  return { keys, holders: users.map((userId) => new FileSecretsStore({ files: store, keys, userId, history: 2 })) };
}

async function expectAll(): Promise<void> {
  for (const [index, store] of at().holders.entries()) {
    const loaded = await store.load();
    expect({ ...loaded?.getEnvVars() }).toEqual({ A: `a of ${index}`, B: 'b' });
    expect(loaded?.providerTokens['github']?.token.expose()).toBe('t');
    expect(loaded?.unreadable).toEqual([]);
    expect((await store.getSecretVersion('A', 1)).expose()).toBe('first');
  }
}

describe('a value that is read while its key is rotated and retired', () => {
  /** A store whose file is rewrapped, and the key before retired, between the two readings of the next call. */
  function openLate(): FileSecretsStore {
    let isFirst = true;
    const late = interceptFileStore(files, async (operation, path) => {
      if (operation === 'open' && path === 'secrets/key-ring.json' && isFirst) {
        isFirst = false;
        await rotateKeys(at());
        await retireKey(at(), await idOf('active'));
      }
    });
    return new FileSecretsStore({ files: late, keys: new KeyRing({ files: late, wrapper: new FixedKey() }) });
  }

  it('is read again', async () => {
    expect((await openLate().getSecret('B')).expose()).toBe('b');
    expect({ ...(await openLate().load())?.getEnvVars() }).toEqual({ A: 'a of 0', B: 'b' });
  });

  it('is refused when its key stays retired, after one look whether the file has changed', async () => {
    await at().keys.addKey();
    await at().keys.disableKey((await at().keys.list())[0]?.id ?? '');
    let looks = 0;
    const counted = interceptFileStore(files, (operation, path) => {
      looks += operation === 'open' && path === 'secrets/secrets.json' ? 1 : 0;
    });
    await expect(at(counted).holders[0]?.getSecret('B')).rejects.toThrow(withCode('permission-denied'));
    expect(looks).toBe(2);
  });
});

async function states(): Promise<(readonly [string, number])[]> {
  return (await keyStatus(at())).map(({ state, entries }) => [state, entries] as const);
}

async function idOf(state: string): Promise<string> {
  return (await keyStatus(at())).find((key) => key.state === state)?.id ?? '';
}

describe('rotateKeys', () => {
  it('brings every value of every user, older versions too, under a new key, without encrypting one anew', async () => {
    expect(await states()).toEqual([['current', 12]]);
    const bodies = (await files.read('secrets/secrets.json')).match(/[\w-]+(?=")/g)?.filter((text) => text.length > 100);
    const { keyId, errors } = await rotateKeys(at());
    expect(errors).toEqual([]);
    expect(await states()).toEqual([
      ['active', 0],
      ['current', 12],
    ]);
    expect(await idOf('current')).toBe(keyId);
    expect((await files.read('secrets/secrets.json')).match(/[\w-]+(?=")/g)?.filter((text) => text.length > 100)).toEqual(bodies);
    await expectAll();
    await at().holders[0]?.setSecret('C', 'c');
    expect(await states()).toEqual([
      ['active', 0],
      ['current', 13],
    ]);
  });

  it('keeps all that it does not know, with all its digits', async () => {
    const bare = (text: string): unknown =>
      JSON.parse(text.replaceAll(/ohs1\.[\w.-]+/g, 'sealed').replaceAll('12345678901234567890', '"all"'));
    const text = (await files.read('secrets/secrets.json'))
      .replace('"custom_secrets":{', '"custom_secrets":{"D":12345678901234567890,')
      .replaceAll('"version":', '"more":12345678901234567890,"version":')
      .replace(/}\n$/, ',"later":12345678901234567890}\n');
    await files.write('secrets/secrets.json', text);
    await rotateKeys(at());
    const rotated = await files.read('secrets/secrets.json');
    expect(rotated).not.toBe(text);
    expect(bare(rotated)).toEqual(bare(text));
  });

  it('writes nothing that would not open again', async () => {
    const before = await files.read('secrets/secrets.json');
    const ring = new (class extends KeyRing {
      override async rewrapAll(...args: Parameters<KeyRing['rewrapAll']>): ReturnType<KeyRing['rewrapAll']> {
        const texts = await super.rewrapAll(...args);
        return texts.map((text) => (typeof text === 'string' ? text.replace(/.{4}$/, 'AAAA') : text));
      }
    })({ files, wrapper: new FixedKey() });
    const store = new FileSecretsStore({ files, keys: ring, history: 2 });
    await expect(rotateKeys({ keys: ring, holders: [store] })).rejects.toThrow(withCode('corrupt'));
    expect(await files.read('secrets/secrets.json')).toBe(before);
    await expectAll();
  });

  it('tells of what does not open also when it goes on with a rotation that was cut short', async () => {
    await at().keys.addKey();
    await files.write('users/alice/secrets/secrets.json', '{');
    const bob = await files.read('users/bob/secrets/secrets.json');
    await files.write('users/bob/secrets/secrets.json', bob.replace(/("B":\{"secret":"ohs1\.\w+\.)..../, '$1AAAA'));
    const { keyId, errors } = await rotateKeys(at());
    expect(errors.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^\[corrupt\].*"users\/alice\/secrets\/secrets.json"/),
      expect.stringMatching(/^\[corrupt\] the secret "B" at "users\/bob\/secrets\/secrets.json"/),
    ]);
    expect((await at().keys.list()).map(({ id }) => id).indexOf(keyId)).toBe(1);
  });

  it('leaves what does not open as it is, tells of it, and brings all else over', async () => {
    const before = await files.read('users/bob/secrets/secrets.json');
    const damaged = before.replace(/("B":\{"secret":"ohs1\.\w+\.)..../, '$1AAAA');
    await files.write('users/bob/secrets/secrets.json', damaged);
    const { errors } = await rotateKeys(at());
    expect(errors).toEqual([withCode('corrupt')]);
    expect(errors[0]?.message).toContain('the secret "B" at "users/bob/secrets/secrets.json"');
    expect(await states()).toEqual([
      ['active', 1],
      ['current', 11],
    ]);
  });

  it('retires no key that a damaged record may need, and tells of the record', async () => {
    const { custom_secrets, ...rest } = JSON.parse(await files.read('secrets/secrets.json'));
    custom_secrets.B.version = '1';
    await files.write('secrets/secrets.json', JSON.stringify({ ...rest, custom_secrets }));
    const { errors } = await rotateKeys(at());
    expect(errors.map(({ code, message }) => [code, /the secret "B".*its record is damaged/.test(message)])).toEqual([['corrupt', true]]);
    expect(await states()).toEqual([
      ['active', 1],
      ['current', 11],
    ]);
    await expect(retireKey(at(), await idOf('active'))).rejects.toEqual(withCode('invalid-argument'));
    custom_secrets.B.version = 1;
    await files.write('secrets/secrets.json', JSON.stringify({ ...rest, custom_secrets }));
    await rotateKeys(at());
    await expectAll();
  });

  it('brings a value over also where somebody has copied it to another place', async () => {
    const { custom_secrets, ...rest } = JSON.parse(await files.read('secrets/secrets.json'));
    const copied = { ...custom_secrets, Z: custom_secrets.B };
    await files.write('secrets/secrets.json', JSON.stringify({ ...rest, custom_secrets: copied }));
    expect((await rotateKeys(at())).errors).toHaveLength(1);
    await at().holders[0]?.deleteSecret('Z');
    await retireKey(at(), await idOf('active'));
    await expectAll();
  });

  it('brings all others over where a file cannot be read, tells of it, and retires no key that it may need', async () => {
    const old = await idOf('current');
    const path = 'users/alice/secrets/secrets.json';
    const text = await files.read(path);
    for (const [damaged, code] of [
      ['{', 'corrupt'],
      [text.replace('"schema_version":1', '"schema_version":2'), 'unsupported'],
    ] as const) {
      await files.write(path, damaged);
      const { keyId, errors } = await rotateKeys(at());
      expect(errors).toEqual([expect.objectContaining({ code, path })]);
      expect(await files.read(path)).toBe(damaged);
      expect(await files.read('users/bob/secrets/secrets.json')).toContain(`ohs1.${keyId}.`);
      await expect(retireKey(at(), old)).rejects.toThrow(withCode(code));
    }
    await files.write(path, text);
    await rotateKeys(at());
    await expectAll();
    await retireKey(at(), old);
    await expectAll();
  });

  it('passes over no failure of the store', async () => {
    const failing = interceptFileStore(files, (operation, at) => {
      if (operation === 'open' && String(at).startsWith('users/bob/')) {
        throw new FileStoreError('unavailable', 'no');
      }
    });
    await expect(rotateKeys(at(failing))).rejects.toThrow(withCode('unavailable'));
    expect(await states()).toEqual([['current', 12]]);
  });

  it('adds a key each time, also while something does not open', async () => {
    const path = 'users/bob/secrets/secrets.json';
    await files.write(path, (await files.read(path)).replace(/("B":\{"secret":"ohs1\.\w+\.)..../, '$1AAAA'));
    const first = await rotateKeys(at());
    const second = await rotateKeys(at());
    expect(second.keyId).not.toBe(first.keyId);
    expect(second.errors).toEqual([withCode('corrupt')]);
    expect(await states()).toEqual([
      ['active', 1],
      ['active', 0],
      ['current', 11],
    ]);
  });

  it('is given all users that there are', async () => {
    await files.write('users/.hidden/x', '');
    await files.write('users/carol/settings.json', '{}');
    const { keys } = at();
    const holders = await listSecretsStores({ files, keys });
    expect(holders.map(({ path }) => path)).toEqual([
      'secrets/secrets.json',
      'users/alice/secrets/secrets.json',
      'users/bob/secrets/secrets.json',
      'users/carol/secrets/secrets.json',
    ]);
    expect((await keyStatus({ keys, holders }))[0]).toMatchObject({ entries: 12 });
    await rotateKeys({ keys, holders });
    expect(await files.list('users/carol')).toEqual(['users/carol/settings.json']);
    await expect(listSecretsStores({ files, keys }, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
  });

  it('needs a ring', async () => {
    await expect(rotateKeys({ keys: new KeyRing({ files: new MemoryFileStore(), wrapper: new FixedKey() }), holders: [] })).rejects.toThrow(
      '[not-found] there is no key ring at "secrets/key-ring.json"',
    );
  });

  it('loses no secret that is stored meanwhile', async () => {
    let once = true;
    const racing = interceptFileStore(files, async (operation, path) => {
      if (once && operation === 'write' && path === 'users/alice/secrets/secrets.json') {
        once = false;
        await at().holders[1]?.setSecret('LATE', 'late');
      }
    });
    await rotateKeys(at(racing));
    expect((await at().holders[1]?.getSecret('LATE'))?.expose()).toBe('late');
    expect((await states())[0]).toEqual(['active', 0]);
  });

  it('can be stopped at every step: everything opens, and it goes on with the key it has added', async () => {
    const start = new Map<string, string>();
    for await (const entry of files.entries('', { recursive: true })) {
      start.set(entry.path, await files.read(entry.path));
    }
    let steps = 0;
    for (const when of ['before', 'after'] as const) {
      for (let skip = 0; ; skip += 1) {
        files = new MemoryFileStore();
        for (const [path, text] of start) {
          await files.write(path, text);
        }
        const faulty = createFaultyFileStore(files, { faults: [{ skip, at: when }] });
        const outcome = await rotateKeys(at(faulty)).catch((error: unknown) => error);
        await expectAll();
        if (faulty.faultCount === 0) {
          break;
        }
        expect(outcome).toBeInstanceOf(FileStoreError);
        const old = (await at().keys.list())[0]?.id ?? '';
        const { length } = await at().keys.list();
        await rotateKeys(at());
        await retireKey(at(), old);
        await expectAll();
        const under = (await keyStatus(at())).filter(({ entries }) => entries > 0);
        expect(under).toMatchObject([{ state: 'current', entries: 12 }]);
        expect((await at().keys.list()).length - length).toBeLessThanOrEqual(1);
        steps += 1;
      }
    }
    expect(steps).toBeGreaterThan(25);
  });

  it('is aborted before and in flight', async () => {
    const reason = new Error('enough');
    const stop = new AbortController();
    let operations = 0;
    const hanging = interceptFileStore(files, async () => {
      operations += 1;
      if (operations === 9) {
        stop.abort(reason);
        await new Promise((_resolve, reject) => reject(stop.signal.reason));
      }
    });
    await expect(rotateKeys(at(hanging), { signal: stop.signal })).rejects.toBe(reason);
    await expect(rotateKeys(at(), { signal: stop.signal })).rejects.toBe(reason);
    await expect(keyStatus(at(), { signal: stop.signal })).rejects.toBe(reason);
    await expectAll();
  });
});

describe('retireKey', () => {
  it('refuses while anything is sealed by the key', async () => {
    const old = await idOf('current');
    await at().keys.addKey();
    await expect(retireKey(at(), old)).rejects.toThrow(
      `[invalid-argument] the key "${old}" is still needed by 12 sealed texts; rotate first`,
    );
    await rotateKeys(at());
    await at().holders[0]?.deleteSecret('A');
    await retireKey(at(), old);
    expect(await states()).toEqual([
      ['retired', 0],
      ['current', 10],
    ]);
  });

  it('refuses the key that seals, and one that is not there', async () => {
    await expect(retireKey({ keys: at().keys, holders: [] }, await idOf('current'))).rejects.toThrow(
      'is the one that seals; add another one first',
    );
    await expect(retireKey(at(), 'none')).rejects.toThrow('[invalid-argument] there is no key "none" in the key ring');
  });

  it('can be taken back, until the key is destroyed', async () => {
    const old = await idOf('current');
    const { keys } = at();
    await keys.addKey();
    await keys.disableKey(old);
    await expect(at().holders[0]?.load()).rejects.toThrow(
      `[permission-denied] the token of provider "github" at "secrets/secrets.json" cannot be opened: its key "${old}" is retired`,
    );
    await keys.reinstateKey(old);
    await expectAll();
    await expect(keys.destroyKey(old)).rejects.toThrow(`the key "${old}" is not retired`);
    await rotateKeys(at());
    await keys.disableKey(old);
    await keys.destroyKey(old);
    await expectAll();
    expect(await states()).toEqual([['current', 12]]);
  });

  it('counts what a missing key has sealed', async () => {
    const old = await idOf('current');
    const { keys } = at();
    await keys.addKey();
    await keys.disableKey(old);
    await keys.destroyKey(old);
    expect(await states()).toEqual([
      ['current', 0],
      ['missing', 12],
    ]);
  });
});

describe('a ring that another process has changed', () => {
  it('opens what a new key has sealed, at once', async () => {
    const { keys, holders } = at();
    await holders[0]?.load();
    await at().keys.addKey();
    await at().holders[0]?.setSecret('NEW', 'new');
    expect((await holders[0]?.getSecret('NEW'))?.expose()).toBe('new');
    expect(await keys.seal('text', ['c'])).toContain(`.${await idOf('current')}.`);
  });

  it('loses no key of many that are added at once', async () => {
    await Promise.all(Array.from({ length: 20 }, () => at().keys.addKey()));
    expect(await at().keys.list()).toHaveLength(21);
    await expectAll();
  });

  it('can be protected by something else, without touching a secret', async () => {
    const { keys } = at();
    const before = await files.read('secrets/secrets.json');
    await keys.protectWith(new FixedKey('new'));
    await keys.addKey();
    expect(await files.read('secrets/secrets.json')).toBe(before);
    await expect(at().holders[0]?.load()).rejects.toThrow(withCode('permission-denied'));
    const moved = new KeyRing({ files, wrapper: new FixedKey('new') });
    expect((await new FileSecretsStore({ files, keys: moved }).getSecret('B')).expose()).toBe('b');
    expect(await moved.list()).toHaveLength(2);
  });
});
