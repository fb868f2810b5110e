import { randomBytes } from 'node:crypto';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { MemoryFileStore } from '@oh/file-store-core';
import { openHandsHome } from '@oh-tools/fixtures';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { createTree, listFiles } from './directory-tree.ts';
import { type RunOptions, runCaptured } from './run-captured.ts';
import { schemeOf } from './scheme-of.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const env = { OH_BACKUP_PASSPHRASE: 'correct horse' };

async function run(argv: readonly string[], options: RunOptions): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const { exitCode, stdout, stderr } = await runCaptured(['backup', ...argv], options);
  // On a slow machine there is a line about how far it is.
  return { exitCode, stdout, stderr: stderr.replace(/^oh-storage: \[progress\] .*\n/gm, '') };
}

test('a home of OpenHands is backed up encrypted, listed, verified and restored byte for byte', { timeout: 120_000 }, async () => {
  const cwd = await temporaryDirectory();
  const options = { cwd, env };
  const created = await run(['create', `local:${openHandsHome}`, 'local:backups'], options);
  const files = await listFiles(openHandsHome);
  expect(created).toEqual({
    exitCode: 0,
    stdout: expect.stringMatching(new RegExp(`^snapshot [0-9a-f]{12}: ${files.length} files \\(.*\\), 0 unchanged, .* stored\n$`)),
    stderr: '',
  });
  expect((await run(['create', `local:${openHandsHome}`, 'local:backups'], options)).stdout).toContain(`${files.length} unchanged`);
  const listed = await run(['list', 'local:backups'], options);
  expect(listed.stdout.split('\n')).toHaveLength(4);
  expect(listed.stdout).toContain(`  ${hostname()}:${openHandsHome}\n`);
  expect(await run(['verify', 'local:backups'], options)).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(/^sound: 2 snapshots, /),
  });
  expect(await run(['restore', 'local:backups', 'local:restored'], options)).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining(`${files.length} restored, 0 there already\n`),
  });
  for (const file of files) {
    expect((await readFile(join(cwd, 'restored', file))).equals(await readFile(join(openHandsHome, file)))).toBe(true);
  }
});

test('secrets in clear stay out of a repository that is not encrypted, and are named', async () => {
  const cwd = await createTree({ 'data/secrets.json': '{"custom_secrets":{"A":{"secret":"canary"}}}', 'data/a': 'x' });
  const left = await run(['create', 'local:data', 'local:backups'], { cwd });
  expect(left).toEqual({
    exitCode: 1,
    stdout: expect.stringMatching(/^snapshot [0-9a-f]{12}: 1 file \(1 B\), 0 unchanged, .* stored, 1 left out\n$/),
    stderr: expect.stringMatching(
      /^oh-storage: \[plain-secret\] "secrets.json" has secrets in clear and was left out[^\n]*\n[^\n]*\[incomplete\] [^\n]* 1 file with secrets in clear left out: use an encrypted repository, or say --include-plain-secrets or --exclude\n$/,
    ),
  });
  const json = await run(['create', '--json', 'local:data', 'local:backups'], { cwd });
  expect(json.exitCode).toBe(1);
  expect(JSON.parse(json.stdout)).toMatchObject({ leftOut: [{ path: 'secrets.json', reason: 'plain-secret' }] });
  expect(await run(['create', '--exclude', '/secrets.json', 'local:data', 'local:backups'], { cwd })).toMatchObject({
    exitCode: 0,
    stderr: '',
  });
  expect(left.stdout + left.stderr).not.toContain('canary');
  await run(['restore', 'local:backups', 'local:restored'], { cwd });
  expect(await listFiles(join(cwd, 'restored'))).toEqual(['a']);
  expect(await run(['create', '--include-plain-secrets', 'local:data', 'local:backups'], { cwd })).toMatchObject({ stderr: '' });
});

