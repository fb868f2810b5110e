import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FileConversationStore } from '@oh/conversation-store';
import { FileEventStore } from '@oh/event-store';
import { type FileStore, FileStoreError, MemoryFileStore } from '@oh/file-store-core';
import { interceptFileStore } from '@oh/file-store-core/testing';
import { Fernet, FileSecretsStore, KeyRing, Passphrase } from '@oh/secrets-store';
import { FileSettingsStore } from '@oh/settings-store';
import { agentServerHome, openHandsHome, readExpectedEvents, readExpectedHome } from '@oh-tools/fixtures';
import { expect, test } from 'vitest';
import { type CapturedRun, runCaptured } from './run-captured.ts';
import { schemeOf } from './scheme-of.ts';
import { temporaryDirectory } from './temporary-directory.ts';
import { treeOf } from './transfer/tree.ts';

const env = { OH_SECRET_KEY: 'correct horse battery staple' };

/** Imports into a store in memory. */
async function importInto(to: FileStore, from: string, ...argv: readonly string[]): Promise<CapturedRun & { readonly report: Report }> {
  const run = await runCaptured(['import', 'openhands', from, '--to', 'test:', '--json', '--quiet', ...argv], {
    env,
    schemes: { test: schemeOf(to) },
  });
  return { ...run, report: JSON.parse(run.stdout) as Report };
}

interface Counts {
  readonly new: number;
  readonly present: number;
  readonly damaged: number;
}

type Report = Readonly<Record<'conversations' | 'events' | 'settings' | 'secrets', Counts>> & { readonly failed: number };

function keysOf(files: FileStore): KeyRing {
  return new KeyRing({ files, wrapper: new Passphrase(env.OH_SECRET_KEY) });
}

test('a dry run tells what would be imported and what is damaged, which makes the exit code 1, and writes nothing', async () => {
  const to = new MemoryFileStore();
  const { exitCode, report, stderr } = await importInto(to, `local:${openHandsHome}`);
  const { conversations, unreadable } = readExpectedHome();
  expect(exitCode).toBe(1);
  expect(stderr).toContain('of them could not be read, and are named above');
  expect(report.conversations).toEqual({ new: conversations.length, present: 0, damaged: unreadable.length });
  expect(report.settings).toEqual({ new: 1, present: 0, damaged: 0 });
  expect(report.secrets.new).toBeGreaterThanOrEqual(4);
  for (const id of unreadable) {
    expect(stderr).toContain(id);
  }
  expect(await to.list()).toEqual([]);
});

test('a folder of the server is imported whole: conversations, every event under its number, settings and secrets, encrypted', async () => {
  const to = new MemoryFileStore();
  const dry = (await importInto(to, `local:${openHandsHome}`)).report;
  const { exitCode, report } = await importInto(to, `local:${openHandsHome}`, '--apply');
  expect(exitCode).toBe(1);
  expect(report).toEqual({ ...dry, dryRun: false });
  for (const { conversation_id, user_id, title } of readExpectedHome().conversations) {
    const conversations = new FileConversationStore({ files: to, userId: user_id ?? undefined });
    expect(await conversations.getMetadata(conversation_id)).toMatchObject({ conversation_id, user_id, title });
    await conversations.close();
  }
  for (const [conversationId, expected] of Object.entries(readExpectedEvents())) {
    const events = new FileEventStore({ files: to, conversationId, userId: expected.user_id ?? undefined });
    const ids: number[] = [];
    const standIns: number[] = [];
    for await (const event of events.search()) {
      ids.push(event.id);
      if (event['message'] === 'This event could not be read when the conversation was imported.') {
        standIns.push(event.id);
      }
    }
    expect(ids).toEqual(Array.from({ length: expected.next_id }, (_, id) => id));
    expect(standIns).toEqual([...expected.damaged_ids, ...expected.missing_ids].sort((a, b) => a - b));
    await events.close();
  }
  const secrets = await new FileSecretsStore({ files: to, keys: keysOf(to) }).load();
  expect(secrets?.customSecrets['DEPLOY_KEY']?.secret.expose()).toBe('s3cr3t-deploy-key');
  expect(secrets?.providerTokens['github']?.token.expose()).toBe('ghp_test_token_value');
  const settings = await new FileSettingsStore({ files: to, sealer: keysOf(to) }).load();
  expect(settings?.llm_api_key?.expose()).toBe('sk-test-abcdef0123456789');
  const written = JSON.stringify(await treeOf(to));
  for (const canary of ['s3cr3t-deploy-key', 'ghp_test_token_value', 'sk-test-abcdef0123456789', env.OH_SECRET_KEY]) {
    expect({ canary, isThere: written.includes(canary) }).toEqual({ canary, isThere: false });
  }
});

