import { once } from 'node:events';
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { homeLayout, MemoryFileStore, sessionsLayout } from '@oh/file-store-core';
import { Fernet, keyStatus, rotateKeys } from '@oh/secrets-store';
import { openHandsHome } from '@oh-tools/fixtures';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { detectLayout, openFileStore, openStorage, readOutboxes, registerFileStore, type StorageConfig } from '../src/index.ts';

const env = { OH_SECRET_KEY: 'a passphrase for tests' };

describe('openStorage', () => {
  let directory: string;
  let root: string;
  let config: StorageConfig;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'oh-storage-'));
    root = join(directory, 'data');
    config = { file_store: 'local', file_store_path: root };
  });

  afterEach(async () => {
    await rm(directory, { recursive: true });
  });

  test('opens everything on the local disk, and finds it again', async () => {
    const storage = await openStorage(config, { env, userId: 'alice' });
    expect(storage.layout).toBe(homeLayout);
    await storage.conversations.saveMetadata({ conversation_id: 'c1', selected_repository: null, title: 'Hello' });
    await storage.events('c1').append({ source: 'user', action: 'message', args: { content: 'hi' } });
    await storage.settings.store({ language: 'de', llm_api_key: 'sk-canary-1' });
    await storage.secrets.setSecret('TOKEN', 'canary-2');
    await storage.workspace.write('notes.txt', 'a note');
    await storage.close();

    const again = await openStorage(config, { env, userId: 'alice' });
    expect((await again.conversations.search()).results).toMatchObject([{ conversation_id: 'c1', title: 'Hello', user_id: 'alice' }]);
    expect(await again.events('c1').latest()).toMatchObject({ id: 0, args: { content: 'hi' } });
    expect((await again.settings.load())?.llm_api_key?.expose()).toBe('sk-canary-1');
    expect((await again.secrets.getSecret('TOKEN')).expose()).toBe('canary-2');
    expect(await again.workspace.read('notes.txt')).toBe('a note');
    await again.close();
    expect(await everything(root)).not.toMatch(/canary/);
  });

  test("opens secrets of OpenHands' agent server by the environment that it is given, and by no other", async () => {
    const files = new MemoryFileStore();
    const secret = Fernet.fromPassphrase('of the agent server').encrypt('value');
    await files.write('secrets.json', JSON.stringify({ custom_secrets: { A: { name: 'A', secret, description: null } } }));
    for (const name of ['OH_SECRET_KEY', 'SESSION_API_KEY', 'OH_SESSION_API_KEYS_0']) {
      const storage = await openStorage({}, { files, env: { [name]: 'of the agent server' } });
      expect((await storage.secrets.getSecret('A')).expose()).toBe('value');
      await storage.close();
    }
    const rotated = await openStorage({}, { files, env: { OH_SECRET_KEY: 'new', OH_PREVIOUS_SECRET_KEYS: '["of the agent server"]' } });
    expect((await rotated.secrets.getSecret('A')).expose()).toBe('value');
    await rotated.close();
    const misspelt = await openStorage({}, { files, env: { OH_SECRET_KEY: 'of the agent server', OH_PREVIOUS_SECRET_KEYS: 'no list' } });
    expect((await misspelt.secrets.getSecret('A')).expose()).toBe('value');
    await misspelt.close();
    vi.stubEnv('OH_SECRET_KEY', 'of the agent server');
    onTestFinished(() => void vi.unstubAllEnvs());
    const storage = await openStorage({}, { files, env: {} });
    await expect(storage.secrets.getSecret('A')).rejects.toThrow('the environment has no OH_SECRET_KEY');
    await storage.close();
  });

  test('refuses a misspelt key instead of opening another store', async () => {
    const misspelt = { ...config, file_stor: 's3' };
    const refusal = {
      code: 'invalid-argument',
      message: expect.stringMatching(/"file_stor" in the configuration; did you mean "file_store"\?/),
    };
    await expect(openStorage(misspelt, { env })).rejects.toMatchObject(refusal);
    await expect(openStorage(misspelt, { env, files: new MemoryFileStore() })).rejects.toMatchObject(refusal);
    await expect(openFileStore(misspelt, { env })).rejects.toMatchObject(refusal);
  });

  test("reads OpenHands' own folder as it lies there, and writes settings and secrets in its form", async () => {
    await cp(openHandsHome, root, { recursive: true });
    const storage = await openStorage(config, { env });
    expect(storage.layout).toBe(sessionsLayout);
    expect((await storage.conversations.search({ limit: 100 })).results).toHaveLength(12);
    await storage.settings.store({ llm_api_key: 'sk-plain' });
    await storage.secrets.setSecret('A', 'a value');
    await storage.close();
    expect(JSON.parse(await readFile(join(root, 'secrets.json'), 'utf8'))).toMatchObject({ custom_secrets: { A: { secret: 'a value' } } });
    expect(JSON.parse(await readFile(join(root, 'settings.json'), 'utf8'))).toMatchObject({ llm_api_key: 'sk-plain' });
  });

  test.each(['openhands.db', 'v1_conversations/5f2c/aaaa.json'])(
    'takes a folder of OpenHands 1.x, which has %s, for what it is, and leaves its settings as it reads them',
    async (sign) => {
      const files = new MemoryFileStore();
      await files.write(sign, '');
      const agent_settings = { schema_version: 9, llm: { model: 'm', api_key: 'sk-plain' } };
      await files.write('settings.json', JSON.stringify({ language: 'en', agent_settings }));
      const storage = await openStorage({}, { files, env });
      expect(storage.layout).toBe(sessionsLayout);
      await storage.settings.update(() => ({ language: 'de' }));
      await storage.close();
      expect(JSON.parse(await files.read('settings.json'))).toEqual({ language: 'de', agent_settings });
      expect(await files.list()).toHaveLength(2);
      await files.write('conversations/c0/base_state.json', '{}');
      expect(await detectLayout(files, {})).toBe(sessionsLayout);
      await files.write('conversations/c1/metadata.json', '{}');
      const own = await openStorage({}, { files, env });
      expect(own.layout).toBe(homeLayout);
      await own.close();
    },
  );

  test('lets settings of config.toml and of the environment count more than stored ones', async () => {
    const configFile = { path: join(directory, 'config.toml'), text: '[core]\nmax_iterations = 7\n[llm]\nmodel = "from-file"\n' };
    const storage = await openStorage({ ...config, config_file: configFile }, { env: { ...env, LLM_MODEL: 'from-environment' } });
    await storage.settings.store({ llm_model: 'stored', max_iterations: 1 });
    expect(await storage.settings.load()).toMatchObject({ llm_model: 'from-environment', max_iterations: 7 });
    expect(await storage.settings.explain('max_iterations')).toMatchObject({
      origins: [{ source: expect.stringContaining(configFile.path) }, {}, {}],
    });
    await storage.close();
  });

  describe('keeps secrets out of the events', () => {
    test('that were stored before, by whatever process', async () => {
      const before = await openStorage(config, { env });
      await before.secrets.update((secrets) =>
        secrets.withProviderToken('github', { token: 'ghp_stored' }).withCustomSecret('A', 'stored'),
      );
      await before.close();
      const storage = await openStorage(config, { env });
      await storage.events('c1').append({ action: 'run', args: { command: 'echo ghp_stored stored' } });
      expect(await storage.events('c1').get(0)).toMatchObject({ args: { command: 'echo <secret_hidden> <secret_hidden>' } });
      await storage.close();
    });

    test('that are set or read meanwhile, and those that were replaced', async () => {
      const storage = await openStorage(config, { env });
      const other = await openStorage(config, { env });
      const events = storage.events('c1');
      await events.append({ action: 'null' });
      await storage.secrets.setSecret('A', 'first');
      await storage.secrets.setSecret('A', 'second');
      await other.secrets.setSecret('B', 'third');
      await storage.secrets.getSecret('B');
      await events.append({ action: 'message', args: { content: 'first second third' } });
      expect(await events.get(1)).toMatchObject({ args: { content: '<secret_hidden> <secret_hidden> <secret_hidden>' } });
      await Promise.all([storage.close(), other.close()]);
    });

    test('or appends none while it does not know them', async () => {
      const before = await openStorage(config, { env });
      await before.secrets.setSecret('A', 'value');
      await before.close();
      const storage = await openStorage(config, { env: { OH_SECRET_KEY: 'wrong' } });
      await expect(storage.events('c1').append({ action: 'null' })).rejects.toMatchObject({ code: 'permission-denied' });
      expect(await storage.events('c1').latest()).toBeNull();
      expect((await storage.conversations.search()).results).toEqual([]);
      await storage.close();
    });
  });

  describe('events', () => {
    test('of one conversation go through one log, whoever asks for it; a handle that is closed closes no other', async () => {
      const storage = await openStorage(config, { env });
      const [one, two] = [storage.events('c1'), storage.events('c1')];
      await Promise.all(Array.from({ length: 20 }, (_, n) => (n % 2 === 0 ? one : two).append({ action: 'message', args: { n } })));
      expect(await two.latestId()).toBe(19);
      expect(two.conversationId).toBe('c1');
      await one.close();
      await expect(one.append({ action: 'null' })).rejects.toMatchObject({ code: 'closed' });
      await expect(one.get(0)).rejects.toMatchObject({ code: 'closed' });
      await two.append({ action: 'null' });
      await storage.close();
      await expect(two.append({ action: 'null' })).rejects.toMatchObject({ code: 'closed' });
      expect(() => storage.events('c1')).toThrow(expect.objectContaining({ code: 'closed' }));
    });

    test('end a tail when the handle is closed, and when the storage is', async () => {
      const storage = await openStorage(config, { env });
      const [one, two] = [storage.events('c1'), storage.events('c1')];
      const ends = [one, two].map(async (events) => {
        for await (const _ of events.tail(0)) {
          // Nothing comes.
        }
      });
      const closed = ends.map((end) => expect(end).rejects.toMatchObject({ code: 'closed' }));
      await one.close();
      await closed[0];
      await storage.close();
      await closed[1];
    });

    test('are appended before the storage is closed', async () => {
      const storage = await openStorage(config, { env });
      const appends = Array.from({ length: 50 }, (_, n) => storage.events('c1').append({ action: 'message', args: { n } }));
      await appends[0];
      await storage.close();
      const acknowledged = (await Promise.allSettled(appends)).filter(({ status }) => status === 'fulfilled').length;
      const again = await openStorage(config, { env });
      expect(await again.events('c1').latestId()).toBe(acknowledged - 1);
      await again.close();
    });

    test('of what is no id are refused', async () => {
      const storage = await openStorage(config, { env });
      expect(() => storage.events('../c1')).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
      await storage.close();
    });
  });

  describe('with a webhook', () => {
    let server: Server;
    const requests: string[] = [];

    beforeEach(async () => {
      requests.length = 0;
      server = createServer((request, response) => {
        void text(request).then((body) => {
          requests.push(`${request.method} ${request.url} ${request.headers['authorization']} ${body}`);
          response.end();
        });
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      config = {
        ...config,
        file_store_web_hook_url: `http://127.0.0.1:${port}/`,
        file_store_web_hook_headers: { Authorization: 'Bearer b' },
      };
    });

    afterEach(async () => {
      server.close();
      await once(server, 'close');
    });

    test.each([false, true])('tells it of changes and not of secrets (in batches: %s)', async (file_store_web_hook_batch) => {
      const storage = await openStorage({ ...config, file_store_web_hook_batch }, { env, instance: 'one' });
      await storage.files.write('a.txt', 'contents');
      await storage.secrets.setSecret('A', 'canary');
      await storage.close();
      expect(requests.join('\n')).toMatch(/^POST \/.* Bearer b .*contents/);
      expect(requests.join('\n')).not.toMatch(/secrets|canary/);
    });

    test('tells it of settings, unless they have keys in plain text', async () => {
      const sealed = await openStorage(config, { env, instance: 'one' });
      await sealed.settings.store({ llm_api_key: 'sk-canary' });
      await sealed.close();
      expect(requests.join()).toMatch(/settings\.json/);
      const told = requests.length;
      const plain = await openStorage(config, { env, instance: 'one', userId: 'alice', format: 'openhands' });
      await plain.settings.store({ llm_api_key: 'sk-canary' });
      await plain.close();
      expect(requests).toHaveLength(told);
      expect(requests.join()).not.toMatch(/canary/);
    });

    test('tells it after the next start what it could not tell before', async () => {
      const { port } = server.address() as AddressInfo;
      server.close();
      await once(server, 'close');
      const storage = await openStorage(config, { env, instance: 'one' });
      await storage.files.write('a.txt', 'contents');
      expect(await storage.webHook?.replay()).toEqual({ replayed: 0, superseded: 0 });
      await storage.close();
      const files = await openFileStore(config);
      expect(await readOutboxes(files)).toEqual([
        { instance: 'one', pending: [expect.objectContaining({ method: 'POST', path: 'a.txt' })], deadLetters: [] },
      ]);
      await files.close();
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
      const again = await openStorage(config, { env, instance: 'one' });
      await again.files.write('b.txt', 'more');
      await again.close();
      expect(requests).toEqual([
        expect.stringMatching(/^POST \/a\.txt Bearer b contents$/),
        expect.stringMatching(/^POST \/b\.txt Bearer b more$/),
      ]);
    });
  });

  test('leaves nothing open when it fails', async () => {
    const files = new MemoryFileStore();
    registerFileStore('watched', () => files);
    const broken = { file_store: 'watched', settings_store_class: './missing.js#Settings' };
    await expect(openStorage(broken, { env })).rejects.toMatchObject({ code: 'not-found' });
    await expect(files.list()).rejects.toMatchObject({ code: 'closed' });
    await expect(openStorage({ file_store: 'typo' }, { env })).rejects.toMatchObject({ code: 'invalid-argument' });
    const reason = new Error('enough');
    await expect(openStorage(config, { env, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  test('knows everything that its keys seal, of all users', async () => {
    const files = new MemoryFileStore();
    for (const userId of [undefined, 'alice', 'bob']) {
      const storage = await openStorage({}, { env, files, userId });
      await storage.secrets.setSecret('TOKEN', 'a value');
      await storage.settings.store({ llm_api_key: 'sk-1' });
      await storage.close();
    }
    const storage = await openStorage({}, { env, files });
    const [before] = await keyStatus(await storage.keyUse());
    expect(before).toMatchObject({ state: 'current', entries: 6 });
    const { keyId, errors } = await rotateKeys(await storage.keyUse());
    expect(errors).toEqual([]);
    expect(await keyStatus(await storage.keyUse())).toMatchObject([
      { id: before?.id, entries: 0 },
      { id: keyId, entries: 6, state: 'current' },
    ]);
    await expect(storage.keyUse({ signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
    await storage.close();
  });

  test('keeps everything in the files that it is given, and leaves them open', async () => {
    const files = new MemoryFileStore();
    const storage = await openStorage({ file_store: 'typo' }, { env, files });
    await storage.conversations.saveMetadata({ conversation_id: 'c1', selected_repository: null });
    await storage.close();
    expect(await files.exists(homeLayout.conversationMetadata('c1'))).toBe(true);
    const broken = { settings_store_class: './missing.js#Settings' };
    await expect(openStorage(broken, { env, files })).rejects.toMatchObject({ code: 'not-found' });
    expect(await files.exists(homeLayout.conversationMetadata('c1'))).toBe(true);
  });

  test('can be closed twice', async () => {
    const storage = await openStorage({ file_store: 'memory' }, { env });
    await Promise.all([storage.close(), storage.close()]);
    await expect(storage.files.list()).rejects.toMatchObject({ code: 'closed' });
  });
});

/** The contents of all files, one after the other. */
async function everything(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return (await Promise.all(files.map(({ parentPath, name }) => readFile(join(parentPath, name), 'latin1')))).join('\n');
}
