import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, watch } from 'node:fs';
import { mkdir, open, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { openHandsHome, readExpectedHome } from '@oh-tools/fixtures';
import { expect, test } from 'vitest';
import { exitCodeOf, hasEnded, programArguments, runProcess, spawnCli } from './spawn-cli.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const program = [process.execPath, ...programArguments].map((word) => `'${word}'`).join(' ');

/** Runs a line of bash, as a user would. */
async function shell(line: string, cwd: string): Promise<{ readonly stdout: string; readonly stderr: string }> {
  return await promisify(execFile)('bash', ['-c', line.replaceAll('oh-storage', program)], { cwd });
}

/** Resolves when a file below `directory`, which stays empty of other files, has grown. */
async function fileAppeared(directory: string): Promise<void> {
  const watcher = watch(directory, { recursive: true });
  try {
    const files = async (): Promise<readonly string[]> =>
      (await readdir(directory, { recursive: true })).filter((path) => path.includes('/'));
    while ((await files()).length === 0) {
      await once(watcher, 'change');
    }
  } finally {
    watcher.close();
  }
}

test('exit codes: 0 done, 1 failed, 2 wrong command line', async () => {
  const cwd = await temporaryDirectory();
  expect(await runProcess(['--version'], cwd)).toMatchObject({ exitCode: 0, stderr: '' });
  expect(await runProcess(['ls', 'local:.'], cwd)).toMatchObject({ exitCode: 0, stderr: '' });
  expect(await runProcess(['cat', 'local:nope'], cwd)).toMatchObject({
    exitCode: 1,
    stderr: 'oh-storage: [not-found] no such file or directory: "local:nope"\n',
  });
  expect(await runProcess(['cat', 'nope'], cwd)).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('is "local:nope"'),
  });
  expect(await runProcess(['nope'], cwd)).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('[usage] unknown command') });
});

test('what an SDK warns of through Node is told for OH_DEBUG alone', async () => {
  const cwd = await temporaryDirectory();
  // Once the program listens for signals, it has begun.
  const warn = `process.on('newListener', (name) => name === 'SIGINT' && process.emitWarning('careful'))`;
  const run = async (variables: string): Promise<string> => {
    const options = `NODE_OPTIONS="--import data:text/javascript,${encodeURIComponent(warn).replaceAll("'", '%27')}"`;
    return (await shell(`${variables} ${options} oh-storage ls local:.`, cwd)).stderr;
  };
  expect(await run('OH_DEBUG=0')).toBe('');
  expect(await run('OH_DEBUG=1')).toContain('careful');
});

test('what is put through stdin comes back byte for byte', async () => {
  const cwd = await temporaryDirectory();
  const bytes = randomBytes(5 * 1024 * 1024 + 3);
  expect(await runProcess(['put', 'local:deep/er/file'], cwd, bytes)).toMatchObject({ exitCode: 0, stderr: '' });
  const { exitCode, stdout } = await runProcess(['cat', 'local:deep/er/file'], cwd);
  expect(exitCode).toBe(0);
  expect(stdout.equals(bytes)).toBe(true);
  expect((await readFile(join(cwd, 'deep/er/file'))).equals(bytes)).toBe(true);
});

test('nothing is left beside what was written', async () => {
  const cwd = await temporaryDirectory();
  await runProcess(['put', 'local:sub/file'], cwd, 'x');
  await runProcess(['cp', '-r', 'local:sub', 'local:copy'], cwd);
  await runProcess(['rm', '-r', 'local:sub'], cwd);
  expect((await readdir(cwd, { recursive: true })).sort()).toEqual(['copy', 'copy/file']);
});

test('a pipe that closes early ends it quietly', async () => {
  const cwd = await temporaryDirectory();
  await mkdir(join(cwd, 'many'));
  await Promise.all(Array.from({ length: 3000 }, (_, index) => writeFile(join(cwd, 'many', `file-${index}-${'x'.repeat(100)}`), '')));
  await writeFile(join(cwd, 'huge'), '');
  await truncate(join(cwd, 'huge'), 1024 ** 3);
  for (const command of ['ls -r local:many', 'ls -r --json local:many', 'cat local:huge']) {
    const { stdout, stderr } = await shell(`oh-storage ${command} | head -c 100 | wc -c; echo "\${PIPESTATUS[0]}"`, cwd);
    expect({ command, stdout, stderr }).toEqual({ command, stdout: expect.stringMatching(/^ *100\n0\n$/), stderr: '' });
  }
  expect(await shell('oh-storage --help | true; oh-storage cat local:nope 2>&1 | true', cwd)).toEqual({ stdout: '', stderr: '' });
});

