import { MemoryFileStore } from '@oh/file-store-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { FileSettingsStore, type FileSettingsStoreOptions, type Settings } from '../src/index.ts';
import { ContextSealer } from './context-sealer.ts';

const toml = `
max_iterations = 1 # of no section, so no setting
[core]
default_agent = "FromConfig"
max_iterations = 10
[llm]
model = "config-model"
api_key = "config-canary"
[llm.other]
model = "another"
[security]
confirmation_mode = true
[mcp]
sse_servers = ["https://config/sse", { url = "https://config/key", api_key = "config-mcp-canary" }]
`;

let files: MemoryFileStore;

beforeEach(() => {
  files = new MemoryFileStore();
});

function open(options: Omit<FileSettingsStoreOptions, 'files'> = {}): FileSettingsStore {
  return new FileSettingsStore({ files, sealer: new ContextSealer(), ...options });
}

/** As a form of a user interface gets and gives them. */
function asForm(settings: Settings | null): Settings {
  return JSON.parse(JSON.stringify(settings)) as Settings;
}

describe('layers', () => {
  it('count in the order defaults, stored, config.toml, environment, override', async () => {
    await open().store({ language: 'de', agent: 'Stored', llm_model: 'stored-model', max_iterations: 5, email: 'a@b' });
    const layered = open({
      config: { text: toml },
      environment: { LLM_MODEL: 'env-model', MAX_ITERATIONS: '20', SECURITY_CONFIRMATION_MODE: 'false', LLM_BASE_URL: '' },
      override: { max_iterations: 30, email: null },
    });
    const loaded = await layered.load();
    expect(loaded).toMatchObject({
      language: 'de',
      agent: 'FromConfig',
      llm_model: 'env-model',
      confirmation_mode: false,
      max_iterations: 30,
      llm_base_url: null,
      email: null,
      enable_default_condenser: true,
    });
    expect(loaded?.llm_api_key?.expose()).toBe('config-canary');
  });

  it('hide nothing by an empty text, as it stands in the template of OpenHands', async () => {
    await open().store({ llm_api_key: 'stored-key', llm_base_url: 'https://stored', git_user_name: 'stored' });
    const text = '[core]\ngit_user_name = ""\n[llm]\napi_key = ""\nbase_url = ""\n';
    const layered = open({ config: { text }, environment: { LLM_API_KEY: '', GIT_USER_NAME: '' } });
    const loaded = await layered.load();
    expect(loaded).toMatchObject({ llm_base_url: 'https://stored', git_user_name: 'stored' });
    expect(loaded?.llm_api_key?.expose()).toBe('stored-key');
    expect((await layered.explain('llm_api_key')).origins.map(({ layer }) => layer)).toEqual(['stored', 'default']);
  });

  it.each([' ', '**********', "SecretStr('**********')"])('hide no key by %j, which is none', async (none) => {
    await open().store({ llm_api_key: 'stored-key' });
    for (const layer of [{ environment: { LLM_API_KEY: none } }, { config: { text: `[llm]\napi_key = "${none}"\n` } }]) {
      const layered = open(layer);
      expect((await layered.load())?.llm_api_key?.expose()).toBe('stored-key');
      expect((await layered.explain('llm_api_key')).origins.map(({ layer: name }) => name)).toEqual(['stored', 'default']);
    }
  });

  it('give settings where nothing is stored', async () => {
    expect(await open({ environment: { LLM_MODEL: 'm' } }).load()).toMatchObject({ llm_model: 'm' });
    expect(await open({ environment: { HOME: '/' }, config: { text: '[core]\n' } }).load()).toBeNull();
  });

  it('are never stored by storing what was loaded', async () => {
    await open().store({ language: 'de', llm_model: 'stored-model', search_api_key: 'stored-key' });
    const before = await files.read('settings.json');
    const layered = open({ config: { text: toml }, environment: { SEARCH_API_KEY: 'env-canary' }, override: { language: 'fr' } });
    const loaded = await layered.load();
    await layered.store(loaded ?? {});
    await layered.store(asForm(loaded));
    expect(await files.read('settings.json')).toBe(before);
    await layered.store({ ...asForm(loaded), git_user_name: 'me' });
    expect(await files.read('settings.json')).toBe(before.replace(/}$/, ',"git_user_name":"me"}'));
  });

  it('do not reach an update', async () => {
    const layered = open({ config: { text: toml }, environment: { LLM_MODEL: 'env-model' } });
    await layered.update((current) => {
      expect(current).toMatchObject({ llm_model: null, llm_api_key: null, mcp_config: null, agent: null });
      return { ...current, language: 'de' };
    });
    expect(await open().load()).toMatchObject({ language: 'de', llm_model: null });
  });

  it('let a value that somebody changes be stored, though another one counts', async () => {
    const layered = open({ environment: { LLM_MODEL: 'env-model' } });
    expect(await layered.store({ llm_model: 'mine' })).toMatchObject({ llm_model: 'env-model' });
    expect(await open().load()).toMatchObject({ llm_model: 'mine' });
  });

  it.each([
    [{ config: { text: '[llm]\napi_key = "canary' } }, 'config.toml is not TOML: line 2'],
    [{ config: { text: '[core]\nmax_iterations = "canary"', source: '/etc/c.toml' } }, '/etc/c.toml: max_iterations'],
    [{ environment: { MAX_ITERATIONS: 'canary' } }, 'the environment: max_iterations'],
    [{ override: { max_iterations: 'canary' } }, 'max_iterations'],
  ])('that do not fit are refused, without their contents: %j', (options, why) => {
    let error: unknown;
    try {
      open(options);
    } catch (reason) {
      error = reason;
    }
    expect(error).toMatchObject({ code: 'invalid-argument' });
    expect(String(error)).toContain(why);
    expect(String(error)).not.toContain('canary');
  });
});

