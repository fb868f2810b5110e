import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type FileStore, FileStoreError, MemoryFileStore } from '@oh/file-store-core';
import { createFaultyFileStore, interceptFileStore, withoutConditionalDelete } from '@oh/file-store-core/testing';
import { openHandsHome } from '@oh-tools/fixtures';
import { beforeEach, describe, expect, it } from 'vitest';
import { Fernet } from '../src/fernet.ts';
import { FileSecretsStore } from '../src/file-secrets-store.ts';
import { KeyRing } from '../src/key-ring.ts';
import { migrateSecrets } from '../src/migrate-secrets.ts';
import { FixedKey } from './fixed-key.ts';
import { withCode } from './with-code.ts';

const path = 'users/alice/secrets.json';
const encrypted = 'users/alice/secrets/secrets.json';
const fernetPassphrase = 'test-secret-key';
const written = readFileSync(join(openHandsHome, 'secrets.json'), 'utf8');
const names = ['github', 'gitlab', 'DEPLOY_KEY', 'EMPTY', 'MULTI'];

let files: FileStore;

beforeEach(async () => {
  files = new MemoryFileStore();
  await files.write(path, written);
});

function at(store: FileStore = files): { files: FileStore; keys: KeyRing; userId: string; fernetPassphrase: string } {
  return { files: store, keys: new KeyRing({ files: store, wrapper: new FixedKey() }), userId: 'alice', fernetPassphrase };
}

async function expectAll(): Promise<void> {
  const loaded = await new FileSecretsStore(at()).load();
  expect({ ...loaded?.getEnvVars() }).toEqual({ DEPLOY_KEY: 's3cr3t-deploy-key', EMPTY: '', MULTI: 'line1\nline2\nü' });
  expect(loaded?.getCustomSecretsDescriptions()['DEPLOY_KEY']).toBe('used by the deploy job');
  expect(loaded?.providerTokens['gitlab']).toMatchObject({ host: 'gitlab.example.test', user_id: null });
  expect(loaded?.providerTokens['github']?.token.expose()).toBe('ghp_test_token_value');
  expect(loaded?.unreadable).toEqual([]);
}

