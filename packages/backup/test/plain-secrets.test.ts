import { MemoryFileStore } from '@oh/file-store-core';
import { FileSecretsStore, KeyRing, Passphrase } from '@oh/secrets-store';
import { expect, it } from 'vitest';
import { BackupRepository } from '../src/backup-repository.ts';
import { holdsPlainSecret, maySecretsBeIn } from '../src/plain-secrets.ts';
import { readTree, storeOf } from './file-tree.ts';
import { fixedKey } from './fixed-key.ts';

const plain: Readonly<Record<string, string>> = {
  'secrets.json': '{"provider_tokens":{"github":{"token":"ghp_canary","host":null}},"custom_secrets":{}}',
  'users/bob/secrets.json': '{"custom_secrets":{"NAME":{"secret":"canary","description":"for what"}}}',
  'old/secrets.json': '{"NAME":"canary"}',
  'named/secrets.json': '{"host":"canary"}',
  'settings.json': '{"language":"en","llm_api_key":"sk-canary"}',
  'settings.json.v0.bak': '{"search_api_key":"canary"}',
  'users/bob/settings.json': '{"mcp_config":{"stdio_servers":[{"name":"x","env":{"WHATEVER":"canary"}}]}}',
  'torn/settings.json': '{"llm_api_key":"sk-canary',
  '.jwt_secret': 'canary',
  'config.toml': '[llm]\napi_key = "sk-canary"\n',
  'conversations/c1/base_state.json': '{"agent":{"llm":{"api_key":"sk-canary"}}}',
  'conversations/c2/base_state.json': '{"secret_registry":{"secret_sources":{"N":{"kind":"StaticSecret","value":"canary"}}}}',
  'conversations/c3/meta.json': '{"agent":{"acp_env":{"N":"canary"}}}',
  'a/config.toml': '[llm]\naws_secret_access_key = "canary"\n',
  'b/config.toml': 'llm.api_key = "sk-canary"\n',
  'c/config.toml': '[llm]\napi_key = """\nsk-canary"""\n',
  'd1/config.toml': '[mcp]\nsse_servers = [\n  { url = "https://mcp.test/sse", api_key = "canary" }\n]\n',
  'e1/config.toml': '[mcp]\nstdio_servers = [{ name = "x", command = "y", env = { "N" = "canary" } }]\n',
  'f1/config.toml': '[sandbox.runtime_startup_env_vars]\nN = "canary"\n',
  'g/config.toml': '[core]\nfile_store_web_hook_headers = { Authorization = "Bearer canary" }\n',
  'h/config.toml': '[llm\napi_key = "sk-canary"\n',
  'profiles/gpt.json': '{"model":"gpt","api_key":"sk-canary"}',
  'users/bob/agent-profiles/mine.json': '{"llm":{"api_key":"sk-canary"}}',
  'provider-connections/provider_connections.json': '{"github":{"access_token":"canary"}}',
  'agent_settings.json': '{"llm":{"model":"gpt","api_key":"sk-canary"}}',
  'i/config.toml': '[core]\nslack-token = "canary"\n',
  'i/mcp.json': '{"mcpServers":{"x":{"url":"https://mcp.test","authToken":"canary"}}}',
  'j/settings.json': '{"llm_base_url":"https://me:canary@proxy/v1"}',
  'j/config.toml': '[llm]\nbase_url = "http://:canary@proxy"\n',
  'mcp.json': '{"mcpServers":{"x":{"command":"y","env":{"N":"canary"}}}}',
  'k/agent_settings.json': '{"agent_context":{"secrets":{"MY_PAT":"canary"}}}',
  'l/agent_settings.json': '{"agent_context":{"secrets":{"N":{"kind":"StaticSecret","value":"canary","description":null}}}}',
  'm/settings.json': '{"agent_settings":{"mcp_config":{"x":{"url":"https://mcp.test","auth":{"strategy":"bearer","value":"canary"}}}}}',
  '.keys': '[{"id":"k1","key":"canary","active":true,"notes":"generated master key","created_at":"2026-10-25T03:24:56Z"}]',
  'auth/openai_oauth.json': '{"type":"oauth","vendor":"openai","access_token":"canary","refresh_token":"canary","expires_at":1}',
  'workspace/.codex/auth.json': '{"OPENAI_API_KEY":null,"tokens":{"id_token":"canary"},"last_refresh":"2026-10-25T03:24:56Z"}',
  'workspace/openhands_agent_server_config.json': '{"session_api_keys":["canary"]}',
  'o/openhands_agent_server_config.json': '{"previous_secret_keys":["canary"]}',
  'o/settings.json': '{"llm_profiles":{"profiles":{"Default":{"model":"gpt","api_key":"sk-canary"}},"active":"Default"}}',
  'n/secrets.json': '{"kind":"canary","strategy":"none"}',
  'o/secrets.json': '{"custom_secrets":{"format":"canary","NAME":"oh-secrets"}}',
  'p/secrets.json': '{"NAME":"oh-secrets"}',
  'r/secrets.json': '{"custom_secrets":{"format":"canary"}}',
  'cloud/api_key.txt': '1234567890',
  'q/.jwt_secret': '1234567890',
  'q/secrets.json': '{"custom_secrets":{"NAME":{"kind":5,"secret":"canary"}}}',
};
const harmless: Readonly<Record<string, string>> = {
  'k/settings.json': '{"llm_base_url":"https://me:**********@proxy:8080/v1","email":"a@b.c","x":"http://h:80/@y","y":"https://me@proxy/"}',
  'a/settings.json': '{"language":"en","llm_api_key":"**********","search_api_key":null,"sandbox_api_key":""}',
  'b/settings.json': '{"llm_api_key":{"$sealed":"oh1.k1.AAAA"},"max_iterations":5}',
  'c/secrets.json': '{"custom_secrets":{"NAME":{"secret":"gAAAAABnZ3Vlc3M=","description":"for what"}},"provider_tokens":{}}',
  'd/config.toml': '[core]\nfile_store = "local"\napi_key = ""\nmax_input_tokens = 5\n#api_key = "your-key"\n',
  'd/base_state.json': '{"secret_registry":{"secret_sources":{"N":{"kind":"StaticSecret","value":"**********","description":"for"}}}}',
  'd/meta.json': '{"title":"a token of thanks","agent":{"llm":{"api_key":null}}}',
  'profiles/local.json': '{"model":"llama","base_url":"http://localhost"}',
  'd/mcp.json': '{"mcpServers":{"x":{"command":"y","monkey":"z","tokenizer":"w"}}}',
  'e/agent_settings.json':
    '{"agent_context":{"secrets":{"N":"**********","M":{"kind":"LookupSecret","url":"https://h","headers":{}}}},"mcp_config":{"x":{"auth":{"strategy":"none"}}}}',
  'd/agent_settings.json': `{"llm":{"api_key":"SecretStr('**********')","aws_session_token":"<secret_hidden>"}}`,
  'e/.jwt_secret': '',
  'e/cloud/api_key.txt': '',
  'e/.keys': '[{"id":"k1","key":"**********","active":true,"notes":"jwt secret master key"}]',
  'e/openhands_agent_server_config.json': '{"session_api_keys":[],"conversations_path":"workspace/conversations"}',
  'f/settings.json': '',
};