test('repeated, it adds nothing; a newer record and a changed secret at the target stay', async () => {
  const to = new MemoryFileStore();
  const first = (await importInto(to, `local:${openHandsHome}`, '--apply')).report;
  const before = await treeOf(to);
  const again = await importInto(to, `local:${openHandsHome}`, '--apply');
  expect(again.report.conversations).toMatchObject({ new: 0, present: first.conversations.new });
  expect(again.report.events).toMatchObject({ new: 0, present: first.events.new });
  expect(again.report.settings).toMatchObject({ new: 0, present: 1 });
  expect(again.report.secrets).toMatchObject({ new: 0, present: first.secrets.new });
  expect(await treeOf(to)).toEqual(before);
  await new FileSecretsStore({ files: to, keys: keysOf(to) }).setSecret('DEPLOY_KEY', 'newer');
  const differing = await importInto(to, `local:${openHandsHome}`, '--apply');
  expect(differing).toMatchObject({ exitCode: 1, report: { failed: 1, secrets: { new: 0 } } });
  expect(differing.stderr).toContain('[already-exists] could not import the secret "DEPLOY_KEY"');
  expect(differing.stderr).not.toContain('s3cr3t-deploy-key');
  expect((await new FileSecretsStore({ files: to, keys: keysOf(to) }).getSecret('DEPLOY_KEY')).expose()).toBe('newer');
});

test('a conversation that was deleted at the target stays so, and it is said how to bring it back', async () => {
  const to = new MemoryFileStore();
  const id = '6b4cb2424a23d5962217beaddbc496cb';
  await importInto(to, `local:${openHandsHome}`, '--apply');
  await new FileConversationStore({ files: to }).deleteMetadata(id);
  for (const options of [[], ['--apply']]) {
    const { exitCode, report, stderr } = await importInto(to, `local:${openHandsHome}`, ...options);
    expect({ exitCode, failed: report.failed, added: report.conversations.new }).toEqual({ exitCode: 1, failed: 1, added: 0 });
    expect(stderr).toContain(
      `could not import the conversation "${id}": it was deleted at the target, and stays so; "conversations export"`,
    );
  }
  expect(await new FileConversationStore({ files: to }).exists(id)).toBe(false);
});

test('what cannot be read at the target is no damage of the source: it is named, stays, and the exit code is 1', async () => {
  const to = new MemoryFileStore();
  const { report: first } = await importInto(to, `local:${openHandsHome}`, '--apply');
  const paths = ['conversations/6b4cb2424a23d5962217beaddbc496cb/metadata.json', 'settings.json', 'secrets/secrets.json'];
  for (const path of paths) {
    await to.write(path, '{');
  }
  const { exitCode, report, stderr } = await importInto(to, `local:${openHandsHome}`, '--apply');
  expect({ exitCode, failed: report.failed }).toEqual({ exitCode: 1, failed: 3 });
  expect(report.conversations).toEqual({ new: 0, present: first.conversations.new - 1, damaged: first.conversations.damaged });
  expect(stderr.match(/\[already-exists\] could not import [^\n]* stays as it is/g)).toHaveLength(3);
  for (const path of paths) {
    expect(await to.read(path)).toBe('{');
  }
});

test('what the target does not take is named, and the import ends with the error of that', async () => {
  const id = '6b4cb2424a23d5962217beaddbc496cb';
  const to = interceptFileStore(new MemoryFileStore(), (operation, path) => {
    if (operation === 'write' && `${path}`.startsWith(`conversations/${id}`)) {
      throw new FileStoreError('permission-denied', `cannot write "${path}"`, { path: `${path}` });
    }
  });
  const { exitCode, stderr, report } = await importInto(to, `local:${openHandsHome}`, '--apply');
  expect({ exitCode, failed: report.failed }).toEqual({ exitCode: 1, failed: 1 });
  expect(stderr).toContain('[permission-denied] could not import');
  expect(stderr).toContain('[permission-denied] 1 of them could not be imported');
});

