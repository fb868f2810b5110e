import { chmod, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { MemoryFileStore } from '@oh/file-store-core';
import { openStorage } from '@oh/storage';
import { beforeEach, expect, test } from 'vitest';
import type { Ask } from '../src/index.ts';
import { type CapturedRun, type RunOptions, runCaptured } from './run-captured.ts';
import { schemeOf } from './scheme-of.ts';
import { makeUserHome } from './user-home.ts';

let home: string;
let env: Readonly<Record<string, string>>;

beforeEach(async () => {
  ({ home, env } = await makeUserHome());
});

async function secrets(argv: readonly string[], options: RunOptions = {}): Promise<CapturedRun> {
  return await runCaptured(['secrets', ...argv], { cwd: home, env, ...options });
}

async function everyFile(): Promise<string> {
  const entries = await readdir(home, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return (await Promise.all(files.map(({ parentPath, name }) => readFile(join(parentPath, name), 'latin1')))).join('\n');
}

test('a secret is set from stdin, listed by its name, shown with --reveal alone, and deleted', async () => {
  expect(await secrets(['set', 'TOKEN', '--description', 'for pull requests'], { stdin: 'ghp_canary\n' })).toMatchObject({
    exitCode: 0,
    stdout: '',
    stderr: 'oh-storage: [note] stored the secret "TOKEN"\n',
  });
  expect(await everyFile()).not.toContain('ghp_canary');
  expect((await secrets(['list'])).stdout).toBe('name   kind    description\nTOKEN  custom  for pull requests\n');
  expect((await secrets(['list', '--json'])).stdout).toBe('{"kind":"custom","name":"TOKEN","description":"for pull requests"}\n');
  expect(await secrets(['get', 'TOKEN'])).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringContaining('--reveal') });
  expect((await secrets(['get', 'TOKEN', '--reveal'])).stdout).toBe('ghp_canary');
  expect((await secrets(['get', 'TOKEN', '--reveal', '--json'])).stdout).toBe('{"name":"TOKEN","value":"ghp_canary"}\n');
  expect(await secrets(['delete', 'TOKEN', 'NOPE', '--yes'])).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('no secret "NOPE"'),
  });
  expect(await secrets(['list'])).toMatchObject({ exitCode: 0, stdout: '', stderr: 'oh-storage: [note] no secrets\n' });
  expect(await secrets(['get', 'TOKEN', '--reveal'])).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('[not-found]') });
});

test('whoever sets a secret in the folder of OpenHands is told that it is in plain text there', async () => {
  const { stderr } = await secrets(['set', 'TOKEN', '--layout', 'sessions'], { stdin: 'ghp_canary\n' });
  expect(stderr).toBe('oh-storage: [note] stored the secret "TOKEN", in plain text: OpenHands, whose folder this is, reads no other\n');
  expect(await everyFile()).toContain('ghp_canary');
});

test('whoever looks for keys in the folder of OpenHands is told that there are none, and why', async () => {
  await secrets(['set', 'TOKEN', '--layout', 'sessions'], { stdin: 'ghp_canary' });
  expect(await secrets(['keys', '--layout', 'sessions'])).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('in plain text') });
  for (const argv of [['rotate'], ['keys', 'retire', 'k1'], ['keys', 'reinstate', 'k1']]) {
    const stderr = expect.stringMatching(/\[unsupported\] no key to change: .* in plain text .*"import openhands"/);
    expect(await secrets([...argv, '--layout', 'sessions'])).toMatchObject({ exitCode: 1, stdout: '', stderr });
  }
});

