import { chmod, chown, mkdir, readdir, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FileConversationStore } from '@oh/conversation-store';
import { FileEventStore } from '@oh/event-store';
import { FileStoreError, MemoryFileStore } from '@oh/file-store-core';
import { interceptFileStore } from '@oh/file-store-core/testing';
import { LocalFileStore } from '@oh/file-store-local';
import { FileSecretsStore, KeyRing, Passphrase } from '@oh/secrets-store';
import { copyOpenHandsHome, readExpectedHome } from '@oh-tools/fixtures';
import { expect, onTestFinished, test } from 'vitest';
import { runCaptured } from './run-captured.ts';
import { schemeOf } from './scheme-of.ts';
import { temporaryDirectory } from './temporary-directory.ts';

interface FindingLine {
  readonly severity: string;
  readonly check: string;
  readonly path: string;
  readonly message: string;
  readonly advice: string;
  readonly fixed?: string;
  readonly fixFailed?: string;
}

const passphrase = 'correct horse battery staple';

async function examine(
  argv: readonly string[],
  options: Parameters<typeof runCaptured>[1] = {},
): Promise<{ readonly exitCode: number; readonly findings: readonly FindingLine[] }> {
  const { exitCode, stdout } = await runCaptured(['doctor', '--json', ...argv], options);
  const findings = stdout.split('\n').filter((line) => line !== '');
  return { exitCode, findings: findings.map((line) => JSON.parse(line) as FindingLine) };
}

/** A healthy store of the local disk, with one conversation, its events, and a secret. */
async function makeStore(): Promise<string> {
  const root = join(await temporaryDirectory(), 'data');
  const files = new LocalFileStore({ root });
  const conversations = new FileConversationStore({ files });
  await conversations.saveMetadata({ conversation_id: 'c1', selected_repository: null });
  await conversations.close();
  const events = new FileEventStore({ files, conversationId: 'c1' });
  await events.appendAll([{ source: 'user' }, { source: 'agent' }, { source: 'user' }]);
  await events.close();
  await new FileSecretsStore({ files, keys: new KeyRing({ files, wrapper: new Passphrase(passphrase) }) }).setSecret('TOKEN', 'canary');
  await files.close();
  return root;
}

const env = { OH_SECRET_KEY: passphrase };

test('of a healthy store there is nothing to tell, and nothing in it is changed', async () => {
  const root = await makeStore();
  const before = await readdir(root, { recursive: true });
  expect(await examine(['--store', `local:${root}`], { env })).toEqual({ exitCode: 0, findings: [] });
  const { stdout } = await runCaptured(['doctor', '--store', `local:${root}`], { env });
  expect(stdout).toBe('0 errors, 0 warnings, 0 notes\n');
  expect((await readdir(root, { recursive: true })).sort()).toEqual(before.sort());
});

test('damaged records, events and settings are errors, each with its path and what to do', async () => {
  const root = await makeStore();
  await mkdir(join(root, 'conversations/torn'));
  await writeFile(join(root, 'conversations/torn/metadata.json'), '{"conversation_id":"torn"');
  await writeFile(join(root, 'conversations/c1/events.json'), '{"id":0}\nno event\n{"id":2}\n');
  await writeFile(join(root, 'settings.json'), '{"language":', { mode: 0o600 });
  const { exitCode, findings } = await examine(['--store', `local:${root}`], { env });
  expect(exitCode).toBe(1);
  expect(
    findings
      .filter(({ severity }) => severity === 'error')
      .map(({ check, path }) => `${check} ${path}`)
      .sort(),
  ).toEqual(['conversations conversations/torn/metadata.json', 'events conversations/c1/events.json', 'settings settings.json']);
  for (const { advice } of findings) {
    expect(advice).not.toBe('');
  }
  // What is damaged is the user's to repair.
  expect(
    (await examine(['--fix', '--store', `local:${root}`], { env })).findings.filter(({ severity }) => severity === 'error'),
  ).toHaveLength(3);
});