test('a folder of the agent server is imported, without the event that cannot be read', async () => {
  const from = new MemoryFileStore();
  const directory = 'conversations/5f2c5f2c5f2c5f2c5f2c5f2c5f2c5f2c';
  await from.write(`${directory}/meta.json`, '{"title":"Fix it","created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-02T00:00:00Z"}');
  await from.write(`${directory}/base_state.json`, '{"id":"5f2c","agent":{"llm":{"model":"some/model","api_key":"**********"}}}');
  await from.write(`${directory}/events/event-00000-aaaaaaaa.json`, '{"id":"a","kind":"MessageEvent","source":"user"}');
  await from.write(`${directory}/events/event-00001-bbbbbbbb.json`, '{"id":"b","ki');
  await from.write(
    `${directory}/events/event-00002-cccccccc.json`,
    '{"id":"c","kind":"ActionEvent","source":"agent","x":"mcp-canary-of-a-server"}',
  );
  await from.write('secrets.json', '{"custom_secrets":{"TOKEN":{"name":"TOKEN","secret":"plain-canary","description":"d"}}}');
  await from.write(
    'settings.json',
    '{"schema_version":2,"agent_settings":{"llm":{"api_key":"agent-canary","model":"some/model"},"mcp_config":{"x":{"headers":{"X-Key":"mcp-canary-of-a-server"}}}},"conversation_settings":{"max_iterations":77}}',
  );
  const to = new MemoryFileStore();
  const other = schemeOf(from);
  const schemes = {
    test: schemeOf(to),
    other: {
      ...other,
      resolve: async (rest: string, context: never) => ({ ...(await other.resolve(rest, context)), storeKey: 'other:', address: 'other:' }),
    },
  };
  const argv = ['import', 'openhands', 'other:', '--to', 'test:', '--apply', '--json'];
  const { exitCode, stdout, stderr } = await runCaptured(argv, { env, schemes });
  expect({ exitCode, report: JSON.parse(stdout) as unknown }).toMatchObject({
    exitCode: 1,
    report: {
      form: 'agent-server',
      conversations: { new: 1, present: 0, damaged: 0 },
      events: { new: 2, present: 0, damaged: 1 },
      secrets: { new: 1, present: 0, damaged: 0 },
      settings: { new: 1, present: 0, damaged: 0 },
    },
  });
  expect(await new FileSettingsStore({ files: to, sealer: keysOf(to) }).load()).toMatchObject({
    llm_model: 'some/model',
    max_iterations: 77,
  });
  expect(JSON.stringify(await treeOf(to))).not.toContain('agent-canary');
  expect(stderr).toContain('event-00001-bbbbbbbb.json');
  const conversationId = directory.slice('conversations/'.length);
  const conversations = new FileConversationStore({ files: to });
  expect(await conversations.getMetadata(conversationId)).toMatchObject({
    title: 'Fix it',
    llm_model: 'some/model',
    conversation_version: 'V1',
  });
  expect(JSON.stringify(await treeOf(to))).not.toMatch(/plain-canary|mcp-canary/);
  expect((await new FileSettingsStore({ files: to, sealer: keysOf(to) }).load())?.llm_api_key?.expose()).toBe('agent-canary');
  expect(await runCaptured(argv, { env, schemes })).toMatchObject({ exitCode: 1 });
});

