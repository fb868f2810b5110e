import { chmod, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MemoryFileStore } from '@oh/file-store-core';
import { openStorage } from '@oh/storage';
import { expect, test } from 'vitest';
import type { CapturedRun } from './run-captured.ts';
import { schemeOf } from './scheme-of.ts';
import { useUserHome } from './user-home.ts';

const user = useUserHome('secrets');
const { run: secrets } = user;

test('whoever looks for keys in the folder of OpenHands is told that there are none, and why', async () => {
  await secrets(['set', 'TOKEN', '--layout', 'sessions'], { stdin: 'ghp_canary' });
  expect(await secrets(['keys', '--layout', 'sessions'])).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('in plain text') });
  for (const argv of [['rotate'], ['keys', 'retire', 'k1'], ['keys', 'reinstate', 'k1']]) {
    const stderr = expect.stringMatching(/\[unsupported\] no key to change: .* in plain text .*"import openhands"/);
    expect(await secrets([...argv, '--layout', 'sessions'])).toMatchObject({ exitCode: 1, stdout: '', stderr });
  }
});

test('without a passphrase a key file in the configuration protects the secrets', async () => {
  const { OH_SECRET_KEY: _, ...rest } = user.env;
  await secrets(['set', 'A'], { stdin: 'a value', env: rest });
  expect(await readdir(join(user.home, '.config/oh-storage'))).toEqual(['key']);
  expect((await secrets(['get', 'A', '--reveal'], { env: rest })).stdout).toBe('a value');
  await chmod(join(user.home, '.config/oh-storage/key'), 0o644);
  const { stderr } = await secrets(['get', 'A', '--reveal'], { env: rest });
  expect(stderr).toMatch(/cannot be opened: others may read .*; run: chmod 600/);
});

test('a passphrase is changed by giving the one of before beside it and rotating, after which the new one alone opens', async () => {
  await secrets(['set', 'A'], { stdin: 'a value' });
  const changed = { ...user.env, OH_SECRET_KEY: 'another passphrase' };
  const get = async (more = {}): Promise<CapturedRun> => await secrets(['get', 'A', '--reveal'], { env: { ...changed, ...more } });
  const shut = await get();
  expect(shut).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('give the one of before in OH_PREVIOUS_SECRET_KEYS') });
  const both = { OH_PREVIOUS_SECRET_KEYS: JSON.stringify([user.env['OH_SECRET_KEY']]) };
  expect((await get(both)).stdout).toBe('a value');
  expect(await get()).toEqual(shut);
  expect(await secrets(['rotate'], { env: { ...changed, ...both } })).toMatchObject({ exitCode: 0 });
  expect((await get()).stdout).toBe('a value');
  expect(await secrets(['get', 'A', '--reveal'])).toMatchObject({ exitCode: 1 });
});

test('keys are counted over the secrets and the settings of all users, rotated, and retired when nothing needs them', async () => {
  for (const userId of [undefined, 'alice']) {
    const storage = await openStorage({ file_store: 'local', file_store_path: join(user.home, 'data') }, { env: user.env, userId });
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
  const { OH_SECRET_KEY: _, ...rest } = user.env;
  const { exitCode, stderr } = await secrets(['get', 'A', '--reveal'], { env: rest });
  expect({ exitCode, stderr }).toEqual({
    exitCode: 1,
    stderr: expect.stringMatching(/\[permission-denied\] .*"passphrase".*OH_SECRET_KEY\n$/),
  });
});

test('a rotation that was interrupted goes on with the key that it has made', async () => {
  const files = new MemoryFileStore();
  const schemes = { test: schemeOf(files) };
  const storage = await openStorage({}, { env: user.env, files });
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
    // The ring comes first: protected anew, then with the new key.
    if (written.length === 3) {
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
  const path = join(user.home, 'data/secrets/secrets.json');
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

test('a key that values need and that is not in the ring is an error of the status', async () => {
  await secrets(['set', 'A'], { stdin: 'a value' });
  const ring = join(user.home, 'data/secrets/key-ring.json');
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