test.each([
  ['that is not there', [], {}],
  ['that is not there and would be encrypted', ['--encrypt'], {}],
  ['that is encrypted', [], env],
])('a dry run of a backup into a repository %s says what would be stored, and writes nothing', async (name, argv, variables) => {
  const cwd = await createTree({
    'data/a': 'x'.repeat(3000),
    'data/b': 'b',
    'data/c': 'c',
    'data/secrets.json': '{"custom_secrets":{"A":{"secret":"s"}}}',
  });
  const options = { cwd, env: variables };
  const isThere = name === 'that is encrypted';
  if (isThere) {
    await run(['create', 'local:data', 'local:backups'], options);
    await writeFile(join(cwd, 'data/b'), 'another');
    await writeFile(join(cwd, 'data/d'), 'new');
  }
  const before = await listFiles(cwd);
  const dry = await run(['create', '--dry-run', ...argv, 'local:data', 'local:backups'], options);
  const [counts, left] = isThere
    ? ['5 files \\(3.0 KiB\\), 1 new, 1 changed, 3 unchanged', '']
    : argv.length > 0
      ? ['4 files \\(3.0 KiB\\), 4 new, 0 changed, 0 unchanged', '']
      : ['3 files \\(2.9 KiB\\), 3 new, 0 changed, 0 unchanged', ', 1 left out'];
  expect(dry).toMatchObject({
    exitCode: left === '' ? 0 : 1,
    stdout: expect.stringMatching(new RegExp(`^would be: ${counts}, [\\d.]+ K?i?B to store${left}\n$`)),
    stderr: left === '' ? '' : expect.stringContaining('"secrets.json" has secrets in clear'),
  });
  const json = JSON.parse((await run(['create', '-n', '--json', ...argv, 'local:data', 'local:backups'], options)).stdout) as object;
  expect(json).toMatchObject({ dryRun: true, storedBytes: expect.any(Number), leftOut: left === '' ? [] : [{ reason: 'plain-secret' }] });
  expect(json).not.toHaveProperty('id');
  expect(await listFiles(cwd)).toEqual(before);
  expect((await readdir(cwd)).sort()).toEqual(isThere ? ['backups', 'data'] : ['data']);
});

test('a dry run of a backup into a place that has something else is refused as the backup is', async () => {
  const cwd = await createTree({ 'data/a': 'x', 'other/b': 'y' });
  for (const dryRun of [[], ['--dry-run']]) {
    expect(await run(['create', ...dryRun, 'local:data', 'local:other'], { cwd })).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('[path-conflict]'),
    });
  }
  expect(await listFiles(cwd)).toEqual(['data/a', 'other/b']);
});

test('a source that has become empty is backed up only when that is meant', async () => {
  const cwd = await createTree({ 'data/a': 'x' });
  await run(['create', 'local:data', 'local:backups'], { cwd });
  await rm(join(cwd, 'data/a'));
  expect(await run(['create', 'local:data', 'local:backups'], { cwd })).toEqual({
    exitCode: 1,
    stdout: '',
    stderr:
      'oh-storage: [unavailable] the source is empty, unlike its last snapshot (files: 1): is its disk there? If that is meant, say allowEmpty (--allow-empty)\n',
  });
  expect(await run(['create', '--allow-empty', 'local:data', 'local:backups'], { cwd })).toMatchObject({ exitCode: 0, stderr: '' });
});

