import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { useUserHome } from './user-home.ts';

const user = useUserHome('settings');
const { run: settings } = user;

async function stored(): Promise<Readonly<Record<string, unknown>>> {
  return JSON.parse(await readFile(join(user.home, 'data/settings.json'), 'utf8'));
}

test('a setting is stored, shown and taken back', async () => {
  expect(await settings(['get'])).toMatchObject({ exitCode: 0, stdout: '', stderr: expect.stringContaining('no settings') });
  expect(await settings(['set', 'llm_model', 'openai/gpt-5'])).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
  await settings(['set', 'max_iterations', '250']);
  await settings(['set', 'confirmation_mode', 'true']);
  expect(await stored()).toMatchObject({ llm_model: 'openai/gpt-5', max_iterations: 250, confirmation_mode: true });
  expect((await settings(['get', 'llm_model'])).stdout).toBe('openai/gpt-5\n');
  expect((await settings(['get', 'max_iterations', '--json'])).stdout).toBe('250\n');
  expect((await settings(['get'])).stdout).toMatch(/^max_iterations +250$/m);
  expect(JSON.parse((await settings(['get', '--json'])).stdout)).toMatchObject({ llm_model: 'openai/gpt-5', max_iterations: 250 });
  expect(await settings(['set', 'llm_model', '--unset'])).toMatchObject({ exitCode: 0 });
  expect((await settings(['get', 'llm_model'])).stdout).toBe('-\n');
});

test('a key comes from stdin or the prompt, is sealed, and shown as a mask, which changes nothing', async () => {
  const refused = await settings(['set', 'llm_api_key', 'sk-canary']);
  expect(refused).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('give it on stdin or at the prompt') });
  expect(refused.stderr).not.toContain('sk-canary');
  await settings(['set', 'llm_api_key'], { stdin: 'sk-canary\n' });
  expect(JSON.stringify(await stored())).not.toContain('sk-canary');
  const sealed = (await stored())['llm_api_key'];
  expect((await settings(['get', 'llm_api_key'])).stdout).toBe('**********\n');
  expect((await settings(['get', '--json'])).stdout).toContain('"llm_api_key":"**********"');
  expect(await settings(['set', 'llm_api_key'], { stdin: '**********' })).toMatchObject({ exitCode: 0 });
  expect((await stored())['llm_api_key']).toEqual(sealed);
  expect(await settings(['set', 'llm_api_key'], { ask: async () => 'sk-typed' })).toMatchObject({ exitCode: 0 });
  expect((await stored())['llm_api_key']).not.toEqual(sealed);
});

test('MCP servers are JSON from stdin, whose errors repeat nothing of it', async () => {
  const mcp = { sse_servers: [{ url: 'https://mcp.example.com', api_key: 'mcp-canary' }] };
  expect(await settings(['set', 'mcp_config'], { stdin: JSON.stringify(mcp) })).toMatchObject({ exitCode: 0, stderr: '' });
  expect((await settings(['get', 'mcp_config'])).stdout).toContain('https://mcp.example.com');
  for (const argv of [['get'], ['get', 'mcp_config', '--json'], ['explain', 'mcp_config'], ['set', 'llm_model', 'x', '--json']]) {
    expect((await settings(argv)).stdout).not.toContain('mcp-canary');
  }
  const { exitCode, stderr } = await settings(['set', 'mcp_config'], { stdin: '{"api_key": "mcp-canary"' });
  expect({ exitCode, stderr }).toEqual({
    exitCode: 2,
    stderr: 'oh-storage: [usage] the value of mcp_config is JSON, and what was given is not\n',
  });
});

test.each([
  [['get', 'llm_modle'], 2, 'did you mean "llm_model"?'],
  [['set', 'llm_modle', 'x'], 2, 'did you mean "llm_model"?'],
  [['set', 'LLM_MODEL', 'x'], 2, 'did you mean "llm_model"?'],
  [['set', 'llm_modle', '--unset'], 2, 'did you mean "llm_model"?'],
  [['explain', 'colour'], 2, 'known are language, agent'],
  [['set', 'llm_model'], 2, '--unset'],
  [['set', 'llm_model', 'x', '--unset'], 2, 'no value is given'],
  [['set', 'max_iterations', 'many'], 1, '[invalid-argument]'],
])('what cannot be right is refused: %j', async (argv, exitCode, message) => {
  const result = await settings(argv);
  expect(result).toMatchObject({ exitCode, stdout: '', stderr: expect.stringContaining(message) });
});