test('the token of a provider is set, listed beside the secrets, shown with --reveal alone, and deleted', async () => {
  await secrets(['set', 'github'], { stdin: 'a secret of that name' });
  expect(await secrets(['set', '--provider', 'github', '--host', 'github.example.org'], { stdin: 'ghp_first\n' })).toMatchObject({
    exitCode: 0,
    stdout: '',
    stderr: 'oh-storage: [note] stored the token of the provider "github"\n',
  });
  expect(await secrets(['set', '--provider', 'github'], { stdin: 'ghp_canary\n' })).toMatchObject({ exitCode: 0 });
  expect(await everyFile()).not.toContain('ghp_canary');
  expect((await secrets(['list'])).stdout).toBe(
    'name    kind      description\ngithub  custom    -\ngithub  provider  at github.example.org\n',
  );
  expect((await secrets(['list', '--json'])).stdout).toBe(
    '{"kind":"custom","name":"github","description":null}\n{"kind":"provider","name":"github","host":"github.example.org","user_id":null}\n',
  );
  expect(await secrets(['get', '--provider', 'github'])).toMatchObject({ exitCode: 2, stdout: '' });
  expect((await secrets(['get', '--provider', 'github', '--reveal'])).stdout).toBe('ghp_canary');
  expect((await secrets(['get', 'github', '--reveal'])).stdout).toBe('a secret of that name');
  const deleted = await secrets(['delete', '--provider', 'github', 'gitlab', '--yes', '--json']);
  expect(deleted).toMatchObject({ exitCode: 1, stdout: '{"name":"github"}\n' });
  expect(deleted.stderr).toContain('no token of the provider "gitlab"');
  expect(await secrets(['get', '--provider', 'github', '--reveal'])).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('[not-found]'),
  });
  expect((await secrets(['list'])).stdout).toBe('name    kind    description\ngithub  custom  -\n');
});

test('a token that cannot be read is named, is not written over, and can be deleted', async () => {
  await secrets(['set', '--provider', 'github'], { stdin: 'ghp_1' });
  await secrets(['set', '--provider', 'gitlab'], { stdin: 'glpat_1' });
  const path = join(home, 'data/secrets/secrets.json');
  const file = JSON.parse(await readFile(path, 'utf8'));
  file.provider_tokens.github.token = 'damaged';
  await writeFile(path, JSON.stringify(file));
  for (const argv of [['get', '--reveal'], ['set']]) {
    const result = await secrets([...argv, '--provider', 'github'], { stdin: 'ghp_2' });
    expect(result).toMatchObject({ exitCode: 1, stdout: '', stderr: expect.stringContaining('[corrupt] the token of provider "github"') });
  }
  expect((await secrets(['get', '--provider', 'gitlab', '--reveal'])).stdout).toBe('glpat_1');
  expect(await secrets(['delete', '--provider', 'github', '--yes'])).toMatchObject({ exitCode: 0 });
  expect((await secrets(['list'])).stdout).toBe('name    kind      description\ngitlab  provider  -\n');
});

test.each([
  [['set', '--provider', 'githb'], 'did you mean "github"'],
  [['set', '--provider', 'github', '--description', 'x'], 'no --description'],
  [['set', 'A', '--host', 'x'], '--host belongs to --provider'],
])('what is said of a token in vain is refused: %j', async (argv, message) => {
  expect(await secrets(argv, { stdin: 'a value' })).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(message) });
});

test('a list needs no key', async () => {
  await secrets(['set', 'TOKEN'], { stdin: 'a value' });
  const without = { ...env, OH_SECRET_KEY: 'another passphrase' };
  expect((await secrets(['list'], { env: without })).stdout).toContain('TOKEN');
  expect(await secrets(['get', 'TOKEN', '--reveal'], { env: without })).toMatchObject({ exitCode: 1, stdout: '' });
});

test('the line end behind one line is left out, several lines are taken as they are', async () => {
  for (const [stdin, value] of [
    ['one\n', 'one'],
    ['one\r\n', 'one'],
    ['one', 'one'],
    ['a\nb\n', 'a\nb\n'],
  ] as const) {
    await secrets(['set', 'A'], { stdin });
    expect((await secrets(['get', 'A', '--reveal'])).stdout).toBe(value);
  }
  expect((await secrets(['get', 'A', '--reveal'], { columns: 80 })).stdout).toBe('a\\nb\\n\n');
});

test('a value is asked for on a terminal, without being shown', async () => {
  const asked: unknown[] = [];
  const ask: Ask = async (question, { hidden }) => {
    asked.push({ question, hidden });
    return 'typed';
  };
  expect(await secrets(['set', 'A'], { ask })).toMatchObject({ exitCode: 0 });
  expect(asked).toEqual([{ question: 'secret "A": ', hidden: true }]);
  expect((await secrets(['get', 'A', '--reveal'])).stdout).toBe('typed');
});