test.skipIf(!existsSync('/dev/full'))('a full disk behind stdout is an error (skipped where there is no /dev/full)', async () => {
  const cwd = await temporaryDirectory();
  await writeFile(join(cwd, 'a'), 'x');
  const { stdout, stderr } = await shell('oh-storage cat local:a > /dev/full; echo $?; oh-storage ls local:. > /dev/full; echo $?', cwd);
  expect(stdout).toBe('1\n1\n');
  expect(stderr).toMatch(/^(oh-storage: \[no-space\] [^\n]*\n){2}$/);
});

test('Ctrl-C in the middle of a cat whose reader has stalled ends it at once', async () => {
  const cwd = await temporaryDirectory();
  await writeFile(join(cwd, 'huge'), '');
  await truncate(join(cwd, 'huge'), 1024 ** 3);
  const child = spawnCli(['cat', 'local:huge'], cwd);
  const stderr = text(child.stderr);
  await once(child.stdout, 'readable');
  child.kill('SIGINT');
  await hasEnded(child);
  expect(child.signalCode).toBe('SIGINT');
  child.stdout.destroy();
  expect(await stderr).toBe('');
});

test.each(['SIGINT', 'SIGTERM'] as const)('%s in the middle of a put ends it by itself and leaves no file behind', async (signal) => {
  const cwd = await temporaryDirectory();
  const child = spawnCli(['put', 'local:sub/file'], cwd);
  const stderr = text(child.stderr);
  child.stdin.write(Buffer.alloc(1024 * 1024));
  await fileAppeared(cwd);
  child.kill(signal);
  await hasEnded(child);
  expect(child.signalCode).toBe(signal);
  expect(await stderr).toBe('');
  const files = (await readdir(cwd, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  expect(files).toEqual([]);
});

test.each([
  ['put', 'local:file', 'pipe'],
  ['conversations', 'import', '--store', 'local:.', 'pipe'],
  ['backup', 'create', '--encrypt', '--passphrase-file', 'pipe', 'local:.', 'local:backups'],
  ['conversations', 'list', '--config', 'pipe'],
])('Ctrl-C ends %s %s while a pipe that it reads is silent', async (...argv) => {
  const cwd = await temporaryDirectory();
  await promisify(execFile)('mkfifo', ['pipe'], { cwd });
  const child = spawnCli(argv, cwd);
  const writer = await open(join(cwd, 'pipe'), 'w');
  try {
    // More than a pipe holds: when all is written, it reads.
    await writer.writeFile(Buffer.alloc(1024 * 1024, 'x'));
    child.kill('SIGINT');
    await hasEnded(child);
    expect(child.signalCode).toBe('SIGINT');
  } finally {
    await writer.close();
  }
  expect(await readdir(cwd)).toEqual(['pipe']);
});

test('a working directory that was removed is one line of an error', async () => {
  const cwd = await temporaryDirectory();
  const { stdout, stderr } = await shell('mkdir gone; cd gone; rmdir ../gone; oh-storage ls local:/; echo $?', cwd);
  expect(stdout).toBe('1\n');
  expect(stderr).toBe('oh-storage: [not-found] the working directory is not there any more; change to one that is\n');
});

test('a put that is refused does not wait for the end of its input', async () => {
  const cwd = await temporaryDirectory();
  for (const [url, code] of [
    ['local:.', 'invalid-argument'],
    ['local:a\nb', 'invalid-path'],
  ] as const) {
    const child = spawnCli(['put', url], cwd);
    const stderr = text(child.stderr);
    child.stdin.write('never ends');
    expect(await exitCodeOf(child)).toBe(1);
    expect(await stderr).toContain(`oh-storage: [${code}] `);
  }
  expect(await readdir(cwd)).toEqual([]);
});

test('a home of OpenHands is listed, in the order of OpenHands', async () => {
  const cwd = await temporaryDirectory();
  const argv = ['conversations', 'list', '--store', `local:${openHandsHome}`, '--layout', 'sessions', '--json'];
  const { exitCode, stdout } = await runProcess(argv, cwd);
  expect(exitCode).toBe(1);
  const { results, unreadable } = JSON.parse(stdout.toString()) as { results: { conversation_id: string }[]; unreadable: unknown[] };
  expect(results.map(({ conversation_id }) => conversation_id)).toEqual(
    readExpectedHome().conversations.map((each) => each.conversation_id),
  );
  expect(unreadable).toHaveLength(2);
});

test('the help loads neither a backend nor the tables', async () => {
  const cwd = await temporaryDirectory();
  const loader = `import { registerHooks } from 'node:module';
    registerHooks({ resolve: (name, context, next) => { process.stderr.write(name + '\\n'); return next(name, context); } });`;
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(loader)}`, ...programArguments, '--help'],
    { cwd },
  );
  expect(stdout).toContain('Usage: oh-storage');
  const packages = stderr.split('\n').filter((name) => name !== '' && !/^(\.|\/|file:|node:|data:)/.test(name));
  expect(packages).toContain('commander');
  expect([...new Set(packages)].filter((name) => name !== 'commander')).toEqual([]);
});