describe('the passphrase', () => {
  test('is asked for at a terminal, twice when it is new', async () => {
    const cwd = await createTree({ 'data/a': 'x' });
    const questions: string[] = [];
    const ask = async (question: string, { hidden }: { readonly hidden: boolean }): Promise<string> => {
      expect(hidden).toBe(true);
      questions.push(question);
      return 'typed';
    };
    expect(await run(['create', '--encrypt', 'local:data', 'local:backups'], { cwd, ask })).toMatchObject({ exitCode: 0 });
    expect(questions).toHaveLength(2);
    expect(await run(['list', 'local:backups'], { cwd, ask })).toMatchObject({ exitCode: 0 });
    expect(questions).toHaveLength(3);
    await writeFile(join(cwd, 'passphrase'), 'typed\n');
    expect(await run(['list', '--passphrase-file', 'passphrase', 'local:backups'], { cwd })).toMatchObject({ exitCode: 0, stderr: '' });
  });

  test('makes nothing when the second answer is another', async () => {
    const cwd = await createTree({ 'data/a': 'x' });
    const answers = ['one', 'two'];
    const made = await run(['create', '--encrypt', 'local:data', 'local:backups'], { cwd, ask: async () => answers.shift() ?? '' });
    expect(made).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('the two passphrases differ') });
    expect(await readdir(cwd)).toEqual(['data']);
  });

  test('is told from damage when it is wrong, and missed where nobody can be asked', async () => {
    const cwd = await createTree({ 'data/a': 'x', empty: '\n' });
    await run(['create', 'local:data', 'local:backups'], { cwd, env });
    const wrong = await run(['list', 'local:backups'], { cwd, env: { OH_BACKUP_PASSPHRASE: 'wrong' } });
    expect(wrong).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('[permission-denied]') });
    const missing = await run(['list', 'local:backups'], { cwd });
    expect(missing).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('OH_BACKUP_PASSPHRASE') });
    expect(await run(['list', '--passphrase-file', 'empty', 'local:backups'], { cwd })).toMatchObject({ exitCode: 2 });
    expect(await run(['list', '--passphrase-file', 'nope', 'local:backups'], { cwd })).toMatchObject({ exitCode: 1 });
  });

  test('is refused for a repository that is not encrypted', async () => {
    const cwd = await createTree({ 'data/a': 'x' });
    await run(['create', 'local:data', 'local:backups'], { cwd });
    for (const [argv, options] of [
      [['create', 'local:data', 'local:backups'], { cwd, env }],
      [['create', '--encrypt', 'local:data', 'local:backups'], { cwd }],
    ] as const) {
      expect(await run(argv, options)).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('not encrypted') });
    }
  });
});

test('a repository in what is backed up is no part of it, and what lies in a repository is not backed up', async () => {
  const cwd = await createTree({ 'data/a': 'x' });
  await run(['create', 'local:data', 'local:data/backups'], { cwd });
  expect((await run(['create', '--json', 'local:data', 'local:data/backups'], { cwd })).stdout).toContain('"files":1,');
  for (const from of ['local:data/backups', 'local:data/backups/packs']) {
    expect(await run(['create', from, 'local:data/backups'], { cwd })).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('[invalid-argument]'),
    });
  }
});

test('what cannot be backed up, or has no repository, is an error and makes nothing', async () => {
  const cwd = await createTree({ 'data/a': 'x' });
  expect(await run(['create', 'local:nope', 'local:b'], { cwd })).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('[not-found]'),
  });
  expect(await run(['create', 'local:data/a', 'local:b'], { cwd })).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('is a file'),
  });
  for (const argv of [['list'], ['verify'], ['prune']]) {
    expect(await run([...argv, 'local:b'], { cwd })).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('[not-found] no backup repository'),
    });
  }
  expect(await run(['create', 'local:data', 'local:.'], { cwd })).toMatchObject({ exitCode: 1 });
  expect(await run(['verify', '--level', '31/30', 'local:b'], { cwd })).toMatchObject({ exitCode: 2 });
  expect(await run(['prune', '--grace', 'soon', 'local:b'], { cwd })).toMatchObject({ exitCode: 2 });
  expect(await readdir(cwd)).toEqual(['data']);
});