describe('explain', () => {
  it('names the origin that counts first, then those it hides', async () => {
    await open().store({ llm_model: 'stored-model' });
    const layered = open({
      config: { text: toml, source: '/etc/c.toml' },
      environment: { LLM_MODEL: 'env-model' },
      override: { llm_model: 'x' },
    });
    expect(await layered.explain('llm_model')).toEqual({
      field: 'llm_model',
      value: 'x',
      origins: [
        { layer: 'override', source: 'override' },
        { layer: 'environment', source: 'LLM_MODEL' },
        { layer: 'config', source: '[llm] model in /etc/c.toml' },
        { layer: 'stored', source: 'settings.json' },
        { layer: 'default', source: 'settingsSchema' },
      ],
    });
    expect((await layered.explain('language')).origins).toEqual([{ layer: 'default', source: 'settingsSchema' }]);
    expect((await layered.explain('agent')).origins[0]).toEqual({ layer: 'config', source: '[core] default_agent in /etc/c.toml' });
  });

  it('knows no default of a field that it does not know', async () => {
    await open().store({ later: 1 });
    expect(await open().explain('later')).toEqual({ field: 'later', value: 1, origins: [{ layer: 'stored', source: 'settings.json' }] });
    expect(await open().explain('toString')).toEqual({ field: 'toString', value: undefined, origins: [] });
  });

  it('shows a key as a mask', async () => {
    expect(JSON.stringify(await open({ environment: { LLM_API_KEY: 'canary' } }).explain('llm_api_key'))).toContain('"value":"**********"');
  });
});

describe('MCP servers', () => {
  const mine = { url: 'https://mine/sse', api_key: 'mine-canary' };
  const urls = (settings: Settings | null): unknown => settings?.mcp_config?.sse_servers.map(({ url }) => url);

  it('of the configuration come first, and those that are stored follow', async () => {
    await open().store({ mcp_config: { sse_servers: [mine] } });
    expect(urls(await open({ config: { text: toml } }).load())).toEqual(['https://config/sse', 'https://config/key', 'https://mine/sse']);
  });

  it('do not grow, however often what was loaded is stored', async () => {
    await open().store({ mcp_config: { sse_servers: [mine] } });
    const before = await files.read('settings.json');
    const layered = open({ config: { text: toml } });
    for (let round = 0; round < 3; round += 1) {
      await layered.store(asForm(await layered.load()));
      await layered.store((await layered.load()) ?? {});
    }
    expect(await files.read('settings.json')).toBe(before);
  });

  it('of the configuration are not stored where none was', async () => {
    const layered = open({ config: { text: toml } });
    await layered.store({ ...asForm(await layered.load()), language: 'de' });
    expect(await files.read('settings.json')).not.toContain('mcp_config');
  });

  it('that are added to those of the configuration are stored alone', async () => {
    const layered = open({ config: { text: toml } });
    const form = asForm(await layered.load());
    const added = { ...form.mcp_config, sse_servers: [...(form.mcp_config?.sse_servers ?? []), mine] };
    expect(urls(await layered.store({ ...form, mcp_config: added }))).toEqual([
      'https://config/sse',
      'https://config/key',
      'https://mine/sse',
    ]);
    expect(urls(await open().load())).toEqual(['https://mine/sse']);
  });

  it('keep beside them the fields that this version does not know', async () => {
    const mcp_config = { sse_servers: [mine], later: { n: 1 } };
    await open().store({ mcp_config });
    const layered = open({ config: { text: toml } });
    expect(await layered.load()).toMatchObject({ mcp_config: { later: { n: 1 } } });
    await layered.store({ ...asForm(await layered.load()), language: 'de' });
    expect(await open().load()).toMatchObject({ language: 'de', mcp_config: { later: { n: 1 } } });
  });

  it('that are stored and in the configuration as well stay stored', async () => {
    await open().store({ mcp_config: { sse_servers: ['https://config/sse', mine] } });
    const layered = open({ config: { text: toml } });
    await layered.store({ ...asForm(await layered.load()), language: 'de' });
    expect(urls(await open().load())).toEqual(['https://config/sse', 'https://mine/sse']);
    expect(urls(await layered.load())).toEqual(['https://config/sse', 'https://config/key', 'https://mine/sse']);
  });
});
