import { inspect } from 'node:util';
import { MemoryFileStore } from '@oh/file-store-core';
import { isMask, Secret } from '@oh/file-store-core/secrets';
import { beforeEach, describe, expect, it } from 'vitest';
import { FileSettingsStore, type Settings } from '../src/index.ts';
import { ContextSealer } from './context-sealer.ts';
import { withCode } from './with-code.ts';

let files: MemoryFileStore;
let settings: FileSettingsStore;

beforeEach(() => {
  files = new MemoryFileStore();
  settings = new FileSettingsStore({ files, sealer: new ContextSealer() });
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
};

const proxied = {
  llm_base_url: 'https://me:canary-1@proxy/v1',
  mcp_config: { sse_servers: [{ url: 'https://:canary-2@a/sse', api_key: 'k' }, 'https://b/sse', 'https://:canary-4@d/sse'] },
};

describe('a mask', () => {
  it.each([false, true])('that was stored for a value is no key, beside sealed ones: %j', async (isBesideSealed) => {
    await settings.store({ language: 'de', ...(isBesideSealed ? { llm_api_key: 'canary' } : {}) });
    const stored = JSON.parse(await files.read('settings.json')) as object;
    await files.write('settings.json', JSON.stringify({ ...stored, agent_settings: { llm: { api_key: '**********', model: 'm' } } }));
    const loaded = (await settings.load()) as { readonly agent_settings?: { readonly llm: { readonly api_key: Secret } } } | null;
    expect(loaded?.agent_settings?.llm.api_key.expose()).toBe('');
  });

  const masks = ['**********', '<secret-hidden>', '<secret_hidden>', ' ********** ', "SecretStr('**********')", inspect(new Secret('x'))];
  it.each(masks)('%j means unchanged', async (mask) => {
    expect(isMask(mask)).toBe(true);
    await settings.store({ llm_api_key: 'a' });
    await settings.store({ llm_api_key: mask, search_api_key: mask });
    await settings.update(() => ({ llm_api_key: new Secret(mask) }));
    const loaded = await settings.load();
    expect(loaded?.llm_api_key?.expose()).toBe('a');
    expect(loaded?.search_api_key).toBeNull();
  });

  it('stands for the key of the server with the same URL or name, wherever it has moved', async () => {
    await settings.store({
      mcp_config: {
        sse_servers: [
          { url: 'https://a/', api_key: 'key-a' },
          { url: 'https://b/', api_key: 'key-b' },
        ],
      },
    });
    const [a, b] = asForm(await settings.load()).mcp_config?.sse_servers ?? [];
    await settings.store({ mcp_config: { sse_servers: [b as never, { url: 'https://c/' }, a as never] } });
    const servers = (await settings.load())?.mcp_config?.sse_servers;
    expect(servers?.map(({ url, api_key }) => [url, api_key?.expose()])).toEqual([
      ['https://b/', 'key-b'],
      ['https://c/', undefined],
      ['https://a/', 'key-a'],
    ]);
  });

  it('stands for no key of another server with the same URL', async () => {
    const url = 'https://a/';
    const keysOf = async (): Promise<unknown[]> =>
      (await settings.load())?.mcp_config?.sse_servers.map(({ api_key }) => api_key?.expose()) ?? [];
    await settings.store({
      mcp_config: {
        sse_servers: [
          { url, api_key: '1' },
          { url, api_key: '2' },
        ],
      },
    });
    const [one, two] = asForm(await settings.load()).mcp_config?.sse_servers ?? [];
    await settings.store({ mcp_config: { sse_servers: [{ url: 'https://b/' }, one as never, two as never] } });
    expect(await keysOf()).toEqual([undefined, '1', '2']);
    await expect(settings.store({ mcp_config: { sse_servers: [two as never] } })).rejects.toEqual(withCode('invalid-argument'));
    await settings.store({
      mcp_config: {
        sse_servers: [
          { url, api_key: '3' },
          { url, api_key: '3' },
        ],
      },
    });
    await settings.store({ mcp_config: { sse_servers: [two as never] } });
    expect(await keysOf()).toEqual(['3']);
  });

  it('of a server that has no key yet is refused, so that no other server gets one', async () => {
    await settings.store(nested);
    const moved = { mcp_config: { sse_servers: [{ url: 'https://elsewhere/', api_key: '**********' }] } };
    const error: unknown = await settings.store(moved).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'invalid-argument', message: expect.stringContaining('mcp_config.sse_servers.0.api_key') });
  });

  it('within a form keeps every nested key', async () => {
    await settings.store(nested);
    const before = await files.read('settings.json');
    await settings.store(asForm(await settings.load()));
    expect(await files.read('settings.json')).toBe(before);
  });

  it('that was stored for a value is no key, and is not stored again', async () => {
    await files.write('settings.json', '{"language":"en","sandbox_api_key":"**********","agent_settings":{"api_key":"**********"}}');
    expect((await settings.load())?.sandbox_api_key).toBeNull();
    await settings.store({ language: 'de' });
    expect(await files.read('settings.json')).not.toContain('***');
  });

  it('that was stored for the password of a URL is none, and may be stored elsewhere as what it is', async () => {
    await files.write(
      'settings.json',
      '{"llm_base_url":"https://me:**********@proxy","mcp_config":{"sse_servers":[{"url":"https://x:**********@y"}]}}',
    );
    const loaded = await settings.load();
    expect(loaded).toMatchObject({ llm_base_url: 'https://me:@proxy', mcp_config: { sse_servers: [{ url: 'https://x:@y' }] } });
    const other = new FileSettingsStore({ files, userId: 'other' });
    expect(await other.store(asForm(loaded))).toEqual(loaded);
  });

  it('in the password of a URL means that this one stays', async () => {
    await settings.store({ ...proxied, agent_settings: { llm: { base_url: 'http://u:canary-3@c' } } });
    const before = await files.read('settings.json');
    const form = JSON.stringify(await settings.load()).replaceAll(/canary-[13]/g, '**********');
    await settings.store(JSON.parse(form.replaceAll('canary-2', '<secret_hidden>')) as Settings);
    await settings.update(() => ({ llm_base_url: 'https://me:**********@proxy/v1' }));
    expect(await files.read('settings.json')).toBe(before);
  });

  it('in the password of a URL lets the key of its server stay too, wherever that has moved', async () => {
    await settings.store(proxied);
    const masked = { url: 'https://:**********@a/sse', api_key: '**********' };
    await settings.store({ mcp_config: { sse_servers: ['https://b/sse', masked, 'https://:**********@d/sse'] } });
    const servers = (await settings.load())?.mcp_config?.sse_servers.map(({ url, api_key }) => [url, api_key?.expose()]);
    expect(servers).toEqual([
      ['https://b/sse', undefined],
      ['https://:canary-2@a/sse', 'k'],
      ['https://:canary-4@d/sse', undefined],
    ]);
  });

  it('in the password of a URL means that this one stays wherever the URL stands, such as in an argument', async () => {
    const withArgs = (...args: readonly string[]) => ({ mcp_config: { stdio_servers: [{ name: 's', command: 'c', args }] } });
    const url = 'postgres://u:canary@db/1';
    await settings.store({ ...withArgs('--db', url), of_another_version: url });
    const masked = url.replace('canary', '**********');
    await settings.store({ ...withArgs(masked, '--readonly'), of_another_version: masked });
    expect(asForm(await settings.load())).toMatchObject({ ...withArgs(url, '--readonly'), of_another_version: url });
    for (const changes of [withArgs(masked.replace('db', 'elsewhere')), { of_another_version: `${masked}/2` }, { new_field: masked }]) {
      await expect(settings.store(changes)).rejects.toMatchObject({ code: 'invalid-argument', message: expect.stringContaining('a mask') });
    }
    const itself: Record<string, unknown> = {};
    itself['itself'] = itself;
    await expect(settings.store({ of_another_version: itself })).rejects.toEqual(withCode('invalid-argument'));
  });

  it.each([
    ['another host', { llm_base_url: 'https://me:**********@elsewhere/v1' }],
    ['another user', { llm_base_url: 'https://you:**********@proxy/v1' }],
    ['a URL with a new password beside it', { llm_base_url: 'https://me:**********@proxy/v1 https://me:new@proxy' }],
    ['a new server', { mcp_config: { sse_servers: ['https://:**********@c/sse'] } }],
  ])('stands for no password of %s', async (_, changes) => {
    await settings.store(proxied);
    const before = await files.read('settings.json');
    await expect(settings.store(changes)).rejects.toMatchObject({ code: 'invalid-argument', message: expect.stringContaining('a mask') });
    expect(await files.read('settings.json')).toBe(before);
  });

  it('in an environment that is one text means that this variable stays', async () => {
    await settings.store(nested);
    await settings.store({ mcp_config: { stdio_servers: [{ name: 's', command: 'c', env: 'TOKEN=**********, OTHER=canary' }] } });
    const [server] = (await settings.load())?.mcp_config?.stdio_servers ?? [];
    expect(Object.entries(server?.env ?? {}).map(([name, key]) => [name, key.expose()])).toEqual([
      ['TOKEN', 'canary-env'],
      ['OTHER', 'canary'],
    ]);
    const unknown = { mcp_config: { stdio_servers: [{ name: 'new', command: 'c', env: 'TOKEN=**********' }] } };
    await expect(settings.store(unknown)).rejects.toEqual(withCode('invalid-argument'));
  });
});
