import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type FileStore, MemoryFileStore } from '@oh/file-store-core';
import { interceptFileStore } from '@oh/file-store-core/testing';
import { openHandsHome } from '@oh-tools/fixtures';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Fernet } from '../src/fernet.ts';
import { FileSecretsStore, type FileSecretsStoreOptions } from '../src/file-secrets-store.ts';
import { KeyRing } from '../src/key-ring.ts';
import { openHandsPassphrase, openHandsPreviousPassphrases } from '../src/openhands-passphrase.ts';
import { FixedKey } from './fixed-key.ts';
import { rejections } from './rejections.ts';
import { withCode } from './with-code.ts';

const path = 'secrets.json';
const fernetPassphrase = 'test-secret-key';
const fernet = Fernet.fromPassphrase(fernetPassphrase);
const written = readFileSync(join(openHandsHome, path), 'utf8');

let files: FileStore;

beforeEach(() => {
  files = new MemoryFileStore();
  for (const variable of [
    'OH_SECRET_KEY',
    'SESSION_API_KEY',
    'OH_SESSION_API_KEYS_0',
    'OH_PREVIOUS_SECRET_KEYS',
    'OH_PREVIOUS_SECRET_KEYS_0',
  ]) {
    vi.stubEnv(variable, undefined);
  }
});

afterEach(() => {
  vi.unstubAllEnvs();
});

function open(format: FileSecretsStoreOptions['format'], options: Partial<FileSecretsStoreOptions> = {}): FileSecretsStore {
  const keys = new KeyRing({ files, wrapper: new FixedKey() });
  return new FileSecretsStore({ files, keys, format, fernetPassphrase, ...options });
}

/** What OpenHands 0.62 has of a file, by the rules of its model: it drops what it does not take. */
function readAsOpenHands(text: string): { env: Record<string, string>; tokens: Record<string, string> } {
  const { provider_tokens = {}, custom_secrets = {} } = JSON.parse(text) as Record<string, Record<string, Record<string, unknown>>>;
  const providers = new Set(['github', 'gitlab', 'bitbucket', 'azure_devops', 'enterprise_sso']);
  const tokens = Object.entries(provider_tokens).flatMap(([name, entry]) =>
    providers.has(name) && typeof entry['token'] === 'string' && entry['token'] !== '' ? [[name, entry['token']]] : [],
  );
  const env = Object.entries(custom_secrets).flatMap(([name, entry]) =>
    typeof entry['secret'] === 'string' && typeof entry['description'] === 'string' ? [[name, entry['secret']]] : [],
  );
  return { env: Object.fromEntries(env), tokens: Object.fromEntries(tokens) };
}

/** What the agent server has of a file, by the rules of its model: one entry that it does not take and it has none. */
function readAsAgentServer(text: string): Record<string, string | null> {
  const { custom_secrets } = JSON.parse(text) as { custom_secrets: Record<string, { name: string; secret: string | null }> };
  return Object.fromEntries(
    Object.entries(custom_secrets).map(([name, { secret }]) => {
      expect(name).toMatch(/^[a-zA-Z][a-zA-Z0-9_]{0,63}$/);
      const text = secret?.startsWith('gAAAAA') === true ? (fernet.decrypt(secret) ?? null) : secret;
      return [name, text === null || text.trim() === '' || text === '**********' ? null : text];
    }),
  );
}

