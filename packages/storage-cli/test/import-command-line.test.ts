import { FileConversationStore } from '@oh/conversation-store';
import { FileStoreError, MemoryFileStore } from '@oh/file-store-core';
import { interceptFileStore } from '@oh/file-store-core/testing';
import { Fernet, KeyRing, Passphrase } from '@oh/secrets-store';
import { FileSettingsStore } from '@oh/settings-store';
import { beforeEach, expect, test } from 'vitest';
import { type CapturedRun, runCaptured } from './run-captured.ts';
import { otherSchemeOf, schemeOf } from './scheme-of.ts';
import { treeOf } from './transfer/tree.ts';

const env = { OH_SECRET_KEY: 'correct horse battery staple' };
const id = '7b80db78a0d8476281361b11f8581cbf';
const folder = `conversations/${id}`;
const prompt = 'Please look at the folder and tell me what is there';
const modelKey = 'sk-canary-0123456789abcdef';
const mcpToken = 'mcp-canary-0123456789';
const mcpEnvironment = 'ghp-canary-0123456789abcdef';

/** A folder as OpenHands' command line 1.16 writes it: the SDK's conversations without `meta.json`, and its own settings, in clear. */
let from: MemoryFileStore;
let to: MemoryFileStore;

beforeEach(async () => {
  from = new MemoryFileStore();
  to = new MemoryFileStore();
  await from.write(`${folder}/base_state.json`, JSON.stringify({ agent: { llm: { model: 'openai/gpt' } }, id }));
  await writeEvents([
    { source: 'agent', system_prompt: { type: 'text', text: 'You are' }, kind: 'SystemPromptEvent' },
    { source: 'user', llm_message: { role: 'user', content: [{ type: 'text', text: prompt }] }, kind: 'MessageEvent' },
    { source: 'environment', observation: { content: [{ type: 'text', text: `${modelKey} ${mcpToken} ${mcpEnvironment}` }] } },
  ]);
  await from.write('agent_settings.json', JSON.stringify({ llm: { model: 'openai/gpt', api_key: modelKey, base_url: 'http://h/v1' } }));
  await from.write(
    'mcp.json',
    JSON.stringify({
      mcpServers: {
        notes: { url: 'https://mcp.test', headers: { Authorization: `Bearer ${mcpToken}` } },
        git: { command: 'npx', env: { GITHUB_TOKEN: mcpEnvironment } },
      },
    }),
  );
  await from.write('cli_config.json', '{"default_cells_expanded":true}');
});

async function writeEvents(events: readonly object[]): Promise<void> {
  for (const [index, event] of events.entries()) {
    const timestamp = `2026-11-30T15:37:5${index}.636284`;
    const path = `${folder}/events/event-0000${index}-a199fcc1-7df8-4b5b-ba05-81cf435637e${index}.json`;
    await from.write(path, JSON.stringify({ id: `e${index}`, timestamp, ...event }));
  }
}

async function run(...argv: readonly string[]): Promise<CapturedRun> {
  return await runCaptured(argv, { env, schemes: { other: otherSchemeOf(from), test: schemeOf(to) } });
}

async function importInto(): Promise<unknown> {
  const { exitCode, stdout, stderr } = await run('import', 'openhands', 'other:', '--to', 'test:', '--apply', '--json');
  return { exitCode, stderr, ...JSON.parse(stdout) };
}

async function title(): Promise<string | null | undefined> {
  return (await new FileConversationStore({ files: to }).getMetadata(id)).title;
}

async function settings(): Promise<object> {
  const keys = new KeyRing({ files: to, wrapper: new Passphrase(env.OH_SECRET_KEY) });
  const { language, llm_model, llm_base_url, llm_api_key } = (await new FileSettingsStore({ files: to, sealer: keys }).load()) ?? {};
  return { language, llm_model, llm_base_url, key: llm_api_key?.expose() };
}

test('its conversations and its model are imported, and none of its keys gets into an event', async () => {
  const counts = { conversations: { new: 1, damaged: 0 }, events: { new: 3, damaged: 0 }, settings: { new: 1, present: 0 } };
  expect(await importInto()).toMatchObject({ exitCode: 0, failed: 0, ...counts });
  expect(await settings()).toMatchObject({ llm_model: 'openai/gpt', llm_base_url: 'http://h/v1', key: modelKey });
  expect(JSON.stringify(await treeOf(to))).not.toContain('canary');
  expect(await importInto()).toMatchObject({
    exitCode: 0,
    conversations: { present: 1 },
    events: { present: 3 },
    settings: { present: 1 },
  });
});

test('a conversation has the first prompt as its title, as the SDK shortens it, without a secret', async () => {
  await importInto();
  expect(await title()).toBe('Please look at the folder and tell me what is t...');
  expect(Array.from((await title()) ?? '')).toHaveLength(50);
  to = new MemoryFileStore();
  const content = [
    { type: 'image', image_urls: [] },
    { type: 'text', text: ` my key is ${modelKey} ` },
  ];
  await writeEvents([{ source: 'user', llm_message: { role: 'user', content } }]);
  await importInto();
  expect(await title()).toBe('my key is <secret_hidden>');
});