test('a restoration leaves what is there, names it, and can be repeated with --overwrite', async () => {
  const cwd = await createTree({ 'data/a': 'x', 'data/b/c': 'y', 'to/a': 'mine' });
  await run(['create', 'local:data', 'local:backups'], { cwd });
  const left = await run(['restore', 'local:backups', 'local:to'], { cwd });
  expect(left).toEqual({
    exitCode: 1,
    stdout: expect.stringContaining('1 restored, 0 there already, 1 left as they are, 0 lost\n'),
    stderr: 'oh-storage: [already-exists] "a" is there with other contents and was left; --overwrite replaces it\n',
  });
  expect(await readFile(join(cwd, 'to/a'), 'utf8')).toBe('mine');
  expect(await run(['restore', '--overwrite', 'local:backups', 'local:to'], { cwd })).toMatchObject({ exitCode: 0 });
  expect(await readFile(join(cwd, 'to/a'), 'utf8')).toBe('x');
  expect(await run(['restore', '--path', 'b', 'local:backups', 'local:part'], { cwd })).toMatchObject({ exitCode: 0 });
  expect(await listFiles(join(cwd, 'part'))).toEqual(['b/c']);
});

test('a damaged pack is told once, whatever was in it, and each file that is lost', async () => {
  const files = new MemoryFileStore();
  const schemes = { test: schemeOf(files) };
  const parts = Array.from({ length: 9 }, (_, index) => randomBytes(2 ** 20).fill(index, 0, 9));
  const cwd = await createTree({ 'data/a': 'x' });
  await writeFile(join(cwd, 'data/large'), Buffer.concat(parts));
  await writeFile(join(cwd, 'data/other'), randomBytes(2 ** 20));
  await run(['create', 'local:data', 'test:'], { cwd, schemes });
  const packs = (await Array.fromAsync(files.entries('packs', { recursive: true }))).filter(({ kind }) => kind === 'file');
  for (const { path } of packs) {
    const bytes = await files.readBytes(path);
    // The end, with the list of files and what the pack holds, stays.
    await files.write(path, bytes.fill(0, 0, Math.floor(bytes.byteLength * 0.9)));
  }
  const restored = await run(['restore', 'test:', 'local:to'], { cwd, schemes });
  expect(restored).toMatchObject({ exitCode: 1 });
  const lines = restored.stderr.trim().split('\n');
  expect(lines.filter((line) => line.endsWith('is lost')).length).toBeGreaterThan(1);
  const damage = lines.filter((line) => line.includes('is damaged'));
  expect(damage).toEqual([expect.stringMatching(/is damaged: bytes \d+ to \d+ are not what was written; and \d+ more such$/)]);
});

test('damage is named by verify and by restore, which brings back the rest', async () => {
  const files = new MemoryFileStore();
  const schemes = { test: schemeOf(files) };
  const cwd = await createTree({ 'data/a': 'x'.repeat(999) });
  await run(['create', 'local:data', 'test:'], { cwd, schemes });
  const [directory = ''] = await files.list('packs');
  const [pack = ''] = await files.list(directory);
  await writeFile(join(cwd, 'data/b'), 'y');
  await run(['create', 'local:data', 'test:'], { cwd, schemes });
  await files.write(pack, 'torn');
  const verified = await run(['verify', 'test:'], { cwd, schemes });
  expect(verified).toMatchObject({ exitCode: 1, stdout: expect.stringMatching(/^damaged: 2 snapshots/) });
  expect(verified.stderr).toContain(`[corrupt] "${pack}" is damaged`);
  expect(verified.stderr).toMatch(/\[corrupt\] "a" of snapshot [0-9a-f]{12} is lost/);
  const restored = await run(['restore', '--json', 'test:', 'local:to'], { cwd, schemes });
  expect(restored.exitCode).toBe(1);
  expect(JSON.parse(restored.stdout)).toMatchObject({ restored: 1, lost: [{ path: 'a', code: 'corrupt' }] });
  expect(restored.stderr).toContain('[corrupt] "a" is lost');
  expect(await listFiles(join(cwd, 'to'))).toEqual(['b']);
  expect(await run(['list', 'test:'], { cwd, schemes })).toMatchObject({ exitCode: 0 });
  await files.write((await files.list('snapshots'))[0] ?? '', 'torn');
  expect(await run(['list', '--json', 'test:'], { cwd, schemes })).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('[corrupt]'),
  });
});

