import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { programArguments, runProcess, spawnCli } from './spawn-cli.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const program = [process.execPath, ...programArguments].map((word) => `'${word}'`).join(' ');

const isRoot = process.getuid?.() === 0;

async function makeFiles(directory: string, count: number): Promise<void> {
  await mkdir(directory, { recursive: true });
  await Promise.all(Array.from({ length: count }, (_, index) => writeFile(join(directory, `f${index}`), `contents ${index}`)));
}

async function expectSame(from: string, to: string): Promise<void> {
  const names = (await readdir(from)).sort();
  expect((await readdir(to)).filter((name) => !name.startsWith('.oh-')).sort()).toEqual(names);
  for (const name of names) {
    expect(await readFile(join(to, name), 'utf8')).toBe(await readFile(join(from, name), 'utf8'));
  }
}

const hasScript = process.platform === 'linux' && spawnSync('script', ['--version']).status === 0;

test.skipIf(!hasScript)(
  'Ctrl-C in the middle of a migrate on a terminal ends its progress bar, and the next one does the rest (skipped without script of util-linux)',
  { timeout: 240_000 },
  async () => {
    const cwd = await temporaryDirectory();
    await makeFiles(join(cwd, 'from'), 4000);
    const terminal = spawn('script', ['-qec', `${program} migrate --from local:from --to local:to`, '/dev/null'], {
      cwd,
      env: { ...process.env, TERM: 'xterm', COLUMNS: '100' },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    onTestFinished(() => void terminal.kill('SIGKILL'));
    let shown = '';
    let isInterrupted = false;
    for await (const chunk of terminal.stdout) {
      shown += String(chunk);
      // Some are copied, and some are not.
      if (!isInterrupted && /migrating \[.*\] ([1-9]|[1-8]\d)%/.test(shown)) {
        isInterrupted = true;
        terminal.stdin.write('\u0003');
      }
    }
    if (terminal.exitCode === null) {
      await once(terminal, 'exit');
    }
    expect(terminal.exitCode).toBe(130);
    // The bar is gone, and the cursor never was.
    expect(shown.trimEnd()).toMatch(/\[[02]?K$/);
    expect(shown).not.toContain('\u001b[?25l');
    const there = (await readdir(join(cwd, 'to'))).filter((name) => name.startsWith('f')).length;
    expect(there).toBeGreaterThan(0);
    expect(there).toBeLessThan(4000);
    const { exitCode, stdout } = await runProcess(['migrate', '--from', 'local:from', '--to', 'local:to', '--json'], cwd);
    expect({ exitCode, counts: JSON.parse(stdout.toString()) }).toMatchObject({
      exitCode: 0,
      counts: { copied: 4000 - there, unchanged: there, verified: 4000 },
    });
    await expectSame(join(cwd, 'from'), join(cwd, 'to'));
  },
);

test('a migrate that was killed is done by the next one', { timeout: 240_000 }, async () => {
  const cwd = await temporaryDirectory();
  await makeFiles(join(cwd, 'from'), 2500);
  const child = spawnCli(['migrate', '--from', 'local:from', '--to', 'local:to'], cwd);
  let told = '';
  for await (const chunk of child.stderr) {
    told += String(chunk);
    if (/migrating .*[1-9]\d*\/2500 files/.test(told)) {
      child.kill('SIGKILL');
    }
  }
  const { exitCode, stdout } = await runProcess(['migrate', '--from', 'local:from', '--to', 'local:to', '--json'], cwd);
  expect({ exitCode, counts: JSON.parse(stdout.toString()) }).toMatchObject({ exitCode: 0, counts: { verified: 2500, replaced: 0 } });
  await expectSame(join(cwd, 'from'), join(cwd, 'to'));
});

test('a reader that goes away ends a dry run quietly', async () => {
  const cwd = await temporaryDirectory();
  await makeFiles(join(cwd, 'from'), 2000);
  const line = `${program} sync --quiet --dry-run local:from local:to | head -n 1; echo "\${PIPESTATUS[0]}"`;
  const { stdout, stderr } = await promisify(execFile)('bash', ['-c', line], { cwd });
  expect({ stdout, stderr }).toEqual({ stdout: expect.stringMatching(/^copy {5}f\d+\n0\n$/), stderr: '' });
});

test.skipIf(!isRoot || process.platform !== 'linux')(
  'a full disk ends it, says so, and is gone on with when there is room (skipped without root)',
  { timeout: 120_000 },
  async ({ skip }) => {
    const cwd = await temporaryDirectory();
    await mkdir(join(cwd, 'small'));
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', join(cwd, 'small')]).status !== 0) {
      return skip('nothing can be mounted here');
    }
    onTestFinished(() => void spawnSync('umount', ['-l', join(cwd, 'small')]));
    await mkdir(join(cwd, 'from'));
    await Promise.all(Array.from({ length: 100 }, (_, index) => writeFile(join(cwd, 'from', `f${index}`), 'x'.repeat(32 * 1024))));
    const full = await runProcess(['sync', '--quiet', 'local:from', 'local:small'], cwd);
    expect(full.exitCode).toBe(1);
    expect(full.stderr).toMatch(/oh-storage: \[no-space\] could not copy "f\d+": /);
    expect(full.stderr).toContain('oh-storage: [no-space] the target is full: nothing more was copied; make room and run it again\n');
    expect(spawnSync('mount', ['-o', 'remount,size=16m', join(cwd, 'small')]).status).toBe(0);
    expect(await runProcess(['migrate', '--quiet', '--from', 'local:from', '--to', 'local:small'], cwd)).toMatchObject({
      exitCode: 0,
      stderr: '',
    });
    await expectSame(join(cwd, 'from'), join(cwd, 'small'));
  },
);

test('without permission to read the source nothing is deleted, and without permission to write the target each file is named', async () => {
  const cwd = await temporaryDirectory();
  await chmod(cwd, 0o755);
  await makeFiles(join(cwd, 'from/closed'), 2);
  await makeFiles(join(cwd, 'to'), 3);
  await chmod(join(cwd, 'from/closed'), 0o700);
  await chmod(join(cwd, 'to'), 0o777);
  // Root may read everything.
  const user = isRoot ? { uid: 65_534, gid: 65_534 } : {};
  if (!isRoot) {
    await chmod(join(cwd, 'from/closed'), 0);
  }
  const run = async (...argv: readonly string[]): Promise<{ readonly exitCode: number | null; readonly stderr: string }> => {
    const child = spawn(process.execPath, [...programArguments, ...argv], {
      cwd,
      ...user,
      env: { ...process.env, HOME: cwd },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const [stderr] = await Promise.all([text(child.stderr), once(child, 'close')]);
    return { exitCode: child.exitCode, stderr };
  };
  expect(await run('sync', '--quiet', '--delete', 'local:from', 'local:to')).toEqual({
    exitCode: 1,
    stderr: expect.stringMatching(
      /^oh-storage: \[permission-denied\] could not list "closed": [^\n]*\noh-storage: \[incomplete\] [^\n]*\n$/,
    ),
  });
  expect((await readdir(join(cwd, 'to'))).filter((name) => name.startsWith('f')).sort()).toEqual(['f0', 'f1', 'f2']);
  await chmod(join(cwd, 'from/closed'), 0o755);
  await mkdir(join(cwd, 'locked'), { mode: 0o755 });
  if (!isRoot) {
    await chmod(join(cwd, 'locked'), 0o555);
  }
  const { exitCode, stderr } = await run('sync', '--quiet', 'local:from', 'local:locked');
  expect(exitCode).toBe(1);
  expect(stderr).toContain('[permission-denied]');
});
