import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import type { Ask } from '../src/index.ts';
import { useUserHome } from './user-home.ts';

const user = useUserHome('secrets');
const { run: secrets } = user;

async function everyFile(): Promise<string> {
  const entries = await readdir(user.home, { recursive: true, withFileTypes: true });
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
  const path = join(user.home, 'data/secrets/secrets.json');
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
  const without = { ...user.env, OH_SECRET_KEY: 'another passphrase' };
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