test('a log of events that cannot be read at all is named, and keeps no other conversation from being looked at', async () => {
  const root = await makeStore();
  for (const id of ['a1', 'c2', 'd3']) {
    const files = new LocalFileStore({ root });
    const conversations = new FileConversationStore({ files });
    await conversations.saveMetadata({ conversation_id: id, selected_repository: null });
    await conversations.close();
    await files.close();
  }
  await symlink('metadata.json', join(root, 'conversations/a1/events.json'));
  await symlink('metadata.json', join(root, 'conversations/c2/events.json'));
  await writeFile(join(root, 'conversations/d3/events.json'), 'no event\n{"id":1}\n');
  const { exitCode, findings } = await examine(['--store', `local:${root}`], { env });
  expect(exitCode).toBe(1);
  expect(findings.map(({ check, path }) => `${check} ${path}`).sort()).toEqual([
    'events conversations/a1/events.json',
    'events conversations/c2/events.json',
    'events conversations/d3/events.json',
  ]);
});

test('events without the record of a conversation are told, in whatever layout', async () => {
  const root = await makeStore();
  await mkdir(join(root, 'conversations/empty'));
  for (const directory of ['conversations/lost', 'users/alice/conversations/lost']) {
    await mkdir(join(root, directory), { recursive: true });
    await writeFile(join(root, directory, 'events.json'), '');
  }
  const { exitCode, findings } = await examine(['--store', `local:${root}`], { env });
  expect(exitCode).toBe(0);
  expect(findings.map(({ severity, check, path }) => ({ severity, check, path }))).toEqual(
    ['conversations/lost/', 'users/alice/conversations/lost/'].map((path) => ({ severity: 'warning', check: 'conversations', path })),
  );
});

test('a conversation that is made while others are looked at is not taken for one without a record', async () => {
  const memory = new MemoryFileStore();
  const conversations = new FileConversationStore({ files: memory });
  await conversations.saveMetadata({ conversation_id: 'c1', selected_repository: null });
  let isMade = false;
  const files = interceptFileStore(memory, async (_operation, path) => {
    if (!isMade && String(path).startsWith('conversations/c1/events')) {
      isMade = true;
      await conversations.saveMetadata({ conversation_id: 'late', selected_repository: null });
    }
  });
  const { findings } = await examine(['--store', 'test:'], { schemes: { test: schemeOf(files) }, env });
  expect(isMade).toBe(true);
  expect(findings.filter(({ check }) => check === 'conversations')).toEqual([]);
});

test('a bucket that the environment names is looked at as other commands do', async () => {
  for (const variables of [
    { FILE_STORE: 's3', AWS_S3_BUCKET: 'b', AWS_S3_ENDPOINT: '127.0.0.1:9', AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' },
    { FILE_STORE: 'google_cloud', GOOGLE_CLOUD_BUCKET_NAME: 'b', STORAGE_EMULATOR_HOST: '127.0.0.1:9' },
  ]) {
    const cwd = await temporaryDirectory();
    const { exitCode, stderr } = await runCaptured(['doctor'], { cwd, env: { HOME: cwd, ...variables } });
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr: expect.stringMatching(/\[unavailable\] cannot (?:list|look at) .* in bucket "b"/),
    });
  }
});

test('the home of OpenHands has the damage that OpenHands meets in it', async () => {
  const root = join(await temporaryDirectory(), 'home');
  await copyOpenHandsHome(root);
  const { exitCode, findings } = await examine(['--store', `local:${root}`]);
  expect(exitCode).toBe(1);
  const records = findings.filter(({ check }) => check === 'conversations').map(({ path }) => path);
  expect(records).toEqual(readExpectedHome().unreadable.map((id) => `sessions/${id}/metadata.json`));
});

test('secrets that do not open are told as what they are, a problem of the key', async () => {
  const root = await makeStore();
  const { exitCode, findings } = await examine(['--store', `local:${root}`], { env: { OH_SECRET_KEY: 'another one' } });
  expect(exitCode).toBe(1);
  expect(findings.map(({ check, severity }) => ({ check, severity }))).toEqual([{ check: 'keys', severity: 'error' }]);
  expect(findings[0]?.advice).toContain('OH_SECRET_KEY');
  expect(JSON.stringify(findings)).not.toContain('canary');
});

