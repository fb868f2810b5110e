import { inspect } from 'node:util';
import { FileStoreError, MemoryFileStore } from '@oh/file-store-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { FileSettingsStore, Secret, type Settings } from '../src/index.ts';
import { ContextSealer } from './context-sealer.ts';
import { withCode } from './with-code.ts';

let files: MemoryFileStore;
let sealer: ContextSealer;
let settings: FileSettingsStore;

beforeEach(() => {
  files = new MemoryFileStore();
  sealer = new ContextSealer();
  settings = new FileSettingsStore({ files, sealer });
});

function asForm(loaded: Settings | null): Settings {
  return JSON.parse(JSON.stringify(loaded)) as Settings;
}

const nested = {
  mcp_config: {
    sse_servers: [{ url: 'https://a/', api_key: 'canary-sse' }],
    shttp_servers: [{ url: 'https://b/', api_key: 'canary-shttp' }],
    stdio_servers: [{ name: 's', command: 'c', env: { TOKEN: 'canary-env' } }],
  },
  agent_settings: { llm: { api_key: 'canary-llm', model: 'm' }, mcp_config: { x: { headers: { Authorization: 'canary-header' } } } },
  llm_profiles: { profiles: { env: { model: 'm', api_key: 'canary-profile' } }, active: 'env' },
};

describe('a URL with a password', () => {
  const urls = {
    llm_base_url: 'https://me:canary-1@proxy/v1',
    mcp_config: { sse_servers: ['https://:canary-2@a/sse', 'https://b/sse'] },
    agent_settings: { llm: { base_url: 'http://u:canary-3@c' }, mcp_config: { mcpServers: { a: { url: 'https://u:canary-4@d' } } } },
    llm_profiles: { profiles: { Default: { base_url: 'http://u:canary-5@e' } } },
  };

  it('is sealed as a key is, opened, and kept sealed as it is while it is the same', async () => {
    await settings.store({ ...urls, llm_model: 'm' });
    const text = await files.read('settings.json');
    expect(text).not.toContain('canary');
    expect(text.match(/\{"\$sealed":/g)).toHaveLength(5);
    expect(text).toContain('https://b/sse');
    const loaded = await settings.load();
    expect(loaded?.llm_base_url).toBe(urls.llm_base_url);
    expect(loaded?.mcp_config?.sse_servers.map(({ url }) => url)).toEqual(urls.mcp_config.sse_servers);
    expect(loaded).toMatchObject({ agent_settings: urls.agent_settings, llm_profiles: urls.llm_profiles });
    await settings.store({ llm_model: 'another' });
    const sealed = /"llm_base_url":(\{[^}]*\})/;
    expect(sealed.exec(await files.read('settings.json'))?.[1]).toBe(sealed.exec(text)?.[1]);
    await settings.store({ llm_base_url: 'https://me@proxy/v1' });
    expect(await files.read('settings.json')).toContain('"llm_base_url":"https://me@proxy/v1"');
  });

  it('is sealed in every field, of OpenHands or not, at any depth, within a text too', async () => {
    const everywhere = {
      http_proxy: 'http://u:canary-1@proxy:3128',
      git_remotes: [{ url: 'https://u:canary-2@git.test/a.git' }, 'https://git.test/b.git'],
      sandbox_base_container_image: 'u:canary-3@registry/image, see https://u:canary-3@registry',
      mcp_config: { stdio_servers: [{ name: 's', command: 'npx', args: ['--proxy', 'http://u:canary-4@proxy'] }] },
      agent_settings: { agent_context: { system_message_suffix: 'clone https://u:canary-5@git.test/c.git' } },
    };
    await settings.store(everywhere);
    const text = await files.read('settings.json');
    expect(text).not.toContain('canary');
    expect(text.match(/\{"\$sealed":/g)).toHaveLength(5);
    expect(text).toContain('https://git.test/b.git');
    expect(await settings.load()).toMatchObject(everywhere);
    await settings.store({ ...everywhere, language: 'de' });
    expect(await files.read('settings.json')).toBe(text.replace(/}$/, ',"language":"de"}'));
    await settings.store({ http_proxy: 'http://u:**********@proxy:3128' });
    expect(await settings.load()).toMatchObject({ http_proxy: everywhere.http_proxy });
    await expect(new FileSettingsStore({ files }).load()).rejects.toThrow(
      'http_proxy is sealed, and the store was opened without a sealer',
    );
  });

  it('is opened where another version has sealed it, and nothing else is that this one does not know', async () => {
    const newer = new FileSettingsStore({ files, sealer, secretPaths: ['plugin.pass'] });
    await newer.store({ plugin: { pass: 'canary-1', home: 'https://u:canary-2@h' } });
    await settings.store({ language: 'de' });
    expect(await files.read('settings.json')).not.toContain('canary');
    expect(await settings.load()).toMatchObject({ plugin: { pass: { $sealed: expect.any(String) }, home: 'https://u:canary-2@h' } });
    expect(inspect((await newer.load())?.['plugin'])).not.toContain('canary-1');
    const before = await files.read('settings.json');
    await settings.store(asForm(await settings.load()));
    expect(await files.read('settings.json')).toBe(before);
    await expect(settings.store({ other: { $sealed: 'x' } })).rejects.toThrow('other: expected a value, not a sealed one');
    await expect(settings.store({ plugin: { pass: { $sealed: 'x' } } })).rejects.toThrow(withCode('invalid-argument'));
  });

  it('that is stored in clear is sealed by the next change; its key counts, and nothing opens it elsewhere', async () => {
    await files.write('settings.json', JSON.stringify({ llm_base_url: urls.llm_base_url }));
    expect((await settings.load())?.llm_base_url).toBe(urls.llm_base_url);
    await settings.store({ language: 'de' });
    const text = await files.read('settings.json');
    expect(text).not.toContain('canary');
    expect((await Array.fromAsync(files.entries('', { recursive: true }))).map(({ path }) => path)).toContain('settings.json.v0.bak');
    expect(await files.read('settings.json.v0.bak')).not.toContain('canary');
    await files.write('users/bob/settings.json', text);
    await expect(new FileSettingsStore({ files, sealer, userId: 'bob' }).load()).rejects.toThrow(withCode('permission-denied'));
  });

  it('is looked for in time that grows as the length of the text does', async () => {
    const llm_base_url = 'ab12'.repeat(100_000);
    await settings.store({ llm_base_url });
    expect((await settings.load())?.llm_base_url).toBe(llm_base_url);
  });

  it('is refused without a sealer, and stays as it is in the format of OpenHands', async () => {
    await expect(new FileSettingsStore({ files }).store({ llm_base_url: urls.llm_base_url })).rejects.toThrow(
      'llm_base_url has a password and is not stored in plain text',
    );
    await new FileSettingsStore({ files, format: 'openhands' }).store({ llm_base_url: urls.llm_base_url });
    expect(await files.read('settings.json')).toContain(urls.llm_base_url);
  });
});