test('a folder that the agent server 1.58 wrote is imported, also what it encrypted before its key was changed', async () => {
  const to = new MemoryFileStore();
  const passphrase = 'new-passphrase';
  const argv = ['import', 'openhands', `local:${agentServerHome}`, '--to', 'test:', '--apply', '--json'];
  const run = (variables: object): Promise<CapturedRun> =>
    runCaptured(argv, { env: { OH_SECRET_KEY: passphrase, ...variables }, schemes: { test: schemeOf(to) } });
  const { exitCode, stderr } = await run({});
  expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: expect.stringContaining('a key in "settings.json" does not open') });
  expect(await to.exists('conversations')).toBe(false);
  const { stdout } = await run({ OH_PREVIOUS_SECRET_KEYS: '["old-passphrase"]' });
  expect(JSON.parse(stdout)).toMatchObject({
    form: 'agent-server',
    conversations: { new: 1, damaged: 0 },
    events: { new: 3, damaged: 0 },
    settings: { new: 1 },
    secrets: { present: 2 },
    failed: 0,
  });
  const keys = new KeyRing({ files: to, wrapper: new Passphrase(passphrase) });
  const settings = await new FileSettingsStore({ files: to, sealer: keys }).load();
  expect(settings?.llm_api_key?.expose()).toBe('sk-llm-0123456789abcdef');
  expect((await new FileSecretsStore({ files: to, keys }).getSecret('GITHUB_TOKEN')).expose()).toBe('ghp_0123456789abcdefghij');
  expect(JSON.stringify(await treeOf(to))).not.toMatch(/ghp_0123456789abcdefghij|sk-llm-0123456789abcdef/);
});

test('settings are read as what they are, beside conversations of whichever server', async () => {
  const from = await temporaryDirectory();
  const key = 'sk-canary-of-the-server';
  const conversation = 'conversations/12345678123456781234567812345678';
  await cp(join(agentServerHome, conversation), join(from, conversation), { recursive: true });
  await writeFile(join(from, conversation, 'events/event-00003-d.json'), `{"id":"d","kind":"MessageEvent","source":"user","x":"${key}"}`);
  await writeFile(join(from, 'settings.json'), JSON.stringify({ language: 'de', llm_api_key: key }));
  const to = new MemoryFileStore();
  const { exitCode, report } = await importInto(to, `local:${from}`, '--apply');
  expect({ exitCode, report }).toMatchObject({ exitCode: 0, report: { events: { new: 4 }, settings: { new: 1 } } });
  const settings = await new FileSettingsStore({ files: to, sealer: keysOf(to) }).load();
  expect([settings?.language, settings?.llm_api_key?.expose()]).toEqual(['de', key]);
  expect(JSON.stringify(await treeOf(to))).not.toContain('canary');
});

test('conversations of both servers in one folder are imported', async () => {
  const from = await temporaryDirectory();
  await cp(openHandsHome, from, { recursive: true });
  const conversation = '12345678123456781234567812345678';
  await cp(join(agentServerHome, 'conversations'), join(from, 'conversations'), { recursive: true });
  const to = new MemoryFileStore();
  const { report } = await importInto(to, `local:${from}`, '--apply');
  expect(report.conversations.new).toBe(readExpectedHome().conversations.length + 1);
  expect((await new FileEventStore({ files: to, conversationId: conversation }).latest())?.id).toBe(2);
});

test('nothing is imported into a folder of OpenHands 1.x, whose settings would be taken for those of these packages', async () => {
  const cwd = await temporaryDirectory();
  await mkdir(join(cwd, 'of-1.x'));
  await writeFile(join(cwd, 'of-1.x/openhands.db'), '');
  const { stderr } = await runCaptured(['import', 'openhands', `local:${agentServerHome}`, '--to', 'local:of-1.x', '--apply'], { cwd });
  expect(stderr).toContain('[invalid-argument] "local:of-1.x" is a folder of OpenHands itself');
});

test.each([
  ['2025-03-04T05:06:07.123456', new Date(2025, 2, 4, 5, 6, 7, 123).toISOString()],
  ['2025-03-04T05:06:07Z', '2025-03-04T05:06:07.000Z'],
])('a conversation of the SDK, which keeps no record of its own, began with its first event, at %s', async (timestamp, instant) => {
  const from = new MemoryFileStore();
  const id = 'c'.repeat(32);
  await from.write(`conversations/${id}/base_state.json`, '{"agent":{"llm":{"model":"some/model"}}}');
  await from.write(`conversations/${id}/events/event-00000-aaaaaaaa.json`, '{"id":');
  await from.write(`conversations/${id}/events/event-00001-bbbbbbbb.json`, JSON.stringify({ id: 'b', kind: 'MessageEvent', timestamp }));
  await from.write(
    `conversations/${id}/events/event-00002-cccccccc.json`,
    JSON.stringify({ id: 'c', kind: 'PauseEvent', timestamp: '2026' }),
  );
  const to = new MemoryFileStore();
  const source = schemeOf(from);
  const other = {
    ...source,
    resolve: async (rest: string, context: never) => ({ ...(await source.resolve(rest, context)), storeKey: 'other:', address: 'other:' }),
  };
  const argv = ['import', 'openhands', 'other:', '--to', 'test:', '--apply'];
  expect(await runCaptured(argv, { env, schemes: { test: schemeOf(to), other } })).toMatchObject({ exitCode: 1 });
  const { created_at } = await new FileConversationStore({ files: to }).getMetadata(id);
  expect(new Date(created_at).toISOString()).toBe(instant);
});