test('an interruption in the middle ends it with 130, and leaves no snapshot', async () => {
  const cwd = await createTree({ 'data/a': 'x' });
  const files = new MemoryFileStore();
  await run(['create', 'local:data', 'test:'], { cwd, schemes: { test: schemeOf(files) } });
  await writeFile(join(cwd, 'data/b'), 'y');
  const interrupted = new AbortController();
  const interrupting = new Proxy(files, {
    get: (store, key) => {
      const member: unknown = Reflect.get(store, key, store);
      if (typeof member !== 'function') {
        return member;
      }
      return (...args: readonly unknown[]) => {
        if (key === 'write' && String(args[0]).startsWith('packs/')) {
          interrupted.abort();
        }
        return Reflect.apply(member, store, args);
      };
    },
  });
  const stopped = await run(['create', 'local:data', 'test:'], {
    cwd,
    schemes: { test: schemeOf(interrupting) },
    signal: interrupted.signal,
  });
  expect(stopped).toEqual({ exitCode: 130, stdout: '', stderr: '' });
  expect(await files.list('snapshots')).toHaveLength(1);
  expect((await run(['create', '--json', 'local:data', 'test:'], { cwd, schemes: { test: schemeOf(files) } })).stdout).toContain(
    '"files":2,',
  );
});

test.each(['--keep-latest', '--keep-daily', '--keep-weekly', '--keep-monthly'])(
  'prune with %s alone would remove nothing, and says so',
  async (option) => {
    const cwd = await createTree({ 'data/a': '1' });
    await runCaptured(['backup', 'create', 'local:data', 'local:repo'], { cwd });
    const { exitCode, stderr } = await run(['prune', 'local:repo', option, '3', '--yes'], { cwd });
    expect({ exitCode, stderr }).toEqual({
      exitCode: 2,
      stderr: expect.stringContaining(`[usage] ${option} spares some of the snapshots that --older-than`),
    });
  },
);

test('prune spares the newest snapshots, and those of days, weeks and months', async () => {
  const cwd = await createTree({ 'data/a': 'x' });
  onTestFinished(() => {
    vi.useRealTimers();
  });
  const times = ['2026-02-10T08', '2026-02-24T08', '2026-03-02T08', '2026-03-04T08', '2026-03-04T09'];
  for (const time of times) {
    vi.useFakeTimers({ toFake: ['Date'], now: new Date(`${time}:00:00Z`) });
    await run(['create', 'local:data', 'local:backups'], { cwd });
  }
  const { stdout: listed } = await run(['list', 'local:backups', '--json'], { cwd });
  const snapshots = listed
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { readonly id: string; readonly createdAt: string });
  const kept = async (...options: string[]): Promise<readonly string[]> => {
    const { stdout } = await run(['prune', 'local:backups', '--older-than', '2100-01-01', '--dry-run', '--json', ...options], { cwd });
    const { removed } = JSON.parse(stdout) as { readonly removed: readonly string[] };
    return snapshots.filter(({ id }) => !removed.includes(id)).map(({ createdAt }) => createdAt.slice(0, times[0]?.length));
  };
  const newest = times[4];
  expect(await kept()).toEqual([newest]);
  expect(await kept('--keep-latest', '2')).toEqual([times[3], newest]);
  expect(await kept('--keep-daily', '2')).toEqual([times[2], newest]);
  expect(await kept('--keep-weekly', '3')).toEqual([times[0], times[1], newest]);
  expect(await kept('--keep-monthly', '2')).toEqual([times[1], newest]);
});

