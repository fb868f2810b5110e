import { readFileSync } from 'node:fs';
import { PassThrough, Writable } from 'node:stream';
import { MemoryFileStore } from '@oh/file-store-core';
import { expect, test } from 'vitest';
import type { CliContext } from '../src/cli-context.ts';
import { listCommands } from '../src/completion/command-tree.ts';
import { runCli } from '../src/index.ts';
import { createProgram } from '../src/program.ts';
import { runCaptured } from './run-captured.ts';
import { schemeOf } from './scheme-of.ts';

test.each([
  [['lss', 'memory:'], "unknown command 'lss' (Did you mean ls?)"],
  [['ls'], "missing required argument 'url'"],
  [['ls', 'memory:', 'memory:'], 'too many arguments'],
  [['ls', '--recursiv', 'memory:'], '(Did you mean --recursive?)'],
  [['ls', '--limit', '0', 'memory:'], "argument '0' is invalid"],
  [['ls', '--limit', '1e3', 'memory:'], "argument '1e3' is invalid"],
  [['cat', '--range', '9-1', 'memory:a'], "argument '9-1' is invalid"],
  [['put', '--if-absent', '--if-version', '1', 'memory:a'], 'cannot be used with'],
  [['conversations', 'list', '--store', 'memory:', '--config', 'config.toml'], 'cannot be used with'],
  [['conversations', 'list', '--store', 'memory:', '--limit', '1001'], 'It is a whole number from 1 to 1000'],
  [['conversations', 'list', '--store', 'memory:', '--limit', '5', '--all'], 'cannot be used with'],
  [['conversations', 'list', '--store', 'memory:', '--layout', 'tree'], 'Allowed choices are home, sessions'],
  [['conversations', 'show', '--store', 'memory:'], "missing required argument 'id'"],
  [['ls', 'notes.txt'], '"notes.txt" is no store URL; a directory of the local disk is "local:notes.txt"'],
  [
    ['ls', 'locl:notes.txt'],
    'unknown scheme "locl:"; did you mean "local:"? (known are local:PATH, s3://BUCKET/PATH, gs://BUCKET/PATH, memory:',
  ],
  [['ls', 'LOCAL:notes.txt'], 'did you mean "local:"?'],
  [['ls', 'ftp://host/a'], 'unknown scheme "ftp:" (known are local:PATH'],
  [['ls', 's3:bucket'], 'the URL of a bucket is "s3://BUCKET" or "s3://BUCKET/PREFIX"'],
  [['ls', 'gs:///path'], 'the URL of a bucket is "gs://BUCKET" or "gs://BUCKET/PREFIX"'],
  [['cat', '--json', 'memory:a'], 'leave out --json'],
  [['ls', 'constructor:a'], 'unknown scheme "constructor:"'],
  [['ls', 'C:\\notes.txt'], 'is no store URL'],
  [['ls', ''], 'is no store URL'],
  [['ls', 'local:'], '"local:." is the working directory'],
  [['ls', 'local:a\0b'], 'has no NUL'],
  [['rm', 'memory:a', 'nope'], 'is "local:nope"'],
  [['cp', 'memory:a', 'nope'], 'is "local:nope"'],
])('%j is a wrong command line: exit code 2 and one line on stderr', async (argv, message) => {
  const { exitCode, stdout, stderr } = await runCaptured(argv);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  expect(stderr).toMatch(/^oh-storage: \[usage\] [^\n]*\n$/);
  expect(stderr).toContain(message);
});

const program = createProgram({ io: {} } as CliContext, [], () => undefined);

test.each([
  [['lss'], 'see "oh-storage --help"'],
  [['conversations', 'lst'], 'see "oh-storage conversations --help"'],
  [
    ['--quiet', 'conversations', 'list', '--limit', '0'],
    'argument \'0\' is invalid. It is a whole number from 1 to 1000; see "oh-storage conversations list --help"',
  ],
])('%j is told which help to read', async (argv, message) => {
  expect(await runCaptured(argv)).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(/"\n$/) });
  expect((await runCaptured(argv)).stderr).toContain(message);
});

test('help of a command below another is that of this command, however it is asked for', async () => {
  const { stdout } = await runCaptured(['secrets', 'keys', 'retire', '--help']);
  expect(stdout).toContain('Usage: oh-storage secrets keys retire');
  expect((await runCaptured(['help', 'secrets', 'keys', 'retire'])).stdout).toBe(stdout);
});

test('help of what is no command is an error, not the help of everything', async () => {
  for (const [argv, message] of [
    [['help', 'secret'], 'unknown command \'secret\' (Did you mean secrets?); see "oh-storage --help"'],
    [['help', 'backup', 'creat'], 'unknown command \'creat\' (Did you mean create?); see "oh-storage backup --help"'],
  ] as const) {
    expect(await runCaptured(argv)).toMatchObject({ exitCode: 2, stdout: '', stderr: `oh-storage: [usage] ${message}\n` });
  }
});

test('help of a command with words behind it is its help, and runs nothing', async () => {
  expect(await runCaptured(['help', 'rm', 'local:nope'])).toEqual(await runCaptured(['rm', '--help']));
  expect((await runCaptured(['help', 'backup', 'dump'])).stdout).toBe((await runCaptured(['backup', 'cat', '--help'])).stdout);
});

test.each([
  [[]],
  [['conversations']],
  [['help']],
  [['help', 'ls']],
  ...listCommands(program)
    .filter(({ words }) => words[0] !== 'help')
    .map(({ words }) => [[...words, '--help']]),
])('%j shows a help text with examples', async (argv) => {
  const { exitCode, stdout, stderr } = await runCaptured(argv);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout).toContain('Usage: oh-storage');
  expect(stdout).toContain('  $ oh-storage ');
});

