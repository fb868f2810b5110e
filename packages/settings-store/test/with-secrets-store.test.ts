import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalFileStore } from '@oh/file-store-local';
import { FileSecretsStore, KeyFile, type KeyHolder, KeyRing, keyStatus, type ProviderType, retireKey, rotateKeys } from '@oh/secrets-store';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { FileSettingsStore, type LegacySecretsReceiver, type Secret, settingsSchema } from '../src/index.ts';
import { publishedVersions } from './published-versions.ts';
import { withCode } from './with-code.ts';

describe('with the keys of @oh/secrets-store', () => {
  let parent: string;
  let root: string;
  let files: LocalFileStore;
  let keys: KeyRing;
  let settings: FileSettingsStore;

  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'settings-store-'));
    root = join(parent, 'data');
    files = new LocalFileStore({ root });
    keys = new KeyRing({ files, wrapper: new KeyFile({ path: join(parent, 'key') }) });
    settings = new FileSettingsStore({ files, sealer: keys });
  });

  afterEach(async () => {
    await files.close();
    await rm(parent, { recursive: true });
  });

  /** Everything that lies in the data folder, as one text. */
  async function everything(): Promise<string> {
    const entries = await readdir(root, { recursive: true, withFileTypes: true });
    const found = entries.filter((entry) => entry.isFile()).map((entry) => readFile(join(entry.parentPath, entry.name), 'latin1'));
    return (await Promise.all(found)).join('\n');
  }

  it('a key ring that does not open is named with what is wrong there, and not taken for a changed key', async () => {
    await settings.store({ llm_api_key: 'sk-1' });
    const keyPath = join(parent, 'key');
    const open = async (): Promise<unknown> =>
      await new FileSettingsStore({ files, sealer: new KeyRing({ files, wrapper: new KeyFile({ path: keyPath }) }) }).load();
    const named =
      /^\[permission-denied\] the settings at "settings\.json": llm_api_key cannot be opened: the key ring at "secrets\/key-ring\.json"/;
    await writeFile(keyPath, 'garbage');
    await expect(open()).rejects.toThrow(named);
    await expect(open()).rejects.toThrow(/key" is no key file; bring it back from a backup$/);
    await rm(keyPath);
    await expect(open()).rejects.toThrow(/there is no key file ".*key"; bring back the one/);
  });

  it('no key is found in the data folder, before or after a migration', async () => {
    await files.write('settings.json', publishedVersions[0]?.text ?? '');
    expect(await everything()).toContain('canary');
    await settings.store({ search_api_key: 'canary-search' });
    await settings.store({ search_api_key: 'canary-other', agent_settings: { llm: { api_key: 'canary-llm' } } });
    expect(await everything()).not.toContain('canary');
    const again = new KeyRing({ files, wrapper: new KeyFile({ path: join(parent, 'key') }) });
    const loaded = await new FileSettingsStore({ files, sealer: again }).load();
    expect([loaded?.llm_api_key?.expose(), loaded?.search_api_key?.expose()]).toEqual(['canary-llm', 'canary-other']);
  });

  it('a key opens neither with another ring, nor for another user, nor in another place', async () => {
    await settings.store({ llm_api_key: 'canary', search_api_key: 'other' });
    const stored = await files.read('settings.json');
    const other = new KeyRing({ files, path: 'secrets/other.json', wrapper: new KeyFile({ path: join(parent, 'other') }) });
    await other.seal('x', []);
    await expect(new FileSettingsStore({ files, sealer: other }).load()).rejects.toEqual(withCode('permission-denied'));
    await files.write('users/eve/settings.json', stored);
    await expect(new FileSettingsStore({ files, sealer: keys, userId: 'eve' }).load()).rejects.toEqual(withCode('permission-denied'));
    await files.write('settings.json', stored.replace('"llm_api_key"', '"sandbox_api_key"'));
    await expect(settings.load()).rejects.toEqual(withCode('permission-denied'));
  });

  describe('when keys are rotated', () => {
    it('the keys in settings come under the new one, before the old one is retired', async () => {
      await settings.store({ llm_api_key: 'one', agent_settings: { llm: { api_key: 'two' } } });
      const holders: readonly KeyHolder[] = [settings, new FileSettingsStore({ files, sealer: keys, userId: 'nobody' })];
      const [old] = await keyStatus({ keys, holders });
      const used = await settings.countKeys();
      const oldId = old?.id ?? '';
      expect([...used.keys()]).toEqual([oldId]);
      const added = await keys.addKey();
      await expect(retireKey({ keys, holders }, oldId)).rejects.toThrow(/still needed by/);
      expect(await rotateKeys({ keys, holders })).toEqual({ keyId: added, errors: [] });
      await retireKey({ keys, holders }, oldId);
      await keys.destroyKey(oldId);
      expect((await settings.load())?.llm_api_key?.expose()).toBe('one');
      expect(await settings.countKeys()).toEqual(new Map([[added, used.get(oldId)]]));
      expect(await files.exists('users/nobody/settings.json')).toBe(false);
    });

    it('what does not open is told, and stays', async () => {
      await settings.store({ llm_api_key: 'one', search_api_key: 'two' });
      const moved = (await files.read('settings.json')).replace('"llm_api_key"', '"sandbox_api_key"');
      await files.write('settings.json', moved);
      expect(await settings.rewrap()).toEqual([withCode('permission-denied')]);
      expect(await settings.countKeys()).toEqual(new Map([[expect.any(String), 2]]));
      expect(await files.read('settings.json')).toBe(moved);
    });

    it('those of fields that another program has added come too', async () => {
      const schema = settingsSchema.extend({ bot: z.unknown().default(null) });
      const program = new FileSettingsStore({ files, sealer: keys, schema, secretPaths: ['bot.tokens.*'] });
      await program.store({ bot: { tokens: { a: 'one', b: 'two' } } });
      const [old] = await keyStatus({ keys, holders: [settings] });
      expect(old?.entries).toBe(2);
      expect((await rotateKeys({ keys, holders: [settings] })).errors).toEqual([]);
      await retireKey({ keys, holders: [settings] }, old?.id ?? '');
      expect(await files.read('settings.json')).not.toMatch(/"one"|"two"/);
      const bot = (await program.load())?.bot as { readonly tokens: Readonly<Record<string, Secret>> } | undefined;
      expect([bot?.tokens['a']?.expose(), bot?.tokens['b']?.expose()]).toEqual(['one', 'two']);
    });

    it('keys in plain text are none of its business, and never made of sealed ones', async () => {
      const plain = new FileSettingsStore({ files, sealer: keys, format: 'openhands' });
      await plain.store({ llm_api_key: 'one' });
      expect([await plain.countKeys(), await plain.rewrap()]).toEqual([new Map(), []]);
      await settings.store({ search_api_key: 'two' });
      expect(await plain.rewrap()).toEqual([]);
      expect((await settings.load())?.search_api_key?.expose()).toBe('two');
      expect(await files.read('settings.json')).not.toContain('"two"');
    });
  });

  it('the secrets of old settings are handed over', async () => {
    const secrets = new FileSecretsStore({ files, keys });
    await secrets.setSecret('MINE', 'canary-newer');
    const receiver: LegacySecretsReceiver = {
      receive: async ({ providerTokens, customSecrets }, options) => {
        await secrets.update((current) => {
          let next = current;
          for (const [provider, { token, host, user_id }] of Object.entries(providerTokens)) {
            const isThere = Object.hasOwn(current.providerTokens, provider);
            next = isThere ? next : next.withProviderToken(provider as ProviderType, { token: token.expose(), host, user_id });
          }
          for (const [name, { secret, description }] of Object.entries(customSecrets)) {
            next = Object.hasOwn(current.customSecrets, name) ? next : next.withCustomSecret(name, secret.expose(), description);
          }
          return next;
        }, options);
      },
      load: (options) => secrets.load(options),
    };
    const store = {
      provider_tokens: { github: { token: 'canary-gh', host: null, user_id: 'u' } },
      custom_secrets: {
        A: { secret: 'canary-a', description: 'd' },
        B: { secret: 'canary-b', description: null },
        MINE: { secret: 'canary-old' },
      },
    };
    await files.write('settings.json', JSON.stringify({ language: 'de', secrets_store: store }));
    const { handedOver, kept } = await settings.handOverSecrets(receiver);
    expect(handedOver).toEqual(['provider_tokens.github', 'custom_secrets.A', 'custom_secrets.B']);
    expect(kept).toEqual(['custom_secrets.MINE']);
    const loaded = await secrets.load();
    expect(loaded?.getEnvVars()).toEqual({ MINE: 'canary-newer', A: 'canary-a', B: 'canary-b' });
    expect(loaded?.providerTokens['github']).toMatchObject({ host: null, user_id: 'u' });
    expect(await everything()).not.toContain('canary');
  });
});