describe('a file that OpenHands wrote', () => {
  it('is read, and written again byte for byte', async () => {
    await files.write(path, written);
    const store = open('openhands');
    const loaded = await store.load();
    expect({ ...loaded?.getEnvVars() }).toEqual({ DEPLOY_KEY: 's3cr3t-deploy-key', EMPTY: '', MULTI: 'line1\nline2\nü' });
    expect(loaded?.providerTokens['github']?.token.expose()).toBe('ghp_test_token_value');
    await store.setSecret('EXTRA', 'x', '');
    await store.deleteSecret('EXTRA');
    await store.update((current) => current.withCustomSecret('DEPLOY_KEY', 'changed'));
    await store.update((current) => current.withCustomSecret('DEPLOY_KEY', 's3cr3t-deploy-key'));
    expect(await files.read(path)).toBe(written);
  });

  it.each<[string, string, Record<string, string>]>([
    [
      'a description of null, with which OpenHands drops the secret',
      '{"custom_secrets":{"A":{"secret":"a","description":null}}}',
      { A: 'a' },
    ],
    ['no description', '{"custom_secrets":{"A":{"secret":"a"}}}', { A: 'a' }],
    ['a text for an entry', '{"custom_secrets":{"A":"a"}}', { A: 'a' }],
    ['a secret of null', '{"custom_secrets":{"A":{"secret":null,"description":"d"},"B":{"secret":"b"}}}', { B: 'b' }],
    ['a mask for a value', '{"custom_secrets":{"A":{"secret":"**********","description":"d"},"B":{"secret":"b"}}}', { B: 'b' }],
    ['null for secrets', '{"provider_tokens":null,"custom_secrets":null}', {}],
    ['nothing', '{}', {}],
    [
      'tokens that are none',
      '{"provider_tokens":{"github":{"token":""},"gitlab":{"token":null}},"custom_secrets":{"A":{"secret":"a"}}}',
      { A: 'a' },
    ],
  ])('is read with %s', async (_what, text, env) => {
    await files.write(path, text);
    for (const format of ['openhands', 'agent-server', 'encrypted'] as const) {
      const loaded = await open(format).load();
      expect({ ...loaded?.getEnvVars() }).toEqual(env);
      expect(loaded?.providerTokens).toEqual({});
      expect((await open(format).list()).map(({ name }) => name)).toEqual(Object.keys(env));
    }
  });

  it('keeps what is no secret until one takes its place', async () => {
    const nothing = '"A":{"secret":null,"description":"d","extra":1}';
    await files.write(
      path,
      `{"provider_tokens":{"github":{"token":"","host":"h"},"forgejo":{"token":"t"}},"custom_secrets":{${nothing}},"more":[1]}`,
    );
    const store = open('openhands');
    await store.setSecret('B', 'b', 'x');
    expect(await files.read(path)).toContain(nothing);
    await store.setSecret('A', 'a');
    expect(await files.read(path)).toBe(
      '{"provider_tokens":{"github":{"token":"","host":"h"},"forgejo":{"token":"t"}},' +
        '"custom_secrets":{"A":{"secret":"a","description":"d","extra":1},"B":{"secret":"b","description":"x"}},"more":[1]}',
    );
    expect((await store.load())?.providerTokens['forgejo']?.token.expose()).toBe('t');
  });

  it.each(['5', '{"secret":5}', '["hush"]', '{"secret":{"hush":1}}'])(
    'hides no other secret by an entry that is none: %s',
    async (entry) => {
      await files.write(path, `{"custom_secrets":{"BAD":${entry},"GOOD":{"secret":"b"}}}`);
      const store = open('openhands');
      const loaded = await store.load();
      expect({ ...loaded?.getEnvVars() }).toEqual({ GOOD: 'b' });
      expect(loaded?.unreadable).toEqual([{ section: 'custom_secrets', name: 'BAD', error: withCode('corrupt') }]);
      await expect(store.setSecret('BAD', 'new')).rejects.toThrow(withCode('corrupt'));
      await store.setSecret('GOOD', 'c');
      expect(await files.read(path)).toContain(`"BAD":${entry}`);
    },
  );

  it('lists the tokens that are there', async () => {
    await files.write(
      path,
      '{"provider_tokens":{"github":{"token":"t","host":"h","user_id":"7"},"gitlab":{"token":""},"bitbucket":{"token":null}}}',
    );
    expect(await open('openhands').listProviderTokens()).toEqual([{ provider: 'github', host: 'h', user_id: '7' }]);
  });

  it.each(['', '"hush"', '[]', '{"custom_secrets":["hush"]}', '{"provider_tokens":"hush"}', '{"custom_secrets":{"A":"hush'])(
    'is never written over when it is none: %j',
    async (text) => {
      await files.write(path, text);
      const store = open('openhands');
      for (const error of await rejections([store.load(), store.list(), store.setSecret('A', 'x'), open('encrypted').load()])) {
        expect(error).toEqual(withCode('corrupt'));
        expect(String(error)).not.toContain('hush');
      }
      expect(await files.read(path)).toBe(text);
    },
  );
});

describe("the file of OpenHands' server", () => {
  it('is written so that it reads every secret, in plain text, and only when asked for', async () => {
    const store = open('openhands');
    await store.setSecret('A', 'ä\n"');
    await store.update((current) => current.withCustomSecret('B', '', 'b').withProviderToken('github', { token: 'ghp' }));
    const text = await files.read(path);
    expect(readAsOpenHands(text)).toEqual({ env: { A: 'ä\n"', B: '' }, tokens: { github: 'ghp' } });
    expect(text).toBe(
      '{"provider_tokens":{"github":{"token":"ghp","host":null,"user_id":null}},' +
        '"custom_secrets":{"A":{"secret":"ä\\n\\"","description":""},"B":{"secret":"","description":"b"}}}',
    );
    expect(await files.list()).toEqual([path]);
  });

  it('takes no value that would be read as ciphertext, and no mask', async () => {
    for (const error of await rejections([
      open('openhands').setSecret('A', fernet.encrypt('text')),
      open('openhands').setSecret('A', '**********'),
    ])) {
      expect(error).toEqual(withCode('invalid-argument'));
    }
    expect(await files.list()).toEqual([]);
  });
});