test('prune asks before snapshots go, and says what it did', async () => {
  const cwd = await createTree({ 'data/a': 'x' });
  await run(['create', 'local:data', 'local:backups'], { cwd });
  await writeFile(join(cwd, 'data/a'), 'other');
  await run(['create', 'local:data', 'local:backups'], { cwd });
  const prune = ['prune', '--older-than', '2100-01-01', '--grace', '0s', 'local:backups'];
  expect(await run(prune, { cwd })).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--yes') });
  expect(await run([...prune, '--dry-run'], { cwd })).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('would be: 1 snapshot removed, 1 kept'),
  });
  expect(await run(prune, { cwd, ask: async () => 'n' })).toMatchObject({ exitCode: 1 });
  expect((await run(['list', '--json', 'local:backups'], { cwd })).stdout.trim().split('\n')).toHaveLength(2);
  expect(await run(prune, { cwd, ask: async () => 'y' })).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('1 snapshot removed, 1 kept'),
  });
  const { stdout } = await run(['prune', '--grace', '0s', '--json', 'local:backups'], { cwd });
  expect(JSON.parse(stdout)).toMatchObject({ removed: [], kept: 1, deletedPacks: 1 });
});

test('a file that cannot be read is named, and the exit code says that it is missing', async () => {
  const cwd = await createTree({ 'data/a': 'x', 'data/b': 'y' });
  await rm(join(cwd, 'data/b'));
  const source = new MemoryFileStore();
  await source.write('data/a', 'x');
  await source.write('data/b', 'y');
  const broken = new Proxy(source, {
    get: (store, key) => {
      const member: unknown = Reflect.get(store, key, store);
      if (typeof member !== 'function') {
        return member;
      }
      return key === 'open'
        ? (path: string, options: object) => store.open(path.endsWith('/b') ? 'locked/../../b' : path, options)
        : member.bind(store);
    },
  });
  const result = await run(['create', 'test:data', 'local:backups'], { cwd, schemes: { test: schemeOf(broken) } });
  expect(result).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('1 file ') });
  expect(result.stderr).toContain('[invalid-path] "b" could not be read, and is not in the backup');
});

test('a repository whose marks are damaged takes whole snapshots, and says what to do', async () => {
  const cwd = await createTree({ 'data/a': 'x', 'data/b': 'y' });
  await run(['create', 'local:data', 'local:backups'], { cwd });
  await writeFile(join(cwd, 'backups/marks.json'), 'damaged');
  const advice =
    '[corrupt] "marks.json" is damaged: while it is so nothing is pruned, and each backup stores everything anew; delete it when no backup and no prune is running: packs are then marked anew';
  expect(await run(['create', 'local:data', 'local:backups'], { cwd })).toEqual({
    exitCode: 1,
    stdout: expect.stringMatching(/^snapshot [0-9a-f]{12}: 2 files \(2 B\), 0 unchanged, .* stored\n$/),
    stderr: `oh-storage: ${advice}\n`,
  });
  const json = await run(['create', '--json', 'local:data', 'local:backups'], { cwd });
  expect([json.exitCode, JSON.parse(json.stdout)]).toMatchObject([1, { files: 2, leftOut: [], unreadableMarks: advice }]);
  expect(await run(['prune', '--yes', 'local:backups'], { cwd })).toMatchObject({ exitCode: 1, stderr: `oh-storage: ${advice}\n` });
  expect((await run(['list', 'local:backups'], { cwd })).stdout.split('\n')).toHaveLength(5);
  expect(await readFile(join(cwd, 'backups/marks.json'), 'utf8')).toBe('damaged');
  await rm(join(cwd, 'backups/marks.json'));
  expect(await run(['create', 'local:data', 'local:backups'], { cwd })).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('2 unchanged'),
    stderr: '',
  });
});

test('a repository without its record is told from a place without one, by every command', async () => {
  const cwd = await createTree({ 'data/a': 'x' });
  await run(['create', 'local:data', 'local:backups'], { cwd });
  await rm(join(cwd, 'backups/repository.json'));
  const stderr =
    'oh-storage: [corrupt] "repository.json" is damaged: it is missing, though there are backups beside it; bring it back from a copy\n';
  for (const argv of [['list'], ['create', 'local:data'], ['create', '--encrypt', 'local:data'], ['prune', '--yes'], ['verify']]) {
    expect(await run([...argv, 'local:backups'], { cwd })).toEqual({ exitCode: 1, stdout: '', stderr });
  }
});
