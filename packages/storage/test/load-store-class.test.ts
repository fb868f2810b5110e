import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openStorage, type StorageConfig } from '../src/index.ts';

const configFile = { path: join(import.meta.dirname, 'classes', 'config.toml'), text: '' };

describe('a class that the configuration names', () => {
  /** Opens a storage with a class for its settings. */
  async function open(settings_store_class: string): ReturnType<typeof openStorage> {
    const config: StorageConfig = { file_store: 'memory', settings_store_class, config_file: configFile };
    return await openStorage(config, { env: {}, userId: 'alice' });
  }

  test.each(['./custom.mjs#Settings', 'custom.Settings', join(import.meta.dirname, 'classes/custom.mjs#Settings')])(
    'is found from the folder of the configuration as %s, and gets the store and the user',
    async (name) => {
      const storage = await open(name);
      expect(await storage.settings.load()).toEqual({ language: 'custom' });
      expect(storage.settings).toMatchObject({ options: { files: storage.files, layout: storage.layout, userId: 'alice' } });
      await storage.close();
    },
  );

  test('makes no other id of a user a part of a path', async () => {
    const name = './foreign.mjs#Foreign';
    const config: StorageConfig = {
      file_store: 'memory',
      conversation_store_class: name,
      secrets_store_class: name,
      settings_store_class: name,
      config_file: configFile,
    };
    await (await openStorage(config, { env: {}, userId: 'alice' })).close();
    await expect(openStorage(config, { env: {}, userId: 'bob/workspace' })).rejects.toMatchObject({ code: 'invalid-argument' });
  });

  test.each([
    ['./custom.mjs#Incomplete', 'unsupported', /Incomplete of "\.\/custom\.mjs" lacks the methods store, update, explain/],
    ['./custom.mjs#Missing', 'unsupported', /exports no class Missing, but .*Settings/],
    ['./custom.mjs#notAClass', 'unsupported', /exports no class notAClass/],
    ['./other.mjs#Settings', 'not-found', /no module "\.\/other\.mjs", looked for from ".*classes"/],
    ['nowhere.Settings', 'not-found', /no module "nowhere"/],
    ['./custom.mjs', 'invalid-argument', /is "\.\/module\.js#Name"/],
    ['Settings', 'invalid-argument', /"package#Name"/],
    ['openhands.storage.settings.saas.SaasSettingsStore', 'unsupported', /Python class/],
  ])('is refused as %s', async (name, code, message) => {
    await expect(open(name)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  test('says what is wrong with a package, and not that it is not there', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'oh-storage-class-'));
    await mkdir(join(folder, 'node_modules/broken'), { recursive: true });
    await writeFile(join(folder, 'node_modules/broken/package.json'), '{');
    const config = {
      file_store: 'memory',
      settings_store_class: 'broken#Settings',
      config_file: { path: join(folder, 'config.toml'), text: '' },
    };
    await expect(openStorage(config, { env: {} })).rejects.toMatchObject({ code: 'ERR_INVALID_PACKAGE_CONFIG' });
    await rm(folder, { recursive: true });
  });

  test('may be that of a package', async () => {
    const storage = await open('@oh/settings-store#FileSettingsStore');
    expect(await storage.settings.load()).toBeNull();
    await storage.close();
  });

  test('may be the one that OpenHands has by default, which is the default here', async () => {
    const storage = await open('openhands.storage.settings.file_settings_store.FileSettingsStore');
    expect(await storage.settings.load()).toBeNull();
    await storage.close();
  });
});