it.each(Object.entries(plain))('knows that %s holds a secret in clear: %s', (path, text) => {
  expect(maySecretsBeIn(path) && holdsPlainSecret(path, Buffer.from(text))).toBe(true);
});

it.each(Object.entries(harmless))('knows that %s holds none: %s', (path, text) => {
  expect(maySecretsBeIn(path)).toBe(true);
  expect(holdsPlainSecret(path, Buffer.from(text))).toBe(false);
});

it('takes the texts of a page where people log in for no secrets', () => {
  expect(maySecretsBeIn('workspace/locales/en/auth.json')).toBe(false);
});

it('keeps secrets in clear out of a repository that is not encrypted, and says so', async () => {
  const source = await storeOf({ ...plain, ...harmless });
  const files = new MemoryFileStore();
  const repository = new BackupRepository({ files });
  const { leftOut } = await repository.create(source);
  const expected = Object.keys(plain).map((path) => ({ path, reason: 'plain-secret' }));
  expect(leftOut).toEqual(expect.arrayContaining(expected));
  expect(leftOut).toHaveLength(expected.length);
  const target = new MemoryFileStore();
  await repository.restore('latest', target);
  expect(Object.keys(await readTree(target)).sort()).toEqual(Object.keys(harmless).sort());
  expect((await repository.list()).snapshots[0]?.leftOut).toEqual(leftOut);
});

it('takes them when asked to, and when it is encrypted', async () => {
  const source = await storeOf(plain);
  for (const options of [{ includePlainSecrets: true }, {}]) {
    const key = options.includePlainSecrets ? undefined : fixedKey();
    const repository = new BackupRepository({ files: new MemoryFileStore(), key });
    expect(await repository.create(source, options)).toMatchObject({ files: Object.keys(plain).length, leftOut: [] });
  }
});

it('leaves them out again after a backup that took them', async () => {
  const source = await storeOf(plain);
  const repository = new BackupRepository({ files: new MemoryFileStore() });
  await repository.create(source, { includePlainSecrets: true });
  expect(await repository.create(source)).toMatchObject({ files: 0 });
});

it('takes what the secrets store keeps, which is encrypted already', async () => {
  const source = new MemoryFileStore();
  const keys = new KeyRing({ files: source, wrapper: new Passphrase('x') });
  await new FileSecretsStore({ files: source, keys }).setSecret('NAME', 'canary');
  const repository = new BackupRepository({ files: new MemoryFileStore() });
  const { leftOut, files } = await repository.create(source);
  expect(leftOut).toEqual([]);
  expect(files).toBe(Object.keys(await readTree(source)).length);
});

it('leaves out a file that is too large to be looked into', async () => {
  const source = await storeOf({ 'settings.json': new Uint8Array(17 * 1024 * 1024) });
  expect((await new BackupRepository({ files: new MemoryFileStore() }).create(source)).leftOut).toEqual([
    { path: 'settings.json', reason: 'plain-secret' },
  ]);
});

it('looks into a text in time that grows as its length does', async () => {
  const source = await storeOf({ 'base_state.json': JSON.stringify({ screenshot: 'ab12'.repeat(100_000), page: 'x'.repeat(400_000) }) });
  expect(await new BackupRepository({ files: new MemoryFileStore() }).create(source)).toMatchObject({ files: 1, leftOut: [] });
});