test('--fix closes what others may read, and moves what a killed program left into the quarantine', async () => {
  const root = await makeStore();
  await chmod(join(root, 'secrets/secrets.json'), 0o644);
  for (const name of ['settings.json.tmp.4711.0a1b2c3d', 'young.tmp.4711.99']) {
    await writeFile(join(root, name), 'half', { mode: 0o600 });
  }
  const old = new Date(Date.now() - 2 * 60 * 60 * 1000);
  await utimes(join(root, 'settings.json.tmp.4711.0a1b2c3d'), old, old);
  const found = await examine(['--store', `local:${root}`], { env });
  expect(found).toMatchObject({
    exitCode: 0,
    findings: [
      { check: 'permissions', severity: 'warning', path: 'secrets/secrets.json' },
      { check: 'temporary-files', severity: 'warning', path: 'settings.json.tmp.4711.0a1b2c3d' },
    ],
  });
  const fixed = await examine(['--fix', '--store', `local:${root}`], { env });
  expect(fixed.findings.map((finding) => finding.fixed)).toEqual(['mode 0600', expect.stringContaining('.oh-quarantine/')]);
  expect((await stat(join(root, 'secrets/secrets.json'))).mode & 0o777).toBe(0o600);
  const day = new Date().toISOString().slice(0, 10);
  expect(await readdir(join(root, '.oh-quarantine', day))).toEqual(['settings.json.tmp.4711.0a1b2c3d']);
  expect(await readdir(root)).toContain('young.tmp.4711.99');
  expect(await examine(['--store', `local:${root}`], { env })).toEqual({ exitCode: 0, findings: [] });
});

test('what OpenHands keeps its keys and tokens in is closed too', async () => {
  const root = await makeStore();
  const paths = [
    '.jwt_secret',
    '.keys',
    'agent-profiles/a.json',
    'agent_settings.json',
    'auth/openai_oauth.json',
    'mcp.json',
    'profiles/a.json',
    'provider-connections/a.json',
  ];
  for (const path of [...paths, 'skills/a.md']) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), '{}');
    await chmod(join(root, path), 0o644);
  }
  const { findings } = await examine(['--store', `local:${root}`], { env });
  expect(findings.filter(({ check }) => check === 'permissions').map(({ path }) => path)).toEqual(paths);
});

test('an index that is behind is brought up to date', async () => {
  const root = await makeStore();
  const record = '{"conversation_id":"late","selected_repository":null,"created_at":"2026-01-01T00:00:00Z"}';
  await mkdir(join(root, 'conversations/late'));
  await writeFile(join(root, 'conversations/late/metadata.json'), record);
  const argv = ['--store', `local:${root}`];
  expect(await examine(argv, { env })).toMatchObject({ exitCode: 0, findings: [{ severity: 'info', check: 'index' }] });
  expect((await examine(['--fix', ...argv], { env })).findings).toMatchObject([{ fixed: 'compared with the conversations' }]);
  expect(await examine(argv, { env })).toEqual({ exitCode: 0, findings: [] });
});

test('an index that also has the records which cannot be read is up to date', async () => {
  const root = await makeStore();
  await mkdir(join(root, 'conversations/damaged'));
  await writeFile(join(root, 'conversations/damaged/metadata.json'), '{');
  const argv = ['--store', `local:${root}`];
  expect((await examine(['--fix', ...argv], { env })).findings.map(({ check }) => check)).toEqual(['conversations', 'index']);
  expect((await examine(argv, { env })).findings.map(({ check }) => check)).toEqual(['conversations']);
});

test('a conversation that has lost its record is told once, and is no fault of the index', async () => {
  const root = await makeStore();
  const argv = ['--store', `local:${root}`];
  await examine(['--fix', ...argv], { env });
  const [id = ''] = await readdir(join(root, 'conversations'));
  await rm(join(root, 'conversations', id, 'metadata.json'));
  expect((await examine(argv, { env })).findings).toMatchObject([{ check: 'conversations', path: `conversations/${id}/` }]);
});

