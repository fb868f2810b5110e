import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { Secret } from '@oh/secrets-store';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadStorageConfig } from '../src/index.ts';

describe('loadStorageConfig', () => {
  let directory: string;
  let configPath: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'oh-storage-config-'));
    configPath = join(directory, 'config.toml');
  });

  afterEach(async () => {
    await rm(directory, { recursive: true });
  });

  /** Loads a file with this text. */
  async function load(text: string, env: Readonly<Record<string, string>> = {}): ReturnType<typeof loadStorageConfig> {
    await writeFile(configPath, text);
    return await loadStorageConfig({ configPath, env });
  }

  test('gives nothing where nothing is configured', async () => {
    expect(await loadStorageConfig({ env: {}, cwd: directory })).toEqual({ config_file: undefined });
  });

  test('finds config.toml in the working directory, and a relative path from there', async () => {
    await writeFile(configPath, '[core]\nfile_store = "memory"\n');
    for (const path of [undefined, 'config.toml', configPath]) {
      const config = await loadStorageConfig({ env: {}, cwd: directory, configPath: path });
      expect(config).toMatchObject({ file_store: 'memory', config_file: { path: configPath } });
    }
    const workingDirectory = process.cwd();
    process.chdir(directory);
    try {
      expect(await loadStorageConfig({ env: {} })).toMatchObject({ file_store: 'memory' });
    } finally {
      process.chdir(workingDirectory);
    }
  });

  test('reads the keys of OpenHands, and keeps the text for the settings in it', async () => {
    const text = [
      '[core]',
      'file_store = "s3"',
      'file_store_path = "bucket"',
      'file_store_web_hook_url = "https://example.com/hook"',
      'file_store_web_hook_batch = true',
      'max_iterations = 7',
      '[server]',
      'conversation_store_class = "custom.Conversations"',
    ].join('\n');
    const { config_file, ...config } = await load(text);
    expect(config).toEqual({
      file_store: 's3',
      file_store_path: 'bucket',
      file_store_web_hook_url: 'https://example.com/hook',
      file_store_web_hook_batch: true,
      conversation_store_class: 'custom.Conversations',
    });
    expect(config_file?.path).toBe(configPath);
    expect(typeof config_file?.text === 'object' ? config_file.text.expose() : undefined).toBe(text);
  });

  test.each([
    ['true', true],
    ['1', true],
    ['"True"', true],
    ['false', false],
    ['0', false],
  ])('takes file_store_web_hook_batch = %s for %s', async (text, isBatched) => {
    expect(await load(`[core]\nfile_store_web_hook_batch = ${text}`)).toMatchObject({ file_store_web_hook_batch: isBatched });
  });

  test('takes the environment before the file, and an empty variable for none', async () => {
    const text = '[core]\nfile_store = "local"\nfile_store_path = "/data"\n';
    const config = await load(text, { FILE_STORE: 'memory', FILE_STORE_PATH: '', FILE_STORE_WEB_HOOK_BATCH: '1' });
    expect(config).toMatchObject({ file_store: 'memory', file_store_path: '/data', file_store_web_hook_batch: true });
  });

  test.each([
    ['as a table', '[core.file_store_web_hook_headers]\nAuthorization = "Bearer s3cret"'],
    ['as JSON', `[core]\nfile_store_web_hook_headers = '{"Authorization":"Bearer s3cret"}'`],
  ])('reads headers %s, and shows them to nobody', async (_, text) => {
    const config = await load(text);
    const header = config.file_store_web_hook_headers?.['Authorization'];
    expect(typeof header === 'object' ? header.expose() : header).toBe('Bearer s3cret');
    expect(inspect(config, { depth: 9, showHidden: true })).not.toContain('s3cret');
    expect(JSON.parse(JSON.stringify(config))).toEqual({
      file_store_web_hook_headers: { Authorization: '**********' },
      config_file: { path: configPath, text: '**********' },
    });
  });

  test.each([
    ['[core]\nfile_stor = "s3"', /unknown "file_stor" in \[core\].*did you mean "file_store"\?/],
    ['[core]\nfile_store_webhook_url = "x"', /did you mean "file_store_web_hook_url"\?/],
    ['[server]\nsecret_store_class = "a.B"', /did you mean "secrets_store_class"\?/],
    ['[core]\nfile_store = 3', /file_store in \[core\] of .* is not a text/],
    ['[core]\nfile_store_web_hook_batch = "maybe"', /is not true or false/],
    ['[core]\nfile_store_web_hook_batch = 2', /is not true or false/],
    ['[core]\nfile_store_web_hook_headers = "s3cret"', /is not a table of texts/],
    ['[core]\nfile_store_web_hook_headers = {a = 1}', /is not a table of texts/],
    ['[core\nkey = "s3cret"', /is not TOML: line 1, column \d+$/],
  ])('refuses %j, and says what to do', async (text, message) => {
    const error: unknown = await load(text).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'invalid-argument', message: expect.stringMatching(message) });
    expect(inspect(error)).not.toContain('s3cret');
  });

  test('refuses a misspelt variable, and leaves those of others alone', async () => {
    await expect(load('', { FILE_STORE_TYPE: 's3' })).rejects.toThrow(/unknown "FILE_STORE_TYPE" in the environment.*FILE_STORE_PATH/);
    await expect(load('', { FILE_STORE_WEBHOOK_URL: 'x' })).rejects.toThrow(/did you mean "FILE_STORE_WEB_HOOK_URL"\?/);
    expect(await load('', { FILESTORE: 'x', STORE: 'y' })).toEqual({ config_file: { path: configPath, text: new Secret('') } });
  });

  test('leaves the keys of others alone', async () => {
    expect(await load('[core]\nfile_uploads_max_file_size_mb = 1\nworkspace_base = "w"\n[llm]\nmodel = "m"')).not.toHaveProperty(
      'file_store',
    );
  });

  test.each(['core = 3\n', '[[core]]\nfile_store = "memory"\n', 'server = "x"\n'])(
    'refuses %j: without its section another store would be opened',
    async (text) => {
      const message = expect.stringMatching(/\[(core|server)\] of .*config\.toml is not a table$/);
      await expect(load(text)).rejects.toMatchObject({ code: 'invalid-argument', message });
    },
  );

  test('refuses what is not UTF-8: a path would be another one', async () => {
    await writeFile(configPath, Buffer.from('[core]\nfile_store_path = "/data/caf\u00e9"\n', 'latin1'));
    const message = expect.stringMatching(/config\.toml" is not UTF-8 text/);
    await expect(loadStorageConfig({ configPath, env: {} })).rejects.toMatchObject({ code: 'invalid-argument', message });
  });

  test('needs the file that it is given', async () => {
    await expect(loadStorageConfig({ configPath, env: {} })).rejects.toMatchObject({ code: 'not-found' });
    await expect(loadStorageConfig({ configPath: directory, env: {} })).rejects.toMatchObject({ code: 'unavailable' });
  });

  test('is aborted with the reason of the signal', async () => {
    const reason = new Error('enough');
    await expect(loadStorageConfig({ configPath, env: {}, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});
