import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { openStorage, type Storage } from '@oh/storage';
import { copyOpenHandsHome, readExpectedHome } from '@oh-tools/fixtures';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type CapturedRun, type RunOptions, runCaptured } from './run-captured.ts';
import { makeUserHome } from './user-home.ts';

let home: string;
let env: Readonly<Record<string, string>>;
let storage: Storage;

beforeEach(async () => {
  ({ home, env } = await makeUserHome());
  storage = await openStorage({ file_store: 'local', file_store_path: join(home, 'data') }, { env });
  await storage.conversations.saveMetadata({ conversation_id: 'c1', selected_repository: null });
  await storage.events('c1').appendAll([
    { source: 'user', action: 'message', args: { content: 'Fix the flaky test\nplease' }, timestamp: '2025-06-12T09:30:11.123Z' },
    { source: 'agent', action: 'run', args: { command: 'npm test', thought: 'see' }, timestamp: '2025-06-12T09:31:00Z' },
    { source: 'environment', observation: 'run', content: '\u001b[31mfailed\u001b[0m', timestamp: '2025-06-12T09:32:00Z' },
    { source: 'agent', kind: 'MessageEvent', hidden: true, timestamp: '2025-06-12T09:33:00Z' },
  ]);
});

afterEach(async () => {
  await storage.close();
});

async function events(argv: readonly string[], options: RunOptions = {}): Promise<CapturedRun> {
  return await runCaptured(['events', ...argv], { cwd: home, env, ...options });
}

function idsOf({ stdout }: CapturedRun): readonly number[] {
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => Number((JSON.parse(line) as { readonly id: number }).id));
}

/** Makes the event with this id one that cannot be read. */
async function damage(id: number): Promise<void> {
  const path = join(home, 'data/conversations/c1/events.json');
  const lines = (await readFile(path, 'utf8')).split('\n');
  await writeFile(path, lines.map((line, index) => (index === id ? line.replace('"source":', '"source"!') : line)).join('\n'));
}

describe('show', () => {
  test('shows each event on a line, and nothing that a terminal would act upon', async () => {
    const { stdout, stderr, exitCode } = await events(['show', 'c1', '--hidden']);
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    expect(stdout).toBe(
      [
        '     0  2025-06-12T09:30:11Z  user         message           Fix the flaky test',
        '     1  2025-06-12T09:31:00Z  agent        run               npm test',
        '     2  2025-06-12T09:32:00Z  environment  run               \\u001b[31mfailed\\u001b[0m',
        '     3  2025-06-12T09:33:00Z  agent        MessageEvent',
        '',
      ].join('\n'),
    );
    const [whole] = (await events(['show', 'c1'], { columns: 66 })).stdout.split('\n');
    expect(whole).toMatch(/ Fix the flaky test$/);
  });

  test.each([
    [['--hidden'], [0, 1, 2, 3]],
    [[], [0, 1, 2]],
    [
      ['--reverse', '--limit', '2'],
      [2, 1],
    ],
    [['--from', '1', '--to', '1'], [1]],
    [
      ['--source', 'agent', '--hidden'],
      [1, 3],
    ],
    [
      ['--type', 'action:run', '--type', 'observation'],
      [1, 2],
    ],
    [['--exclude-type', 'action'], [2]],
    [['--query', 'NPM'], [1]],
    [['--since', '2025-06-12T09:31:00Z', '--until', '2025-06-12T09:31:30Z'], [1]],
  ])('filters: %j gives %j', async (argv, ids) => {
    expect(idsOf(await events(['show', 'c1', '--json', ...argv]))).toEqual(ids);
  });

  test('gives each event as it is stored', async () => {
    const stored = (await readFile(join(home, 'data/conversations/c1/events.json'), 'utf8')).trimEnd().split('\n');
    const { stdout } = await events(['show', 'c1', '--json', '--hidden']);
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(stored.map((line) => JSON.parse(line)));
  });

  test('names an event that cannot be read, and shows the others', async () => {
    await damage(1);
    const run = await events(['show', 'c1', '--json']);
    expect(idsOf(run)).toEqual([0, 2]);
    expect(run).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/^oh-storage: \[corrupt\] [^\n]*\n$/) });
  });

  test('a conversation that is not there is an error, one without events is not', async () => {
    await storage.conversations.saveMetadata({ conversation_id: 'empty', selected_repository: null });
    expect(await events(['show', 'empty'])).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
    for (const command of ['show', 'tail', 'export']) {
      expect(await events([command, 'nope'])).toMatchObject({
        exitCode: 1,
        stdout: '',
        stderr: expect.stringContaining(`no conversation "nope"; see "conversations list"`),
      });
    }
    expect(await events(['show', 'c1', '--from', '-1'])).toMatchObject({ exitCode: 2 });
  });

  test("shows the events of OpenHands' own folder, and writes nothing", async () => {
    await copyOpenHandsHome(join(home, 'openhands'));
    const before = await readdir(join(home, 'openhands'), { recursive: true });
    const counts = new Map<string, number>();
    for (const { conversation_id: id } of readExpectedHome().conversations) {
      for (const argv of [
        ['show', id, '--hidden'],
        ['tail', id],
        ['export', id, '--skip-unreadable'],
      ]) {
        const run = await events([...argv, '--store', 'local:~/openhands', '--json']);
        expect({ argv, exitCode: run.exitCode, stderr: run.stderr.replaceAll(/oh-storage: \[corrupt\] [^\n]*\n/g, '') }).toEqual({
          argv,
          exitCode: run.stderr === '' ? 0 : 1,
          stderr: '',
        });
        counts.set(`${argv[0]} ${id}`, idsOf(run).length);
      }
      expect(counts.get(`show ${id}`)).toBe(counts.get(`export ${id}`));
    }
    const alices = '6b0d549b6f03675a1600a35a099950d8';
    expect(counts.get(`export ${alices}`)).toBe((await readdir(join(home, `openhands/users/alice/conversations/${alices}/events`))).length);
    expect(counts.get('export 36f675cc81e74ef5e8e25d940ed90475')).toBeGreaterThan(0);
    expect((await readdir(join(home, 'openhands'), { recursive: true })).sort()).toEqual(before.sort());
  });
});