describe("the file of OpenHands' agent server", () => {
  it('is written as it writes it', async () => {
    await open('agent-server').setSecret('A', 'ä', 'für');
    await open('agent-server').setSecret('B', 'b');
    const text = await files.read(path);
    expect(readAsAgentServer(text)).toEqual({ A: 'ä', B: 'b' });
    expect(text.replaceAll(/gAAAAA[\w=-]+/g, 'TOKEN')).toBe(
      [
        '{',
        '  "custom_secrets": {',
        '    "A": {',
        '      "name": "A",',
        '      "secret": "TOKEN",',
        '      "description": "f\\u00fcr"',
        '    },',
        '    "B": {',
        '      "name": "B",',
        '      "secret": "TOKEN",',
        '      "description": null',
        '    }',
        '  }',
        '}',
      ].join('\n'),
    );
  });

  it('keeps a version for each value that was given out', async () => {
    const entry = { name: 'A', secret: fernet.encrypt('a'), description: null };
    const versions = { A: 'v1', B: 'v2' };
    await files.write(path, JSON.stringify({ custom_secrets: { A: entry, B: { ...entry, name: 'B' } }, _credential_versions: versions }));
    const store = open('agent-server');
    await store.setSecret('A', 'new');
    await store.setSecret('C', 'c');
    const { _credential_versions: after } = JSON.parse(await files.read(path)) as { _credential_versions: Record<string, string> };
    expect(after).toEqual({ A: expect.stringMatching(/^[\w-]{32}$/), B: 'v2' });
    await store.deleteSecret('A');
    await store.deleteSecret('B');
    expect(JSON.parse(await files.read(path))).not.toHaveProperty('_credential_versions');
  });

  it('takes no name and no value that would cost it all others', async () => {
    for (const error of await rejections([
      open('agent-server').setSecret('1A', 'a'),
      open('agent-server').setSecret('A-B', 'a'),
      open('agent-server').setSecret('A'.repeat(65), 'a'),
      open('agent-server').setSecret('A', ' \n'),
      open('agent-server').setSecret('A', ''),
      open('agent-server').setSecret('A', '\x1c\u0085\u3000'),
    ])) {
      expect(error).toEqual(withCode('invalid-argument'));
    }
    await expect(open('agent-server').update((current) => current.withProviderToken('github', { token: 't' }))).rejects.toThrow(
      withCode('unsupported'),
    );
    expect(await files.list()).toEqual([]);
  });

  it('is not written without a key, and keeps every secret when the key is wrong', async () => {
    await expect(open('agent-server', { fernetPassphrase: undefined }).setSecret('A', 'a')).rejects.toThrow('[permission-denied] no key');
    await open('agent-server').setSecret('A', 'a');
    const before = await files.read(path);
    for (const wrong of [open('agent-server', { fernetPassphrase: 'wrong' }), open('agent-server', { fernetPassphrase: undefined })]) {
      for (const error of await rejections([wrong.load(), wrong.getSecret('A'), wrong.setSecret('A', 'x')])) {
        expect(error).toEqual(withCode('permission-denied'));
        expect(String(error)).toContain('"A" at "secrets.json"');
      }
      expect(await wrong.list()).toEqual([{ name: 'A', description: null }]);
    }
    expect(await files.read(path)).toBe(before);
    await open('agent-server', { fernetPassphrase: 'other' }).setSecret('B', 'b');
    const loaded = await open('agent-server').load();
    expect({ ...loaded?.getEnvVars() }).toEqual({ A: 'a' });
    expect(loaded?.unreadable).toMatchObject([{ name: 'B' }]);
  });

  it('has the passphrase that OpenHands would take', async () => {
    vi.stubEnv('OH_SESSION_API_KEYS_0', 'third');
    const store = open('agent-server', { fernetPassphrase: undefined });
    const used = async (): Promise<string | undefined> => {
      await store.deleteSecret('A');
      await store.setSecret('A', 'a');
      const { custom_secrets } = JSON.parse(await files.read(path)) as { custom_secrets: { A: { secret: string } } };
      return ['first', 'second', 'third'].find((each) => Fernet.fromPassphrase(each).decrypt(custom_secrets.A.secret) === 'a');
    };
    expect(await used()).toBe('third');
    vi.stubEnv('SESSION_API_KEY', 'second');
    expect(await used()).toBe('second');
    vi.stubEnv('OH_SECRET_KEY', 'first');
    expect(await used()).toBe('first');
  });

  it('opens what was encrypted before a rotation, and encrypts with the new passphrase alone', async () => {
    await open('agent-server', { fernetPassphrase: 'oldest' }).setSecret('A', 'a');
    await open('agent-server', { fernetPassphrase: 'old' }).setSecret('B', 'b');
    const rotated = open('agent-server', { fernetPassphrase: 'new', previousFernetPassphrases: () => ['old', 'oldest'] });
    expect({ ...(await rotated.load())?.getEnvVars() }).toEqual({ A: 'a', B: 'b' });
    await rotated.setSecret('B', 'c');
    const loaded = await open('agent-server', { fernetPassphrase: 'new', previousFernetPassphrases: () => [] }).load();
    expect({ ...loaded?.getEnvVars() }).toEqual({ B: 'c' });
    expect(loaded?.unreadable).toMatchObject([{ name: 'A', error: { code: 'permission-denied' } }]);
    await expect(
      open('agent-server', { fernetPassphrase: '', previousFernetPassphrases: () => ['old'] }).setSecret('C', 'c'),
    ).rejects.toThrow('[permission-denied] no key');
  });

  it.each([
    ['a list', { OH_PREVIOUS_SECRET_KEYS: '["other","old"]', OH_PREVIOUS_SECRET_KEYS_0: 'not read' }],
    ['numbered variables', { OH_PREVIOUS_SECRET_KEYS_0: '', OH_PREVIOUS_SECRET_KEYS_1: 'old' }],
  ])('takes the passphrases of before from %s, as OpenHands does', async (_, variables) => {
    await open('agent-server', { fernetPassphrase: 'old' }).setSecret('A', 'a');
    for (const [name, value] of Object.entries(variables)) {
      vi.stubEnv(name, value);
    }
    expect((await open('agent-server').getSecret('A')).expose()).toBe('a');
  });

  it('refuses a list of passphrases that is none, and does not repeat it', () => {
    for (const list of ['canary', '{"a":"canary"}', '["canary"', '[1]']) {
      expect(() => openHandsPreviousPassphrases({ OH_PREVIOUS_SECRET_KEYS: list })).toThrow(
        '[invalid-argument] OH_PREVIOUS_SECRET_KEYS is no list of texts in JSON, such as ["the passphrase of before"]',
      );
    }
    expect(openHandsPreviousPassphrases({ OH_PREVIOUS_SECRET_KEYS: '' })).toEqual([]);
    expect(openHandsPassphrase({ OH_SECRET_KEY: ' ', SESSION_API_KEY: 'x' })).toBe('x');
  });

  it('is changed under the lock that is given', async () => {
    const log: string[] = [];
    const logged = interceptFileStore(files, (operation) => void log.push(operation));
    const store = open('agent-server', {
      files: logged,
      openHandsLock: async (action) => {
        log.push('lock');
        const result = await action();
        log.push('unlock');
        return result;
      },
    });
    await store.setSecret('A', 'a');
    expect(log).toEqual(['lock', 'open', 'write', 'unlock']);
  });
});

describe('a store of encrypted secrets beside the file of OpenHands', () => {
  it('reads it, and refuses to change anything before it was migrated', async () => {
    await files.write(path, written);
    const store = open('encrypted');
    expect((await store.getSecret('DEPLOY_KEY')).expose()).toBe('s3cr3t-deploy-key');
    expect((await store.list()).map(({ name }) => name)).toEqual(['DEPLOY_KEY', 'EMPTY', 'MULTI']);
    for (const error of await rejections([
      store.setSecret('A', 'a'),
      store.deleteSecret('EMPTY'),
      store.update((current) => current.withCustomSecret('A', 'a')),
    ])) {
      expect(error).toEqual(withCode('already-exists'));
      expect(String(error)).toContain('move them with migrateSecrets');
    }
    expect(await files.list()).toEqual([path]);
  });

  it('has its own alone once there are some', async () => {
    await open('encrypted').setSecret('OWN', 'own');
    await files.write(path, written);
    const store = open('encrypted');
    expect({ ...(await store.load())?.getEnvVars() }).toEqual({ OWN: 'own' });
    await store.setSecret('MORE', 'more');
  });
});