const modelKey = 'sk-canary-0123456789abcdef';

/** A folder of the server with one conversation, whose events hold a secret and the key of the model. */
async function folderOfServer(files: Readonly<Record<string, string>>): Promise<FileStore> {
  const from = new MemoryFileStore();
  const id = 'b'.repeat(32);
  const record = { conversation_id: id, selected_repository: null, created_at: '2026-01-01T00:00:00Z' };
  await from.write(`sessions/${id}/metadata.json`, JSON.stringify(record));
  await from.write(`sessions/${id}/events/0.json`, JSON.stringify({ id: 0, source: 'user', message: `value-canary ${modelKey} ollama` }));
  for (const [path, text] of Object.entries(files)) {
    await from.write(path, text);
  }
  return from;
}

async function importFolder(from: FileStore, to: FileStore, ...argv: readonly string[]): Promise<CapturedRun> {
  const other = schemeOf(from);
  const resolve: typeof other.resolve = async (...rest) => ({ ...(await other.resolve(...rest)), storeKey: 'other:', address: 'other:' });
  const schemes = { test: schemeOf(to), other: { ...other, resolve } };
  return await runCaptured(['import', 'openhands', 'other:', '--to', 'test:', ...argv], { env, schemes });
}

const goodSecrets = '{"custom_secrets":{"TOKEN":{"secret":"value-canary","description":"d"}}}';

test('secrets, and keys in settings, are masked in events', async () => {
  const from = await folderOfServer({
    'secrets.json': goodSecrets,
    'settings.json': JSON.stringify({ llm_api_key: modelKey, search_api_key: 'ollama' }),
  });
  const to = new MemoryFileStore();
  expect(await importFolder(from, to, '--apply')).toMatchObject({ exitCode: 0 });
  const events = new FileEventStore({ files: to, conversationId: 'b'.repeat(32) });
  expect(await events.get(0)).toMatchObject({ message: '<secret_hidden> <secret_hidden> ollama' });
  await events.close();
});

test('a dry run writes nothing at the target, not even for a moment', async () => {
  const from = await folderOfServer({ 'secrets.json': goodSecrets });
  const to = interceptFileStore(new MemoryFileStore(), (operation) => expect(['write', 'delete']).not.toContain(operation));
  expect(await importFolder(from, to)).toMatchObject({ exitCode: 0 });
});

test('passwords in URLs of settings are masked in events', async () => {
  const long = 'p%40ssword-canary-0123456789';
  const from = await folderOfServer({
    'settings.json': JSON.stringify({
      llm_base_url: 'https://me:hunter2@llm.example.test/v1',
      mcp_config: { sse_servers: [{ url: `https://:${long}@mcp.example.test` }, { url: 'https://x:**********@y.example.test' }] },
    }),
  });
  const events = `sessions/${'b'.repeat(32)}/events`;
  const message = `curl https://me:hunter2@llm.example.test/v2; export PASS=${decodeURIComponent(long)} URL=https://:${long}@h; hunter2 x:**********@`;
  await from.write(`${events}/1.json`, JSON.stringify({ id: 1, source: 'user', message }));
  const to = new MemoryFileStore();
  expect(await importFolder(from, to, '--apply')).toMatchObject({ exitCode: 0 });
  const log = new FileEventStore({ files: to, conversationId: 'b'.repeat(32) });
  expect(await log.get(1)).toMatchObject({
    message:
      'curl https://<secret_hidden>llm.example.test/v2; export PASS=<secret_hidden> URL=https://<secret_hidden>h; hunter2 x:**********@',
  });
  await log.close();
});

