import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createTree, listCopied } from './directory-tree.ts';
import { type CapturedRun, runCaptured } from './run-captured.ts';

const source = { 'from/a.json': '1', 'from/a.tmp': '2', 'from/cache/b.json': '3', 'from/sub/c.json': '4', 'from/sub/cache/d': '5' };

async function run(cwd: string, ...argv: readonly string[]): Promise<CapturedRun> {
  const captured = await runCaptured(argv, { cwd });
  // On a slow machine there is a line about how far it is.
  return { ...captured, stderr: captured.stderr.replace(/^oh-storage: \[progress\] .*\n/gm, '') };
}

describe('cp', () => {
  test.each([
    [
      ['--exclude', '*.tmp', '--exclude', 'cache/'],
      ['a.json', 'sub/c.json'],
    ],
    [
      ['--exclude', '/cache'],
      ['a.json', 'a.tmp', 'sub/c.json', 'sub/cache/d'],
    ],
    [
      ['--include', '*.json'],
      ['a.json', 'cache/b.json', 'sub/c.json'],
    ],
    [
      ['--include', '*.json', '--include', 'sub/', '--exclude', 'cache'],
      ['a.json', 'sub/c.json'],
    ],
    [['--exclude', '*', '--exclude', '!*.tmp'], ['a.tmp']],
    [
      ['--exclude', 'nothing'],
      ['a.json', 'a.tmp', 'cache/b.json', 'sub/c.json', 'sub/cache/d'],
    ],
    [['--include', 'nothing'], []],
  ])('copies what %j lets', async (options, copied) => {
    const cwd = await createTree(source);
    const { exitCode, stdout, stderr } = await run(cwd, 'cp', '-r', 'local:from/.', 'local:to/', '--json', ...options);
    expect({ exitCode, copied: JSON.parse(stdout).copied, stderr }).toEqual({ exitCode: 0, copied: copied.length, stderr: '' });
    expect(await listCopied(join(cwd, 'to')).catch(() => [])).toEqual(copied);
  });

  test('of a file has nothing to choose from', async () => {
    const cwd = await createTree(source);
    expect(await run(cwd, 'cp', 'local:from/a.json', 'local:to', '--exclude', 'x')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('choose among the files of a directory'),
    });
  });
});

describe('sync', () => {
  test('neither copies nor deletes what is left out; --dry-run shows it', async () => {
    const cwd = await createTree({ ...source, 'to/old.json': '6', 'to/old.tmp': '7', 'to/cache/e': '8', 'to/a.tmp': '9' });
    const argv = ['sync', '--delete', 'local:from', 'local:to', '--exclude', '*.tmp', '--exclude', 'cache/'];
    const shown = await run(cwd, ...argv, '--dry-run');
    expect(shown).toMatchObject({ exitCode: 0, stderr: '' });
    expect(shown.stdout.split('\n').toSorted()).toEqual([
      '',
      'copy     a.json',
      'copy     sub/c.json',
      'delete   old.json',
      'would be: 2 copied, 0 replaced (2 B), 0 unchanged, 1 deleted',
    ]);
    expect(await run(cwd, ...argv)).toMatchObject({
      exitCode: 0,
      stdout: '2 copied, 0 replaced (2 B), 0 unchanged, 1 deleted\n',
      stderr: '',
    });
    expect(await listCopied(join(cwd, 'to'))).toEqual(['a.json', 'a.tmp', 'cache/e', 'old.tmp', 'sub/c.json']);
    expect(await readFile(join(cwd, 'to/a.tmp'), 'utf8')).toBe('9');
    expect((await run(cwd, ...argv)).stdout).toBe('0 copied, 0 replaced (0 B), 2 unchanged, 0 deleted\n');
    expect((await run(cwd, 'sync', '--delete', 'local:from', 'local:to')).stdout).toBe(
      '2 copied, 1 replaced (3 B), 2 unchanged, 2 deleted\n',
    );
    expect(await listCopied(join(cwd, 'to'))).toEqual(await listCopied(join(cwd, 'from')));
  });

  test('deletes what is included although nothing at the source is, but not when nothing at all is there', async () => {
    const cwd = await createTree({ 'from/a.json': '1', 'to/old.log': '2', 'to/b.json': '3' });
    await mkdir(join(cwd, 'empty'));
    expect(await run(cwd, 'sync', '--delete', '--include', '*.log', 'local:empty', 'local:to')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('add --allow-empty'),
    });
    expect(await listCopied(join(cwd, 'to'))).toEqual(['b.json', 'old.log']);
    expect(await run(cwd, 'sync', '--delete', '--include', '*.log', 'local:from', 'local:to')).toMatchObject({
      exitCode: 0,
      stdout: '0 copied, 0 replaced (0 B), 0 unchanged, 1 deleted\n',
    });
    expect(await listCopied(join(cwd, 'to'))).toEqual(['b.json']);
  });

  test.runIf(process.platform !== 'win32')('passes over a closed directory that is left out', async () => {
    const cwd = await createTree({ 'from/a': '1', 'from/closed/b': '2', 'from/z': '3' });
    const closed = join(cwd, 'from/closed');
    await chmod(cwd, 0o777);
    await chmod(closed, 0);
    onTestFinished(() => chmod(closed, 0o700));
    if (process.getuid?.() === 0) {
      // Permissions do not hold back root; the user `nobody` they do.
      process.seteuid?.(65_534);
      onTestFinished(() => void process.seteuid?.(0));
    }
    expect(await run(cwd, 'sync', 'local:from', 'local:to')).toMatchObject({ exitCode: 1 });
    expect(await run(cwd, 'sync', 'local:from', 'local:to', '--exclude', '/closed/')).toMatchObject({ exitCode: 0, stderr: '' });
    await writeFile(join(cwd, 'to/old'), '');
    expect(await run(cwd, 'sync', '--delete', 'local:from', 'local:to', '--exclude', '/closed/')).toMatchObject({
      exitCode: 0,
      stderr: '',
    });
    expect(await listCopied(join(cwd, 'to'))).toEqual(['a', 'z']);
  });
});