test.each([100, 80])('help fits into %d columns, but for examples and lists', async (columns) => {
  for (const { words } of listCommands(program).filter(({ words }) => words[0] !== 'help')) {
    const { stdout } = await runCaptured([...words, '--help'], { columns });
    const isTooLong = (line: string): boolean =>
      line.length > columns && !/^ +(\$|local:|s3:|gs:|memory:|config\.toml|store in|all |1\/30)/.test(line);
    expect(stdout.split('\n').filter(isTooLong)).toEqual([]);
  }
});

test('help shows the options of a command before those that say where the data lies', async () => {
  const { stdout } = await runCaptured(['conversations', 'search', '--help']);
  expect(stdout).toMatch(/\nOptions:\n.*--limit.*\nWhere the data lies:\n.*--store.*\nGlobal Options:\n/s);
});

test('--version is that of the package', async () => {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  expect(await runCaptured(['--version'])).toMatchObject({ exitCode: 0, stdout: `${version}\n`, stderr: '' });
});

test('control characters in an argument are not written to the terminal', async () => {
  for (const argv of [['ls', '\u001b]0;title\u0007'], ['\u001b]0;title\u0007'], ['ls', '--\u001b]0;title\u0007']]) {
    const { exitCode, stderr } = await runCaptured(argv);
    expect(exitCode).toBe(2);
    expect(stderr.trimEnd()).not.toMatch(/\p{Cc}/u);
    expect(stderr).toContain('\\u001b]0;title');
  }
});

test('an expected error has no stack, except with --debug or OH_DEBUG', async () => {
  const plain = await runCaptured(['cat', 'memory:a']);
  expect(plain).toMatchObject({ exitCode: 1, stderr: 'oh-storage: [not-found] no such file or directory: "memory:a"\n' });
  for (const [argv, env] of [
    [['cat', '--debug', 'memory:a'], {}],
    [['--debug', 'cat', 'memory:a'], {}],
    [['cat', 'memory:a'], { OH_DEBUG: '1' }],
  ] as const) {
    const { stderr } = await runCaptured(argv, { env });
    expect(stderr).toMatch(/^oh-storage: \[not-found\][^\n]*\noh-storage: \[debug\] [^\n]*\noh-storage: \[debug\] {5}at /);
  }
  expect((await runCaptured(['cat', 'memory:a'], { env: { OH_DEBUG: '0' } })).stderr).toBe(plain.stderr);
});

test('stores are closed after a success and after a failure', async () => {
  const store = new MemoryFileStore();
  await store.write('a', '');
  for (const [url, exitCode] of [
    ['test:a', 0],
    ['test:b', 1],
  ] as const) {
    let closed = 0;
    const schemes = { test: schemeOf(store, () => (closed += 1)) };
    expect((await runCaptured(['cat', url], { schemes })).exitCode).toBe(exitCode);
    expect(closed).toBe(1);
  }
});

test('a store that cannot be closed is an error, but not in place of an earlier one', async () => {
  const store = new MemoryFileStore();
  await store.write('a', '');
  const schemes = {
    test: schemeOf(store, () => {
      throw new Error('cannot be closed');
    }),
  };
  expect(await runCaptured(['cat', 'test:a'], { schemes })).toMatchObject({
    exitCode: 1,
    stderr: 'oh-storage: [unknown] cannot be closed\n',
  });
  expect(await runCaptured(['cat', 'test:b'], { schemes })).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('[not-found]') });
});

test('a stderr that nobody reads changes nothing', async () => {
  const stderr = new Writable({
    write: (_chunk, _encoding, done) => void setImmediate(done, Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })),
  });
  const io = { stdin: new PassThrough(), stdout: new PassThrough(), stderr, env: {}, cwd: '/' };
  expect(await runCli(['cat', 'memory:a'], io)).toBe(1);
  expect(stderr.destroyed).toBe(true);
});

test('a run leaves no listeners on the streams it was given', async () => {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const before = [stdout.listenerCount('error'), stderr.listenerCount('error')];
  const io = { stdin: new PassThrough(), stdout, stderr, env: {}, cwd: '/' };
  expect(await runCli(['ls', 'memory:'], io)).toBe(0);
  expect([stdout.listenerCount('error'), stderr.listenerCount('error')]).toEqual(before);
  expect(stdout.writable && stderr.writable).toBe(true);
});