test.each([
  [['set', 'A', 'canary-value'], '', 2, 'seen by others'],
  [['set', 'A'], '', 2, 'is empty'],
  [['set', 'A'], '\n', 2, 'is empty'],
  [['set', 'A'], '**********', 1, '[invalid-argument]'],
  [['set', ''], 'canary-value', 1, '[invalid-argument]'],
  [['set', 'A'], 'canary-value'.repeat(100_000), 2, 'is longer than'],
])('what is no value is refused, and not repeated: %j', async (argv, stdin, exitCode, message) => {
  const result = await secrets(argv, { stdin });
  expect(result).toMatchObject({ exitCode, stdout: '', stderr: expect.stringContaining(message) });
  expect(result.stderr).not.toContain('canary-value');
  expect((await secrets(['list'])).stdout).toBe('');
});

test('bytes that are no UTF-8 are refused', async () => {
  const stdin = Readable.from([Buffer.from([0x61, 0xff])]);
  expect(await secrets(['set', 'A'], { stdin })).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('not UTF-8') });
});

test('an interruption ends the waiting for a value, and nothing is stored', async () => {
  const interrupted = new AbortController();
  const stdin = new Readable({
    read() {
      interrupted.abort();
    },
  });
  expect(await secrets(['set', 'A'], { stdin, signal: interrupted.signal })).toMatchObject({ exitCode: 130, stderr: '' });
  expect((await secrets(['list'])).stdout).toBe('');
});

test('without a passphrase a key file in the configuration protects the secrets', async () => {
  const { OH_SECRET_KEY: _, ...rest } = env;
  await secrets(['set', 'A'], { stdin: 'a value', env: rest });
  expect(await readdir(join(home, '.config/oh-storage'))).toEqual(['key']);
  expect((await secrets(['get', 'A', '--reveal'], { env: rest })).stdout).toBe('a value');
  await chmod(join(home, '.config/oh-storage/key'), 0o644);
  const { stderr } = await secrets(['get', 'A', '--reveal'], { env: rest });
  expect(stderr).toMatch(/cannot be opened: others may read .*; run: chmod 600/);
});

test('keys are counted over the secrets and the settings of all users, rotated, and retired when nothing needs them', async () => {
  for (const userId of [undefined, 'alice']) {
    const storage = await openStorage({ file_store: 'local', file_store_path: join(home, 'data') }, { env, userId });
    await storage.secrets.setSecret('TOKEN', 'a value');
    await storage.settings.store({ llm_api_key: 'sk-1' });
    await storage.close();
  }
  const status = async (): Promise<readonly { readonly id: string; readonly state: string; readonly entries: number }[]> =>
    (await secrets(['keys', '--json'])).stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  const [old] = await status();
  expect(old).toMatchObject({ state: 'current', entries: 4 });
  const id = old?.id ?? '';
  expect(await secrets(['keys', 'retire', id])).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('rotate first') });
  const rotated = await secrets(['rotate', '--json']);
  expect(rotated.exitCode).toBe(0);
  const { keyId, ...counts } = JSON.parse(rotated.stdout) as { readonly keyId: string };
  expect(counts).toEqual({ files: 4, failed: 0 });
  expect(await status()).toMatchObject([
    { id, state: 'active', entries: 0 },
    { id: keyId, state: 'current', entries: 4 },
  ]);
  expect((await secrets(['keys', 'status'])).stdout).toMatch(new RegExp(`^key +state +created +entries\n${id} +active +\\S+Z +0\n`));
  expect(await secrets(['keys', 'retire', id])).toMatchObject({ exitCode: 0 });
  expect((await status()).find((key) => key.id === id)).toMatchObject({ state: 'retired' });
  expect(await secrets(['keys', 'reinstate', id])).toMatchObject({ exitCode: 0 });
  expect((await status()).find((key) => key.id === id)).toMatchObject({ state: 'active' });
  expect((await secrets(['get', 'TOKEN', '--reveal', '--user', 'alice'])).stdout).toBe('a value');
});

test('without the passphrase that protects the keys it is told what to set', async () => {
  await secrets(['set', 'A'], { stdin: 'a value' });
  const { OH_SECRET_KEY: _, ...rest } = env;
  const { exitCode, stderr } = await secrets(['get', 'A', '--reveal'], { env: rest });
  expect({ exitCode, stderr }).toEqual({
    exitCode: 1,
    stderr: expect.stringMatching(/\[permission-denied\] .*"passphrase".*OH_SECRET_KEY\n$/),
  });
});