test('an index that cannot be written is not told as brought up to date', async () => {
  const files = new MemoryFileStore();
  const conversations = new FileConversationStore({ files });
  for (const id of ['c1', 'c2']) {
    await conversations.saveMetadata({ conversation_id: id, selected_repository: null });
  }
  const [entry = ''] = await files.list('.oh-conversations/index/ids');
  await files.delete(entry);
  const refusing = interceptFileStore(files, (operation, path) => {
    if (operation === 'write' && String(path).startsWith('.oh-conversations/')) {
      throw new FileStoreError('permission-denied', 'nobody may write here');
    }
  });
  const { findings } = await examine(['--fix', '--store', 'test:'], { env, schemes: { test: schemeOf(refusing) } });
  expect(findings).toMatchObject([{ check: 'index', fixFailed: expect.stringContaining('could not be written') }]);
});

test('a server that lets two writers win is an error', async () => {
  const store = new MemoryFileStore();
  const schemes = { test: schemeOf(store) };
  await store.write('workspace/other', '');
  expect(await examine(['--store', 'test:'], { schemes, env })).toEqual({ exitCode: 0, findings: [] });
  expect((await store.list()).sort()).toEqual(['workspace/']);
  const write = store.write.bind(store);
  store.write = async (path, contents, options) => await write(path, contents, { ...options, ifAbsent: undefined, ifVersion: undefined });
  const { exitCode, findings } = await examine(['--store', 'test:'], { schemes, env });
  expect({ exitCode, findings }).toMatchObject({
    exitCode: 1,
    findings: [{ check: 'server', severity: 'error', message: expect.stringContaining('conditions do not hold') }],
  });
  expect(await store.list()).toEqual(['workspace/']);
});

test.runIf(process.platform !== 'win32')(
  'each directory that may not be read is named, and the rest is looked at all the same',
  async () => {
    const root = await makeStore();
    await mkdir(join(root, 'a'));
    await mkdir(join(root, 'b'));
    await writeFile(join(root, 'z.json.tmp.12.34'), 'x');
    await utimes(join(root, 'z.json.tmp.12.34'), 0, 0);
    if (process.getuid?.() === 0) {
      // Permissions do not hold back root; the user `nobody` they do.
      for (const path of [join(root, '..'), root, ...(await readdir(root, { recursive: true })).map((each) => join(root, each))]) {
        await chown(path, 65_534, 65_534);
      }
      process.seteuid?.(65_534);
      onTestFinished(() => void process.seteuid?.(0));
    }
    for (const closed of ['a', 'b']) {
      await chmod(join(root, closed), 0);
      onTestFinished(() => chmod(join(root, closed), 0o700));
    }
    const { exitCode, findings } = await examine(['--store', `local:${root}`], { env: { ...env, HOME: root } });
    expect(exitCode).toBe(1);
    expect(findings.map(({ severity, check, path }) => `${severity} ${check} ${path}`)).toEqual([
      'error permissions a',
      'error permissions b',
      'warning temporary-files z.json.tmp.12.34',
    ]);
  },
);

test('files of a conversation that was deleted, as a backup brings them back, are told of, and the advice brings it back', async () => {
  const root = await makeStore();
  const other = join(await temporaryDirectory(), 'other');
  const run = async (...argv: string[]): Promise<void> => expect(await runCaptured(argv, { env })).toMatchObject({ exitCode: 0 });
  const there = ['--store', `local:${root}`];
  await run('cp', '-r', `local:${root}/conversations/c1`, `local:${other}/conversations/c1`);
  await run('conversations', 'delete', 'c1', '--yes', ...there);
  expect(await examine(there, { env })).toEqual({ exitCode: 0, findings: [] });
  await run('cp', '-r', `local:${other}/conversations/c1`, `local:${root}/conversations/c1`);
  const { findings } = await examine(there, { env });
  expect(findings).toMatchObject([{ severity: 'warning', check: 'conversations', path: 'conversations/c1/' }]);
  await run('conversations', 'delete', 'c1', '--yes', ...there);
  await run('conversations', 'export', 'c1', join(other, 'bundle'), '--store', `local:${other}`);
  await run('conversations', 'import', join(other, 'bundle'), ...there);
  await run('events', 'show', 'c1', ...there);
  expect(await examine(there, { env })).toEqual({ exitCode: 0, findings: [] });
});