describe('backup', () => {
  test('has nothing of what is left out, and restores what is asked for', async () => {
    const cwd = await createTree(source);
    const create = ['backup', 'create', 'local:from', 'local:backups'];
    expect(await run(cwd, ...create, '--exclude', '*.tmp', '--exclude', 'cache/')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('2 files'),
      stderr: '',
    });
    expect((await run(cwd, 'backup', 'ls', '-r', 'local:backups')).stdout).toMatch(/^.* a\.json\n.* sub\/c\.json\n$/);
    expect((await run(cwd, ...create)).stdout).toContain('5 files (5 B), 2 unchanged');
    const restore = ['backup', 'restore', 'local:backups', 'local:to'];
    expect(await run(cwd, ...restore, '--include', '*.json', '--exclude', '/cache')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('2 restored'),
    });
    expect(await listCopied(join(cwd, 'to'))).toEqual(['a.json', 'sub/c.json']);
    expect((await run(cwd, ...restore, '--path', 'sub', '--exclude', '/sub/cache/')).stdout).toContain('0 restored, 1 there already');
    expect((await run(cwd, ...restore, '--include', 'nothing')).stdout).toContain('0 restored, 0 there already');
    expect((await run(cwd, ...restore, '--path', 'nothing', '--include', 'a')).stderr).toContain('[not-found]');
  });

  test('is refused when all is left out that its last one has', async () => {
    const cwd = await createTree(source);
    const create = ['backup', 'create', 'local:from', 'local:backups'];
    await run(cwd, ...create);
    expect(await run(cwd, ...create, '--include', '*.jsn')).toMatchObject({
      exitCode: 1,
      stdout: '',
      stderr: expect.stringContaining('[unavailable] the source is empty, or all of it is excluded, unlike its last snapshot (files: 5)'),
    });
    expect(await run(cwd, ...create, '--include', '*.jsn', '--allow-empty')).toMatchObject({ exitCode: 0 });
  });

  test('leaves out its own repository, whatever the patterns are', async () => {
    const cwd = await createTree({ 'from/a': '1', 'from/b': '2' });
    const create = ['backup', 'create', 'local:from', 'local:from/backups', '--include', '*'];
    expect((await run(cwd, ...create, '--exclude', 'b')).stdout).toContain('1 file (1 B), 0 unchanged');
    expect((await run(cwd, ...create)).stdout).toContain('2 files (2 B), 1 unchanged');
  });
});

test.each([
  ['sync', 'local:a', 'local:b'],
  ['cp', '-r', 'local:a', 'local:b'],
  ['backup', 'create', 'local:a', 'local:b'],
  ['backup', 'restore', 'local:a', 'local:b'],
])('a pattern that is none is a wrong command line: %s', async (...argv) => {
  for (const option of ['--exclude', '--include']) {
    for (const [pattern, message] of [
      ['[a', 'A [ is not closed'],
      ['', 'It is a line that is not empty'],
      ['../x', 'as no path in the directory has'],
      ['!x', 'It is an exception'],
    ] as const) {
      const { exitCode, stdout, stderr } = await runCaptured([...argv, option, pattern]);
      expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 2, stdout: '', stderr: expect.stringContaining(message) });
    }
  }
});