test('a conversation without an event began when its state was written', async () => {
  await from.delete(`${folder}/events`);
  await importInto();
  const { created_at } = await new FileConversationStore({ files: to }).getMetadata(id);
  const { modifiedAt } = await from.stat(`${folder}/base_state.json`);
  expect(new Date(created_at)).toEqual(modifiedAt);
});

test.each([
  ['profiles/fast.json', JSON.stringify({ model: 'openai/gpt', api_key: 'profile-canary-0123456789' }), 'profile-canary-0123456789'],
  ['cloud/api_key.txt', 'cloud-canary-0123456789\n', 'cloud-canary-0123456789'],
])('the key in %s gets into no event either, also where nothing else has keys', async (path, text, key) => {
  await from.delete('agent_settings.json');
  await from.delete('mcp.json');
  await from.write(path, text);
  await writeEvents([{ source: 'environment', observation: { content: [{ type: 'text', text: `it is ${key}.` }] } }]);
  expect(await importInto()).toMatchObject({ exitCode: 0, conversations: { new: 1 } });
  expect(JSON.stringify(await treeOf(to))).not.toContain(key);
});

test('no conversation is imported where the saved models cannot be listed, whose keys would be in its events', async () => {
  const files = interceptFileStore(from, async (operation, path) => {
    if (operation === 'list' && path === 'profiles') {
      throw new FileStoreError('permission-denied', 'not for you', { path: 'profiles' });
    }
  });
  const argv = ['import', 'openhands', 'other:', '--to', 'test:', '--apply'];
  const { exitCode, stderr } = await runCaptured(argv, { env, schemes: { other: otherSchemeOf(files), test: schemeOf(to) } });
  expect({ exitCode, stderr }).toEqual({
    exitCode: 1,
    stderr: expect.stringContaining('what is secret in "profiles" could not all be read'),
  });
  expect(await to.exists('conversations')).toBe(false);
});

test('the settings of a server stand before those of the command line, whose keys are kept out of events all the same', async () => {
  await from.write('settings.json', '{"language":"de"}');
  expect(await importInto()).toMatchObject({ exitCode: 0, settings: { new: 1 } });
  expect(await settings()).toMatchObject({ language: 'de', key: undefined });
  expect(JSON.stringify(await treeOf(to))).not.toContain('canary');
});

test.each(['agent_settings.json', 'mcp.json'])(
  'no conversation is imported where %s cannot be read, whose keys would be in its events',
  async (path) => {
    await from.write(path, `{"api_key":"${modelKey}`);
    const { exitCode, stderr } = await run('import', 'openhands', 'other:', '--to', 'test:', '--apply');
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`"${path}" cannot be read: it is no JSON object`);
    expect(stderr).not.toContain('canary');
    expect(await to.exists('conversations')).toBe(false);
  },
);

test('settings without a conversation are a folder of OpenHands too', async () => {
  await from.delete('conversations');
  await from.delete('mcp.json');
  expect(await importInto()).toMatchObject({ exitCode: 0, settings: { new: 1 } });
});

test('nobody is told that there are no conversations, or to delete what has no record', async () => {
  const listed = await run('conversations', 'list', '--store', 'other:');
  expect(listed).toMatchObject({ exitCode: 0, stdout: '' });
  expect(listed.stderr).toContain('oh-storage import openhands');
  const { stdout } = await run('doctor', '--store', 'other:');
  expect(stdout).toContain("1 conversation of OpenHands' agent server or command line");
  expect(stdout).not.toContain('delete');
  expect((await run('conversations', 'list', '--store', 'test:')).stderr).toBe('oh-storage: [note] no conversations\n');
});

test('a key of a saved model that the agent server has encrypted is kept out of events, and no conversation is imported where it does not open', async () => {
  const key = 'profile-canary-0123456789';
  const write = async (passphrase: string): Promise<unknown> =>
    await from.write('profiles/mine.json', JSON.stringify({ api_key: Fernet.fromPassphrase(passphrase).encrypt(key) }));
  await writeEvents([{ source: 'environment', observation: { content: [{ type: 'text', text: key }] } }]);
  await write(env.OH_SECRET_KEY);
  expect(await importInto()).toMatchObject({ exitCode: 0, conversations: { new: 1 } });
  expect(JSON.stringify(await treeOf(to))).not.toContain('canary');
  to = new MemoryFileStore();
  await write('another');
  const { exitCode, stderr } = await run('import', 'openhands', 'other:', '--to', 'test:', '--apply');
  expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: expect.stringContaining('a key in "profiles/mine.json" does not open') });
  expect(await to.exists('conversations')).toBe(false);
});