describe('migrateSecrets', () => {
  it('moves every secret and deletes the file', async () => {
    expect(await migrateSecrets(at())).toEqual({ migrated: names });
    await expectAll();
    expect(await files.list('users/alice')).toEqual(['users/alice/secrets/']);
    expect(await files.read(encrypted)).not.toMatch(/s3cr3t|ghp_test|glpat/);
    expect(await migrateSecrets(at())).toEqual({ migrated: [] });
  });

  it('empties the file where it cannot be deleted only as it was read', async () => {
    expect(await migrateSecrets(at(withoutConditionalDelete(files)))).toEqual({ migrated: names });
    await expectAll();
    expect(await files.read(path)).not.toMatch(/s3cr3t|ghp_test|glpat/);
    expect(await migrateSecrets(at(withoutConditionalDelete(files)))).toEqual({ migrated: [] });
  });

  it('moves Fernet tokens', async () => {
    const secret = Fernet.fromPassphrase(fernetPassphrase).encrypt('a');
    await files.write(
      path,
      JSON.stringify({ custom_secrets: { A: { name: 'A', secret, description: null } }, _credential_versions: { A: 'v' } }),
    );
    await migrateSecrets(at());
    expect((await new FileSecretsStore(at()).getSecret('A')).expose()).toBe('a');
    expect(await files.exists(path)).toBe(false);
  });

  it('leaves what is no secret, and takes along what lies beside one', async () => {
    await files.write(
      path,
      '{"provider_tokens":{"github":{"token":"","host":"h"}},"custom_secrets":{"A":{"secret":"a","description":"d","expires":12345678901234567890},"N":{"secret":null}},"more":1}',
    );
    expect(await migrateSecrets(at())).toEqual({ migrated: ['A'] });
    expect(await files.read(path)).toBe(
      '{"provider_tokens":{"github":{"token":"","host":"h"}},"custom_secrets":{"N":{"secret":null}},"more":1}',
    );
    expect(await files.read(encrypted)).toContain('"expires":12345678901234567890');
    expect(await migrateSecrets(at())).toEqual({ migrated: [] });
  });

  it('removes nothing when a secret cannot be read', async () => {
    const token = Fernet.fromPassphrase('another').encrypt('a');
    const text = JSON.stringify({ custom_secrets: { A: { secret: 'a' }, B: { secret: token } } });
    await files.write(path, text);
    await expect(migrateSecrets(at())).rejects.toThrow('[permission-denied] the secret "B" at "users/alice/secrets.json" cannot be opened');
    expect(await files.read(path)).toBe(text);
    expect(await files.exists(encrypted)).toBe(false);
  });

  it('removes nothing when another value is stored under a name', async () => {
    await files.delete(path);
    await new FileSecretsStore(at()).setSecret('MULTI', 'newer');
    await files.write(path, written);
    await expect(migrateSecrets(at())).rejects.toThrow(
      '[already-exists] another value of "MULTI" is stored encrypted at "users/alice/secrets/secrets.json"',
    );
    expect(await files.read(path)).toBe(written);
    await new FileSecretsStore(at()).deleteSecret('MULTI');
    await migrateSecrets(at());
    await expectAll();
  });

  it('removes nothing when what it stored reads otherwise', async () => {
    let stored = false;
    const lying = interceptFileStore(files, async (operation, at) => {
      if (operation === 'write' && at === encrypted) {
        stored = true;
      } else if (operation === 'open' && at === encrypted && stored) {
        const text = await files.read(encrypted);
        await files.write(encrypted, text.replace('"DEPLOY_KEY"', '"DEPLOY"'));
      }
    });
    await expect(migrateSecrets(at(lying))).rejects.toThrow(withCode('corrupt'));
    expect(await files.read(path)).toBe(written);
  });

  it('removes nothing when somebody changes what it stored', async () => {
    const here = at();
    let stored = false;
    const changed = interceptFileStore(files, async (operation, at) => {
      if (operation === 'write' && at === encrypted) {
        stored = true;
      } else if (operation === 'open' && at === encrypted && stored) {
        stored = false;
        await new FileSecretsStore(here).setSecret('MULTI', 'newer');
      }
    });
    await expect(migrateSecrets(at(changed))).rejects.toThrow(withCode('corrupt'));
    expect(await files.read(path)).toBe(written);
  });

  it.each([
    ['deleted', (store: FileStore) => store],
    ['emptied', withoutConditionalDelete],
  ])('takes along what OpenHands writes before the file is %s', async (_how, view) => {
    let once = true;
    const racing = interceptFileStore(view(files), async (operation, at) => {
      if ((operation === 'delete' || operation === 'write') && at === path && once) {
        once = false;
        await files.write(path, written.replace('"EMPTY"', '"LATE":{"secret":"late","description":""},"EMPTY"'));
      }
    });
    expect((await migrateSecrets(at(racing))).migrated).toContain('LATE');
    expect((await new FileSecretsStore(at()).getSecret('LATE')).expose()).toBe('late');
    expect(await migrateSecrets(at())).toEqual({ migrated: [] });
  });

  it.each(['permission-denied', 'version-mismatch'] as const)(
    'ends with %s where the file can never be changed, and what it has moved is stored once',
    async (code) => {
      const closed = interceptFileStore(files, (operation, at) => {
        if (operation === 'delete' && at === path) {
          throw new FileStoreError(code, 'not this time either', { path });
        }
      });
      await expect(migrateSecrets(at(closed))).rejects.toThrow(withCode(code));
      await expectAll();
      expect(await files.read(path)).toBe(written);
      expect(await migrateSecrets(at())).toEqual({ migrated: names });
    },
  );

  it('holds the lock of OpenHands from reading to removing', async () => {
    const log: string[] = [];
    const logged = interceptFileStore(files, (operation, where) => void log.push(`${operation} ${where}`));
    await migrateSecrets({
      ...at(logged),
      openHandsLock: async (action) => {
        log.push('lock');
        const result = await action();
        log.push('unlock');
        return result;
      },
    });
    expect([log[0], log[1], log.at(-2), log.at(-1)]).toEqual(['lock', `open ${path}`, `delete ${path}`, 'unlock']);
  });

  it('can be stopped at every step: every secret can still be read, and it goes on', async () => {
    let steps = 0;
    for (const at of ['before', 'after'] as const) {
      for (let skip = 0; ; skip += 1) {
        files = new MemoryFileStore();
        await files.write(path, written);
        const faulty = createFaultyFileStore(files, { faults: [{ skip, at }] });
        const location = {
          files: faulty,
          keys: new KeyRing({ files: faulty, wrapper: new FixedKey() }),
          userId: 'alice',
          fernetPassphrase,
        };
        const failed = await migrateSecrets(location).then(
          () => false,
          () => true,
        );
        await expectAll();
        if (!failed && faulty.faultCount === 0) {
          break;
        }
        await migrateSecrets({ ...location, files, keys: new KeyRing({ files, wrapper: new FixedKey() }) });
        await expectAll();
        expect(await files.exists(path)).toBe(false);
        steps += 1;
      }
    }
    expect(steps).toBeGreaterThan(14);
  });

  it('is aborted before and in flight', async () => {
    const reason = new Error('enough');
    const stop = new AbortController();
    let opened = 0;
    const hanging = interceptFileStore(files, async () => {
      opened += 1;
      if (opened === 3) {
        stop.abort(reason);
        await new Promise((_resolve, reject) => reject(stop.signal.reason));
      }
    });
    await expect(migrateSecrets(at(hanging), { signal: stop.signal })).rejects.toBe(reason);
    await expect(migrateSecrets(at(), { signal: stop.signal })).rejects.toBe(reason);
    await expectAll();
    expect(await files.read(path)).toBe(written);
  });

  it('hides nothing from whoever reads meanwhile', async () => {
    let isFirst = true;
    const slow = interceptFileStore(files, async (operation, opened) => {
      if (operation === 'open' && opened === path && isFirst) {
        isFirst = false;
        await migrateSecrets(at());
      }
    });
    const loaded = await new FileSecretsStore(at(slow)).load();
    expect(isFirst).toBe(false);
    expect({ ...loaded?.getEnvVars() }).toMatchObject({ DEPLOY_KEY: 's3cr3t-deploy-key' });
  });
});
