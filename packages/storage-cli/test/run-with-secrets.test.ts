import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { RunProgram } from '../src/index.ts';
import { spawnProgram } from '../src/spawn-program.ts';
import { hasEnded, runProcess, spawnCli } from './spawn-cli.ts';
import { useUserHome } from './user-home.ts';

const user = useUserHome('secrets');
const { run: secrets } = user;

test('a program gets all secrets and tokens, which count more than variables that are set', async () => {
  await secrets(['set', 'API_KEY'], { stdin: 'sk-canary' });
  await secrets(['set', 'github', '--provider'], { stdin: 'ghp_canary' });
  const runs: Parameters<RunProgram>[] = [];
  const runProgram: RunProgram = async (...run) => {
    runs.push(run);
    return 7;
  };
  const given = { ...user.env, API_KEY: 'old', OTHER: 'kept' };
  const { exitCode, stdout, stderr } = await secrets(['run', '--', 'deploy', '--all'], { env: given, runProgram });
  expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 7, stdout: '', stderr: '' });
  expect(runs).toEqual([[['deploy', '--all'], { ...given, API_KEY: 'sk-canary', github_token: 'ghp_canary' }, expect.anything()]]);
});

test('a secret that cannot be a variable is left out, and told of', async () => {
  await secrets(['set', 'PATH=/evil'], { stdin: 'x' });
  await secrets(['set', 'CUT'], { stdin: 'a\0b' });
  await secrets(['set', 'GOOD'], { stdin: 'x' });
  const seen: string[] = [];
  const runProgram: RunProgram = async (_, variables) => {
    seen.push(...Object.keys(variables).filter((name) => !(name in user.env)));
    return 0;
  };
  expect((await secrets(['run', '--', 'env'], { runProgram })).stderr).toBe(
    'oh-storage: [note] 2 of the secrets cannot be variables, for their names or values, and are left out\n',
  );
  expect(seen).toEqual(['GOOD']);
});

test('nothing is run when a secret cannot be read, nor without a program', async () => {
  await secrets(['set', 'GOOD'], { stdin: 'x' });
  await secrets(['set', 'BAD'], { stdin: 'x' });
  const path = join(user.home, 'data/secrets/secrets.json');
  const document = await readFile(path, 'utf8');
  const place = document.indexOf('"BAD"');
  await writeFile(path, document.slice(0, place) + document.slice(place).replace(/[0-9A-Za-z_-]{40}/, 'A'.repeat(40)));
  const runProgram: RunProgram = () => Promise.reject(new Error('was run'));
  expect(await secrets(['run', '--', 'env'], { runProgram })).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('"BAD"') });
  expect(await secrets(['run'], { runProgram })).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('missing required argument'),
  });
  expect(await secrets(['run', 'env'])).toMatchObject({ exitCode: 2 });
});

test('the streams and the exit code are those of the program; without secrets it runs as well', async () => {
  const argv = [
    'secrets',
    'run',
    '--store',
    'local:data',
    '--',
    process.execPath,
    '-e',
    'process.stdin.pipe(process.stdout); process.exitCode = 5;',
  ];
  const { exitCode, stdout, stderr } = await runProcess(argv, user.home, 'from stdin');
  expect({ exitCode, stdout: stdout.toString(), stderr }).toEqual({ exitCode: 5, stdout: 'from stdin', stderr: '' });
  expect(await runProcess(['secrets', 'run', '--store', 'local:data', '--', './nope'], user.home)).toMatchObject({
    exitCode: 1,
    stderr: 'oh-storage: [not-found] there is no program "./nope"\n',
  });
});

// Windows has no signals to hand on.
test.runIf(process.platform !== 'win32').each([
  ['SIGTERM', 'process.on("SIGTERM", () => process.exit(9));', 9],
  ['SIGTERM', '', 143],
  ['SIGINT', 'process.on("SIGINT", () => process.exit(0));', 0],
] as const)('%s is handed on, and the program decides: %s', async (signal, handler, exitCode) => {
  const script = `${handler} setInterval(() => {}, 1000); console.log("ready");`;
  const child = spawnCli(['secrets', 'run', '--store', 'local:data', '--', process.execPath, '-e', script], user.home);
  await once(child.stdout, 'data');
  child.kill(signal);
  await hasEnded(child);
  expect(child.exitCode).toBe(exitCode);
});

test('nothing is run after an interruption', async () => {
  await secrets(['set', 'API_KEY'], { stdin: 'sk-canary' });
  const interrupted = new AbortController();
  const runProgram: RunProgram = async (program, variables, options) => {
    // After the secrets were read, before there is a program to hand the signal on to.
    interrupted.abort();
    return await spawnProgram(program, variables, options);
  };
  const program = [process.execPath, '-e', `require('node:fs').writeFileSync(${JSON.stringify(join(user.home, 'was-run'))}, '')`];
  expect(await secrets(['run', '--', ...program], { runProgram, signal: interrupted.signal })).toMatchObject({ exitCode: 130 });
  expect(await readdir(user.home)).not.toContain('was-run');
});