test('a rotation that was interrupted goes on with the key that it has made', async () => {
  const files = new MemoryFileStore();
  const schemes = { test: schemeOf(files) };
  const storage = await openStorage({}, { env, files });
  await storage.secrets.setSecret('A', 'a value');
  await storage.settings.store({ llm_api_key: 'sk-1' });
  await storage.close();
  const run = async (argv: readonly string[], signal?: AbortSignal): Promise<CapturedRun> =>
    await secrets([...argv, '--store', 'test:'], { schemes, signal });
  const interrupted = new AbortController();
  const { write } = files;
  const written: string[] = [];
  files.write = async (path, contents, options) => {
    written.push(path);
    if (written.length === 2) {
      interrupted.abort();
    }
    return await write.call(files, path, contents, options);
  };
  expect(await run(['rotate'], interrupted.signal)).toMatchObject({ exitCode: 130, stdout: '' });
  files.write = write;
  const status = async (): Promise<readonly { readonly id: string; readonly entries: number }[]> =>
    (await run(['keys', '--json'])).stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  const [, made] = await status();
  expect(await status()).toHaveLength(2);
  expect((await run(['rotate'])).stdout).toBe(`${made?.id}\n`);
  expect(await status()).toMatchObject([{ entries: 0 }, { id: made?.id, entries: 2 }]);
  expect((await run(['get', 'A', '--reveal'])).stdout).toBe('a value');
});

test('a rotation that meets a damaged value names it, brings the others under the new key, and fails', async () => {
  await secrets(['set', 'A'], { stdin: 'a value' });
  await secrets(['set', 'B'], { stdin: 'another' });
  const path = join(home, 'data/secrets/secrets.json');
  const file = JSON.parse(await readFile(path, 'utf8'));
  const [name, sealed] = findSealed(file.custom_secrets.A);
  file.custom_secrets.A[name] = `${sealed.slice(0, -4)}AAAA`;
  await writeFile(path, JSON.stringify(file));
  const { exitCode, stderr } = await secrets(['rotate']);
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/^oh-storage: \[corrupt\] [^\n]*"?A"?[^\n]*\n$/);
  expect((await secrets(['get', 'B', '--reveal'])).stdout).toBe('another');
});

function findSealed(record: Readonly<Record<string, unknown>>): readonly [string, string] {
  const entry = Object.entries(record).find(([, value]) => typeof value === 'string' && value.length > 60);
  return entry as readonly [string, string];
}

test('secrets are deleted when that was confirmed, and not where nobody can be asked', async () => {
  await secrets(['set', 'A'], { stdin: 'a value' });
  const refused = { exitCode: 2, stderr: expect.stringContaining('this would delete the secret "A" for ever') };
  expect(await secrets(['delete', 'A'])).toMatchObject(refused);
  const asked: string[] = [];
  const answer = (text: string) => async (question: string) => {
    asked.push(question);
    return text;
  };
  expect(await secrets(['delete', 'A', 'B'], { ask: answer('n') })).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('[cancelled]'),
  });
  expect((await secrets(['list'])).stdout).toContain('A');
  expect(await secrets(['delete', 'A'], { ask: answer('y') })).toMatchObject({ exitCode: 0, stderr: '' });
  expect((await secrets(['list'])).stdout).toBe('');
  expect(asked).toEqual(['This will delete 2 secrets for ever. Go on? [y/N] ', 'This will delete the secret "A" for ever. Go on? [y/N] ']);
});

test('a key that values need and that is not in the ring is an error of the status', async () => {
  await secrets(['set', 'A'], { stdin: 'a value' });
  const ring = join(home, 'data/secrets/key-ring.json');
  const before = await readFile(ring);
  const rotated = await secrets(['rotate']);
  await writeFile(ring, before);
  const { exitCode, stdout, stderr } = await secrets(['keys']);
  expect({ exitCode, stderr }).toEqual({
    exitCode: 1,
    stderr: expect.stringMatching(
      /^oh-storage: \[permission-denied\] the key "\w+" is not in the ring, and 1 value cannot be read without it; [^\n]*\n$/,
    ),
  });
  expect(stdout).toMatch(new RegExp(`^${rotated.stdout.trim()} +missing +- +1$`, 'm'));
});

test('where no key is, the status says when one is made', async () => {
  expect(await secrets(['keys'])).toMatchObject({ exitCode: 0, stdout: '', stderr: expect.stringContaining('one is made when') });
});