describe('tail', () => {
  test('shows the last ones', async () => {
    expect(idsOf(await events(['tail', 'c1', '--json', '-n', '2']))).toEqual([2, 3]);
    expect(await events(['tail', 'c1', '-n', '0'])).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
    expect(idsOf(await events(['tail', 'c1', '--json']))).toEqual([0, 1, 2, 3]);
  });

  test('follows what others append, until it is interrupted', async () => {
    const interrupted = new AbortController();
    const seen: number[] = [];
    const stdout = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        const { id } = JSON.parse(chunk.toString()) as { readonly id: number };
        seen.push(id);
        if (id === 5) {
          interrupted.abort();
        } else if (id === 3) {
          void storage.events('c1').appendAll([{ message: 'four' }, { message: 'five' }]);
        }
        done();
      },
    });
    const { exitCode, stderr } = await events(['tail', 'c1', '-f', '-n', '1', '--json'], { stdout, signal: interrupted.signal });
    expect({ exitCode, stderr, seen }).toEqual({ exitCode: 130, stderr: '', seen: [3, 4, 5] });
  });

  test('names what cannot be read where it would stand', async () => {
    await damage(2);
    const run = await events(['tail', 'c1', '--json', '-n', '3']);
    expect(idsOf(run)).toEqual([1, 3]);
    expect(run).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/\[corrupt\] the event 2 .*\n.*\[corrupt\] 1 event cannot be read, named above\n$/),
    });
  });
});

describe('export', () => {
  test("writes the events as they are stored, or OpenHands' trajectory", async () => {
    expect(idsOf(await events(['export', 'c1']))).toEqual([0, 1, 2, 3]);
    expect(await events(['export', 'c1', 'trajectory.json', '--format', 'trajectory'])).toMatchObject({
      exitCode: 0,
      stdout: '',
      stderr: '',
    });
    expect(JSON.parse(await readFile(join(home, 'trajectory.json'), 'utf8'))).toHaveLength(4);
    expect(await events(['export', 'c1', 'trajectory.json'])).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('already there'),
    });
  });

  test('fails behind the last event when one cannot be read, unless it is to be left out', async () => {
    await damage(1);
    expect(await events(['export', 'c1', 'out.jsonl'])).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('[corrupt]') });
    expect(await events(['export', 'c1', 'out.jsonl', '--skip-unreadable'])).toMatchObject({ exitCode: 0, stderr: '' });
    expect((await readFile(join(home, 'out.jsonl'), 'utf8')).trimEnd().split('\n')).toHaveLength(3);
  });
});