test.each([
  ['secrets.json', '{"custom_secrets":{"TOKEN":{"secret":"value-canary'],
  ['secrets.json', `{"custom_secrets":{"TOKEN":{"secret":"${Fernet.fromPassphrase('another').encrypt('value-canary')}"}}}`],
  ['settings.json', `{"llm_api_key":"${modelKey}`],
])('no event is imported when what is to be masked in it cannot be read: %s', async (path, text) => {
  const from = await folderOfServer({ 'secrets.json': goodSecrets, [path]: text });
  const to = new MemoryFileStore();
  for (const apply of [[], ['--apply']]) {
    const { exitCode, stdout, stderr } = await importFolder(from, to, '--json', ...apply);
    expect({ exitCode, report: JSON.parse(stdout) as unknown }).toMatchObject({
      exitCode: 1,
      report: { conversations: { new: 0 }, events: { new: 0 }, files: { new: 0 }, failed: expect.any(Number) },
    });
    expect(stderr).toContain(`[permission-denied] could not import the conversations: what is secret in "${path}" could not all be read`);
    expect(stderr).toContain('import a copy of the folder without that file');
  }
  expect(JSON.stringify(await treeOf(to))).not.toContain('canary');
  const copy = new MemoryFileStore();
  for await (const { path: each } of from.entries('', { recursive: true })) {
    await copy.write(each, await from.read(each));
  }
  await copy.delete(path);
  expect(await importFolder(copy, new MemoryFileStore(), '--apply')).toMatchObject({ exitCode: 0 });
  await from.write(path, path === 'secrets.json' ? goodSecrets : JSON.stringify({ llm_api_key: modelKey }));
  expect(await importFolder(from, to, '--apply')).toMatchObject({ exitCode: 0 });
});

test('what is no folder of OpenHands, is missing, or lies in the target is refused', async () => {
  const cwd = await temporaryDirectory();
  for (const [from, to, text] of [
    ['local:.', 'memory:', 'neither sessions/, v1_conversations/ nor conversations/'],
    ['local:nope', 'memory:', 'no such file or directory'],
    [`local:${openHandsHome}`, `local:${join(openHandsHome, 'new')}`, 'lie in each other'],
  ] as const) {
    const { exitCode, stderr } = await runCaptured(['import', 'openhands', from, '--to', to], { cwd });
    expect({ from, exitCode, stderr }).toEqual({ from, exitCode: 1, stderr: expect.stringContaining(text) });
  }
  expect(await runCaptured(['import', 'openhands', `local:${openHandsHome}`], { cwd, env: { HOME: cwd } })).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('--to URL'),
  });
});

test('nothing is imported into a folder of OpenHands itself: its own conversations would not be found any more', async () => {
  const cwd = await temporaryDirectory();
  await cp(openHandsHome, join(cwd, 'own'), { recursive: true });
  const list = async (): Promise<string> => (await runCaptured(['conversations', 'list', '--store', 'local:own'], { cwd, env })).stdout;
  const before = await list();
  for (const apply of [[], ['--apply']]) {
    expect(await runCaptured(['import', 'openhands', `local:${openHandsHome}`, '--to', 'local:own', ...apply], { cwd, env })).toMatchObject(
      {
        exitCode: 1,
        stdout: '',
        stderr: expect.stringContaining('[invalid-argument] "local:own" is a folder of OpenHands itself'),
      },
    );
  }
  expect(await list()).toBe(before);
});

test('a number that is far off is damage, and no reason for millions of events', async () => {
  const from = new MemoryFileStore();
  const id = 'a'.repeat(32);
  await from.write(
    `sessions/${id}/metadata.json`,
    JSON.stringify({ conversation_id: id, selected_repository: null, created_at: '2026-01-01T00:00:00Z' }),
  );
  await from.write(`sessions/${id}/events/0.json`, '{"id":0,"source":"user"}');
  await from.write(`sessions/${id}/events/99999999.json`, '{"id":99999999,"source":"user"}');
  const to = new MemoryFileStore();
  const other = schemeOf(from);
  const schemes = {
    test: schemeOf(to),
    other: {
      ...other,
      resolve: async (rest: string, context: never) => ({ ...(await other.resolve(rest, context)), storeKey: 'other:', address: 'other:' }),
    },
  };
  const run = await runCaptured(['import', 'openhands', 'other:', '--to', 'test:', '--apply', '--quiet'], { env, schemes });
  expect(run.stderr).toContain('[corrupt] the events 1 to 99999998');
});