describe('a key', () => {
  const key = new Secret('canary');

  it('is shown as a mask, and exposed by asking for it alone', () => {
    const shown = [
      JSON.stringify({ key }),
      inspect({ key }, { showHidden: true, depth: 9 }),
      `${key}`,
      String(key),
      `${[key]}`,
      JSON.stringify(structuredClone({ key })),
    ];
    expect(shown.join('\n')).not.toContain('canary');
    expect(shown[0]).toBe('{"key":"**********"}');
    expect(key.expose()).toBe('canary');
    expect(Object.isFrozen(key)).toBe(true);
  });

  it('is sealed wherever it stands, for user and place', async () => {
    await new FileSettingsStore({ files, sealer, userId: 'alice' }).store({
      llm_api_key: 'canary-1',
      search_api_key: new Secret('canary-2'),
      sandbox_api_key: 'canary-3',
      ...nested,
    });
    const text = await files.read('users/alice/settings.json');
    expect(text).not.toContain('canary');
    expect(text.match(/\{"\$sealed":/g)).toHaveLength(9);
    expect(sealer.calls.map(({ context }) => context.join(' '))).toEqual([
      'settings alice llm_api_key',
      'settings alice search_api_key',
      'settings alice sandbox_api_key',
      'settings alice mcp_config sse_servers 0 api_key',
      'settings alice mcp_config stdio_servers 0 env TOKEN',
      'settings alice mcp_config shttp_servers 0 api_key',
      'settings alice agent_settings llm api_key',
      'settings alice agent_settings mcp_config x headers Authorization',
      'settings alice llm_profiles profiles env api_key',
    ]);
    const loaded = await new FileSettingsStore({ files, sealer, userId: 'alice' }).load();
    expect(loaded?.mcp_config?.stdio_servers[0]?.env['TOKEN']?.expose()).toBe('canary-env');
    expect(inspect(loaded, { depth: 9 }) + JSON.stringify(loaded)).not.toContain('canary');
  });

  it('is whatever the agent settings of OpenHands 1.x keep secret', async () => {
    const secrets = { MY_PAT: 'canary-1', X: { kind: 'StaticSecret', value: 'canary-2', description: 'for X' } };
    const server = (auth: object): object => ({ url: 'https://mcp.test/', auth });
    const mcp_config = {
      a: server({ strategy: 'bearer', value: 'canary-3' }),
      b: server({ strategy: 'basic', username: 'me', password: 'canary-4' }),
      c: server({
        strategy: 'oauth',
        tokens: { access_token: 'canary-5', refresh_token: 'canary-6' },
        client: { client_secret: 'canary-7' },
      }),
    };
    await settings.store({ agent_settings: { agent_context: { secrets }, mcp_config } });
    const text = await files.read('settings.json');
    expect(text).not.toContain('canary');
    expect(text.match(/\{"\$sealed":/g)).toHaveLength(7);
    expect(text).toContain('"kind":"StaticSecret"');
    expect(inspect(await settings.load(), { depth: 9 })).not.toContain('canary');
    await settings.store(asForm(await settings.load()));
    expect(await files.read('settings.json')).toBe(text);
  });

  it('in a header or an environment of an MCP server is sealed, also of a kind that is not known', async () => {
    await settings.store({
      mcp_config: {
        sse_servers: [{ url: 'https://a/', headers: { Authorization: 'Bearer canary' } }],
        mcpServers: { b: { url: 'https://b/', headers: { 'X-Key': 'canary' }, env: { TOKEN: 'canary' } } },
      },
    });
    expect(await files.read('settings.json')).not.toContain('canary');
    const loaded = await settings.load();
    expect(inspect(loaded, { depth: 9 }) + JSON.stringify(loaded)).not.toContain('canary');
    const before = await files.read('settings.json');
    await settings.store(asForm(loaded));
    expect(await files.read('settings.json')).toBe(before);
  });

  it('keeps its sealed form while it stays the same', async () => {
    await settings.store({ llm_api_key: 'a', search_api_key: 'b' });
    const before = await files.read('settings.json');
    await settings.store({ llm_api_key: 'a', search_api_key: 'b', language: 'de' });
    expect(await files.read('settings.json')).toBe(before.replace(/}$/, ',"language":"de"}'));
    expect(sealer.calls.filter(({ operation }) => operation === 'seal')).toHaveLength(2);
  });

  it('is refused in plain text where there is no sealer, and nothing is stored', async () => {
    const unsealed = new FileSettingsStore({ files });
    const error: unknown = await unsealed.store({ language: 'de', llm_api_key: 'canary' }).catch((reason: unknown) => reason);
    expect(error).toEqual(withCode('permission-denied'));
    expect(inspect(error)).toContain('llm_api_key');
    expect(inspect(error)).not.toContain('canary');
    expect(await files.exists('settings.json')).toBe(false);
    await new FileSettingsStore({ files, format: 'openhands' }).store({ llm_api_key: 'plain' });
    expect(await files.read('settings.json')).toBe('{"llm_api_key":"plain"}');
  });

  it.each([
    ['without a sealer', () => undefined],
    ['with another key', () => new ContextSealer('k2')],
  ])('that cannot be opened, %s, is an error that names it, and is not written over', async (_, another) => {
    await settings.store({ language: 'de', llm_api_key: 'canary' });
    const before = await files.read('settings.json');
    const locked = new FileSettingsStore({ files, sealer: another() });
    await expect(locked.load()).rejects.toMatchObject({
      code: 'permission-denied',
      path: 'settings.json',
      message: expect.stringContaining('llm_api_key'),
    });
    await expect(locked.store({ llm_api_key: 'new' })).rejects.toEqual(withCode('permission-denied'));
    await expect(locked.update(() => ({ language: 'en' }))).rejects.toEqual(withCode('permission-denied'));
    expect(await files.read('settings.json')).toBe(before);
  });

  it('does not open in the place of another key or another user', async () => {
    await settings.store({ llm_api_key: 'a', search_api_key: 'b' });
    const text = await files.read('settings.json');
    const [, first = '', second = ''] = /(\{"\$sealed":"[^"]+"\}).*(\{"\$sealed":"[^"]+"\})/.exec(text) ?? [];
    await files.write('settings.json', text.replace(first, second));
    await expect(settings.load()).rejects.toEqual(withCode('permission-denied'));
    await files.write('users/eve/settings.json', text);
    await expect(new FileSettingsStore({ files, sealer, userId: 'eve' }).load()).rejects.toEqual(withCode('permission-denied'));
  });

  it('is not given up when the sealer is only unavailable', async () => {
    await settings.store({ llm_api_key: 'a' });
    const away = new FileStoreError('unavailable', 'the key service does not answer');
    const sealer = { keyIdOf: () => undefined, seal: () => Promise.reject(away), open: () => Promise.reject(away) };
    const waiting = new FileSettingsStore({ files, sealer });
    await expect(waiting.load()).rejects.toBe(away);
    await expect(waiting.store({ language: 'de' })).rejects.toBe(away);
  });

  it('in plain text is sealed by the next change, whatever it is', async () => {
    await files.write('settings.json', '{"$schema":"urn:oh-storage:settings","schema_version":1,"llm_api_key":"canary"}');
    await settings.update(() => ({}));
    expect(await files.read('settings.json')).not.toContain('canary');
    expect((await settings.load())?.llm_api_key?.expose()).toBe('canary');
  });

  it('within an environment that is one text is sealed too', async () => {
    await files.write('settings.json', '{"mcp_config":{"stdio_servers":[{"name":"n","command":"c","env":"A=canary, B=2"}]}}');
    await settings.store({ language: 'de' });
    expect(await files.read('settings.json')).not.toContain('canary');
    const server = (await settings.load())?.mcp_config?.stdio_servers[0];
    expect(server?.env['A']?.expose()).toBe('canary');
    expect(JSON.stringify(server)).toContain('"env":{"A":"**********","B":"**********"}');
    await settings.store({ mcp_config: { stdio_servers: [{ name: 'n', command: 'c', env: 'A=canary-2' }] } });
    expect(await files.read('settings.json')).not.toContain('canary');
  });

  it('is counted by whoever has the sealer alone, so that none is retired that it needs', async () => {
    await settings.store({ llm_api_key: 'a' });
    expect([...(await settings.countKeys()).values()]).toEqual([1]);
    const unsealed = new FileSettingsStore({ files });
    await expect(unsealed.countKeys()).rejects.toThrow(/^\[permission-denied\].*llm_api_key is sealed/);
    expect(await unsealed.rewrap()).toEqual([withCode('permission-denied')]);
  });

  it('stands where the name of a field says so', () => {
    for (const path of ['*.token', '**.token', '', '.token']) {
      expect(() => new FileSettingsStore({ files, secretPaths: [path] })).toThrow(TypeError);
    }
  });

  it('does not change what stands beside it', async () => {
    await files.write('settings.json', '{"agent_settings":{"llm":{"api_key":"a"},"id":12345678901234567890,"list":[1,{"x":null}]}}');
    await settings.store({ language: 'de' });
    expect(await files.read('settings.json')).toMatch(/"id":12345678901234567890,"list":\[1,\{"x":null\}\]\}/);
    await expect(settings.store({ agent_settings: { at: new Date() } })).rejects.toEqual(withCode('invalid-argument'));
  });

  it('may not be given in sealed form, nor stand where it would not be sealed', async () => {
    await expect(settings.store({ agent_settings: { api_key: { $sealed: 'x' } } })).rejects.toEqual(withCode('invalid-argument'));
    await expect(settings.store({ language: new Secret('canary') as unknown as string })).rejects.toEqual(withCode('invalid-argument'));
    await expect(settings.store({ other: [new Secret('canary')] })).rejects.toEqual(withCode('invalid-argument'));
  });

  it('is taken away by null or a blank text', async () => {
    await settings.store({ llm_api_key: 'a', search_api_key: 'b' });
    await settings.store({ llm_api_key: null, search_api_key: ' ' });
    expect(await settings.load()).toMatchObject({ llm_api_key: null, search_api_key: null });
  });
});