test('passwords in URLs are masked wherever a setting is shown, and the mask is not stored in their place', async () => {
  const url = 'https://me:p@ss-canary@llm.example.com:8443/v1';
  const shown = 'https://me:**********@llm.example.com:8443/v1';
  await settings(['set', 'llm_base_url', url]);
  const mcp = { sse_servers: [{ url: 'http://:canary@mcp.example.com/sse', api_key: 'k' }] };
  await settings(['set', 'mcp_config'], { stdin: JSON.stringify(mcp) });
  expect((await settings(['get', 'llm_base_url'])).stdout).toBe(`${shown}\n`);
  for (const argv of [['get'], ['explain'], ['get', 'mcp_config'], ['set', 'llm_base_url', url]]) {
    for (const json of [[], ['--json']]) {
      const { exitCode, stdout, stderr } = await settings([...argv, ...json], { env: { ...user.env, LLM_BASE_URL: url } });
      expect(exitCode).toBe(0);
      expect(`${stdout}${stderr}`).not.toContain('canary');
      expect(`${stdout}${stderr}`).toContain(':**********@');
    }
  }
  const sealed = await stored();
  expect(JSON.stringify(sealed)).not.toContain('canary');
  const masked = (await settings(['get', 'mcp_config'])).stdout;
  for (const [argv, stdin] of [[['llm_base_url', shown], ''] as const, [['mcp_config'], masked] as const]) {
    expect(await settings(['set', ...argv], { stdin })).toMatchObject({ exitCode: 0, stderr: '' });
  }
  const elsewhere = await settings(['set', 'llm_base_url', shown.replace('example', 'elsewhere')]);
  expect(elsewhere).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('[invalid-argument]') });
  expect(await stored()).toEqual(sealed);
  for (const harmless of ['https://llm.example.com:8443/v1?to=a@b', 'http://me@llm.example.com/', 'http://[::1]:80/@x']) {
    await settings(['set', 'llm_base_url', harmless]);
    expect((await settings(['get', 'llm_base_url'])).stdout).toBe(`${harmless}\n`);
  }
});

test('what comes from outside counts more, and it is told where from', async () => {
  const rest = { HOME: user.home, OH_SECRET_KEY: 'a passphrase for tests', LLM_MODEL: 'from-variable' };
  await writeFile(join(user.home, 'config.toml'), '[core]\nfile_store_path = "data"\nmax_iterations = 7\n');
  const result = await settings(['set', 'llm_model', 'mine'], { env: rest });
  expect(result.stderr).toBe('oh-storage: [note] llm_model is from-variable all the same: LLM_MODEL counts more than what is stored\n');
  expect(await stored()).toMatchObject({ llm_model: 'mine' });
  expect((await settings(['set', 'llm_model', 'from-variable'], { env: rest })).exitCode).toBe(0);
  expect(await stored()).toMatchObject({ llm_model: 'from-variable' });
  const { stdout } = await settings(['explain'], { env: rest });
  expect(stdout).toMatch(
    /^llm_model +environment +LLM_MODEL +from-variable\n +stored +settings\.json +\(hidden by the above\)\n +default +- /m,
  );
  expect(stdout).toMatch(new RegExp(`^max_iterations +config +\\S.*${user.home}/config.toml +7$`, 'm'));
  const explained = JSON.parse((await settings(['explain', 'llm_model', '--json'], { env: rest })).stdout);
  expect(explained).toMatchObject({
    field: 'llm_model',
    value: 'from-variable',
    origins: [{ layer: 'environment', source: 'LLM_MODEL' }, {}, {}],
  });
});

test('settings that cannot be read are an error, and nothing is written over them', async () => {
  await writeFile(join(user.home, 'data/settings.json'), '{"llm_api_key": "sk-canary"');
  for (const argv of [['get'], ['get', 'language'], ['explain', 'language'], ['set', 'language', 'de']]) {
    const { exitCode, stdout, stderr } = await settings([...argv, '--debug']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toContain('[corrupt]');
    expect(stderr).not.toContain('sk-canary');
  }
  expect(await readFile(join(user.home, 'data/settings.json'), 'utf8')).toBe('{"llm_api_key": "sk-canary"');
});
