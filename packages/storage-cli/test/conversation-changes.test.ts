import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FileConversationStore } from '@oh/conversation-store';
import { FileEventStore } from '@oh/event-store';
import { FileStoreError, MemoryFileStore } from '@oh/file-store-core';
import { openStorage, type Storage } from '@oh/storage';
import { copyOpenHandsHome, readExpectedHome } from '@oh-tools/fixtures';
import { beforeEach, describe, expect, test } from 'vitest';
import { type CapturedRun, type RunOptions, runCaptured } from './run-captured.ts';
import { schemeOf } from './scheme-of.ts';
import { watchedStore } from './transfer/watched-store.ts';
import { makeUserHome } from './user-home.ts';

let home: string;
let env: Readonly<Record<string, string>>;

beforeEach(async () => {
  ({ home, env } = await makeUserHome());
});

async function conversations(argv: readonly string[], options: RunOptions = {}): Promise<CapturedRun> {
  return await runCaptured(['conversations', ...argv], { cwd: home, env, ...options });
}

async function withStorage<T>(act: (storage: Storage) => Promise<T>, folder = 'data', userId?: string): Promise<T> {
  const storage = await openStorage({ file_store: 'local', file_store_path: join(home, folder) }, { env, userId });
  try {
    return await act(storage);
  } finally {
    await storage.close();
  }
}

async function make(id: string, fields: object = {}, events = 3): Promise<void> {
  await withStorage(async (storage) => {
    await storage.conversations.saveMetadata({ conversation_id: id, selected_repository: null, ...fields });
    await storage
      .events(id)
      .appendAll(Array.from({ length: events }, (_, index) => ({ source: 'user', message: `event ${index} of ${id}` })));
  });
}

async function ids(argv: readonly string[] = ['list']): Promise<readonly string[]> {
  const { stdout } = await conversations([...argv, '--json']);
  const { results } = JSON.parse(stdout) as { readonly results: readonly { readonly conversation_id: string }[] };
  return results.map(({ conversation_id }) => conversation_id).sort();
}

describe('search', () => {
  test('gives the conversations that meet every condition, page by page', async () => {
    await make('a', {
      title: 'Fix the flaky test',
      selected_repository: 'acme/shop',
      trigger: 'resolver',
      created_at: '2025-01-01T00:00:00Z',
    });
    await make('b', { title: 'fix a FLAKY build', selected_repository: 'acme/shop', trigger: 'gui', created_at: '2025-02-01T00:00:00Z' });
    await make('c', { title: 'Write a parser', git_provider: 'gitlab', created_at: new Date().toISOString() });
    expect(await ids(['search', 'flaky'])).toEqual(['a', 'b']);
    expect(await ids(['search', 'flaky', '--trigger', 'gui'])).toEqual(['b']);
    expect(await ids(['search', '--repository', 'acme/shop'])).toEqual(['a', 'b']);
    expect(await ids(['search', '--git-provider', 'gitlab'])).toEqual(['c']);
    expect(await ids(['search', '--created-from', '7d'])).toEqual(['c']);
    expect(await ids(['search', '--created-from', '2025-01-15', '--created-before', '2025-02-01T00:00:01Z'])).toEqual(['b']);
    expect(await ids(['search', '--updated-before', '2025-01-02'])).toEqual(['a']);
    const page = JSON.parse((await conversations(['search', 'flaky', '--limit', '1', '--json'])).stdout);
    expect(page.results).toMatchObject([{ conversation_id: 'b' }]);
    expect(await ids(['search', 'flaky', '--page-id', page.next_page_id])).toEqual(['a']);
    expect(await ids(['search', 'flaky', '--all'])).toEqual(['a', 'b']);
    expect(await conversations(['search', 'nothing'])).toMatchObject({
      exitCode: 0,
      stdout: '',
      stderr: expect.stringContaining('no conversations'),
    });
  });

  test.each([['soon'], ['2025-13-40'], ['2025-02-30'], ['2025-02-29T10:00:00Z'], ['7'], ['7y'], ['-7d'], ['']])(
    '%j is no time',
    async (text) => {
      expect(await conversations(['search', '--created-from', text])).toMatchObject({
        exitCode: 2,
        stderr: expect.stringContaining('an age such as 30d'),
      });
    },
  );
});

test('a log that cannot be read is named, and hides no conversation of a search in events', async () => {
  const store = watchedStore(undefined, {
    before: (_, path) => {
      if (path.startsWith('conversations/b/events')) {
        throw new FileStoreError('corrupt', 'the log of b is damaged', { path });
      }
    },
  });
  for (const conversation_id of ['a', 'b', 'c']) {
    const conversations = new FileConversationStore({ files: store });
    await conversations.saveMetadata({ conversation_id, selected_repository: null });
    await conversations.close();
  }
  for (const conversationId of ['a', 'c']) {
    const events = new FileEventStore({ files: store, conversationId });
    await events.append({ source: 'user', message: 'needle' });
    await events.close();
  }
  const argv = ['search', 'needle', '--in', 'events', '--json', '--store', 'test:'];
  const { exitCode, stdout, stderr } = await conversations(argv, { schemes: { test: schemeOf(store) } });
  const { results } = JSON.parse(stdout) as { readonly results: readonly { readonly conversation_id: string }[] };
  expect({ exitCode, ids: results.map(({ conversation_id }) => conversation_id).sort(), stderr }).toEqual({
    exitCode: 1,
    ids: ['a', 'c'],
    stderr: 'oh-storage: [corrupt] the log of b is damaged\n',
  });
});

describe('export and import', () => {
  test('begin a store in a bucket, where a directory is there when a file is', async () => {
    await make('c1');
    const { stdout } = await conversations(['export', 'c1']);
    const store = new MemoryFileStore();
    const options = { schemes: { test: schemeOf(store) } };
    expect(await conversations(['list', '--store', 'test:new'], options)).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('no such directory: "test:new"'),
    });
    expect(await conversations(['import', '-', '--store', 'test:new'], { ...options, stdin: stdout })).toMatchObject({ exitCode: 0 });
    expect((await conversations(['export', 'c1', '--store', 'test:new'], options)).stdout).toBe(stdout);
    expect(await conversations(['import', '-', '--store', 'local:nope'], { stdin: stdout })).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('no such directory: "local:nope"'),
    });
  });

  test('bring a conversation with all its fields and events to another store', async () => {
    await make('c1', { title: 'Hello', cost_of_tomorrow: 1, accumulated_cost: 1.25 });
    const { stdout, stderr, exitCode } = await conversations(['export', 'c1']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout.split('\n')).toHaveLength(5);
    await mkdir(join(home, 'other'));
    expect(await conversations(['import', '-', '--store', 'local:~/other'], { stdin: stdout })).toMatchObject({
      exitCode: 0,
      stdout: 'c1\n',
      stderr: '',
    });
    expect((await conversations(['export', 'c1', '--store', 'local:~/other'])).stdout).toBe(stdout);
    const again = await conversations(['import', '-', '--store', 'local:~/other', '--json'], { stdin: stdout });
    expect(again.stdout).toBe('{"conversation_id":"c1","events":3}\n');
    expect((await conversations(['export', 'c1', '--store', 'local:~/other'])).stdout).toBe(stdout);
  });

  test("bring OpenHands' conversations into a new store", async () => {
    await copyOpenHandsHome(join(home, 'openhands'));
    const [first] = readExpectedHome().conversations;
    const id = first?.conversation_id ?? '';
    const { stdout } = await conversations(['export', id, '--store', 'local:~/openhands']);
    expect(await conversations(['import', '-'], { stdin: stdout })).toMatchObject({ exitCode: 0, stdout: `${id}\n`, stderr: '' });
    expect((await conversations(['export', id])).stdout).toBe(stdout);
  });

  test("take the events of OpenHands' users with them, from one folder of OpenHands to another", async () => {
    await copyOpenHandsHome(join(home, 'openhands'));
    const id = '6b0d549b6f03675a1600a35a099950d8';
    const { stdout } = await conversations(['export', id, '--store', 'local:~/openhands']);
    expect(stdout.trimEnd().split('\n').length).toBeGreaterThan(10);
    await mkdir(join(home, 'other/sessions'), { recursive: true });
    const other = ['--store', 'local:~/other', '--layout', 'sessions'];
    expect(await conversations(['import', '-', ...other], { stdin: stdout })).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await readdir(join(home, `other/users/alice/conversations/${id}/events`))).toContain('3.json');
    expect((await conversations(['export', id, ...other])).stdout).toBe(stdout);
    expect(await conversations(['delete', id, '--yes', ...other])).toMatchObject({ exitCode: 0 });
    expect((await readdir(join(home, 'other'), { recursive: true })).filter((path) => path.endsWith('.json'))).toEqual([]);
  });

  test('write a new file, never over one that is there, and nothing for a conversation that is not there', async () => {
    await make('c1');
    expect(await conversations(['export', 'c1', 'out.jsonl'])).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
    const written = await readFile(join(home, 'out.jsonl'), 'utf8');
    expect(await conversations(['export', 'c1', 'out.jsonl'])).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('"out.jsonl" is already there'),
    });
    expect(await readFile(join(home, 'out.jsonl'), 'utf8')).toBe(written);
    await mkdir(join(home, 'folder'));
    expect(await conversations(['export', 'c1', 'folder'])).toMatchObject({ exitCode: 0 });
    expect(await conversations(['export', 'nope', 'nope.jsonl'])).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('[not-found]'),
    });
    expect((await readdir(home, { recursive: true })).filter((path) => path.endsWith('.jsonl')).sort()).toEqual([
      'folder/c1.jsonl',
      'out.jsonl',
    ]);
    expect(await conversations(['import', 'out.jsonl', '--as', 'c2'])).toMatchObject({ exitCode: 0, stdout: 'c2\n' });
    expect(await ids()).toEqual(['c1', 'c2']);
  });

  test('bring back what was deleted, and give it to who imports it', async () => {
    await make('c1', { user_id: 'alice' });
    const { stdout } = await conversations(['export', 'c1']);
    await conversations(['delete', 'c1', '--yes']);
    expect(await ids()).toEqual([]);
    expect(await conversations(['import', '-'], { stdin: stdout })).toMatchObject({ exitCode: 0 });
    expect((await conversations(['export', 'c1'])).stdout).toBe(stdout);
    expect(await conversations(['import', '-', '--user', 'bob'], { stdin: stdout })).toMatchObject({ exitCode: 0 });
    expect(await withStorage(async (storage) => (await storage.conversations.getMetadata('c1')).user_id, 'data', 'bob')).toBe('bob');
  });

  test('leave a conversation of the same id as it is', async () => {
    await make('c1', { title: 'mine' });
    const { stdout } = await conversations(['export', 'c1']);
    const other = stdout.replace('"title":"mine"', '"title":"theirs"');
    expect(other).not.toBe(stdout);
    expect(await conversations(['import', '-'], { stdin: other })).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('--as ID'),
    });
    const events = stdout.replaceAll(/"timestamp":"\d{4}/g, '"timestamp":"1999');
    expect(await conversations(['import', '-'], { stdin: events })).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('[already-exists]'),
    });
    expect((await conversations(['export', 'c1'])).stdout).toBe(stdout);
  });

  test('take no number for another one that differs in its last digit alone', async () => {
    await make('c1', { serial: 1 }, 0);
    const { stdout } = await conversations(['export', 'c1']);
    const bundle = (serial: string): string => stdout.replace('"serial":1', `"serial":${serial}`);
    expect(await conversations(['import', '-', '--as', 'c2'], { stdin: bundle('9007199254740993') })).toMatchObject({ exitCode: 0 });
    expect(await conversations(['import', '-', '--as', 'c2'], { stdin: bundle('9007199254740993') })).toMatchObject({ exitCode: 0 });
    expect(await conversations(['import', '-', '--as', 'c2'], { stdin: bundle('9007199254740992') })).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('[already-exists]'),
    });
  });

  test('find a bundle that is cut off or none, and go on with the whole one', async () => {
    await make('c1', {}, 40);
    const { stdout } = await conversations(['export', 'c1']);
    await conversations(['delete', 'c1', '--yes']);
    const lines = stdout.trimEnd().split('\n');
    for (const [text, message] of [
      [`${lines.slice(0, 21).join('\n')}\n`, 'it has 20 of 40 events'],
      [stdout.slice(0, -10), 'the event 39 of the bundle is damaged, or another one stands in its place; the conversation "c1" is there'],
      [stdout.slice(0, 100), 'this is no bundle'],
      ['', 'this is no bundle'],
      [`${lines.slice(1).join('\n')}\n`, 'this is no bundle'],
      [stdout.replace('"version":1', '"version":2'), '[unsupported]'],
    ] as const) {
      expect(await conversations(['import', '-'], { stdin: text })).toMatchObject({
        exitCode: 1,
        stdout: '',
        stderr: expect.stringContaining(message),
      });
    }
    expect(await conversations(['import', '-'], { stdin: stdout })).toMatchObject({ exitCode: 0 });
    expect((await conversations(['export', 'c1'])).stdout).toBe(stdout);
  });

  test('name a directory that is no bundle', async () => {
    await mkdir(join(home, 'folder'));
    const stderr = 'oh-storage: [invalid-argument] "folder" is a directory; name the bundle in it\n';
    expect(await conversations(['import', 'folder'])).toMatchObject({ exitCode: 1, stdout: '', stderr });
  });

  test('fail at an event that cannot be read, and write no file', async () => {
    await make('c1');
    const path = join(home, 'data/conversations/c1/events.json');
    await writeFile(path, (await readFile(path, 'utf8')).replace('event 1 of', '"'));
    expect(await conversations(['export', 'c1', 'out.jsonl'])).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('[corrupt]') });
    expect((await readdir(home)).sort()).toEqual(['data']);
  });
});

describe('delete', () => {
  test('deletes after --yes or after it was asked, and else nothing', async () => {
    for (const id of ['a', 'b', 'c']) {
      await make(id);
    }
    expect(await conversations(['delete', 'a'])).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--yes') });
    expect(await conversations(['delete', 'a', '--dry-run'])).toMatchObject({ exitCode: 0, stdout: 'a\n' });
    expect(await conversations(['delete', 'a'], { ask: async () => '' })).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('nothing was changed'),
    });
    expect(await ids()).toEqual(['a', 'b', 'c']);
    const questions: string[] = [];
    const ask = async (question: string): Promise<string> => {
      questions.push(question);
      return 'y';
    };
    expect(await conversations(['delete', 'a', 'nope', 'b'], { ask })).toMatchObject({
      exitCode: 1,
      stdout: 'a\nb\n',
      stderr: 'oh-storage: [not-found] no conversation "nope"; see "conversations list"\n',
    });
    expect(questions).toEqual(['This will delete 3 conversations for ever. Go on? [y/N] ']);
    await conversations(['delete', '\u009b2J'], { ask });
    expect(questions.at(-1)).toBe('This will delete the conversation \\u009b2J for ever. Go on? [y/N] ');
    expect(await ids()).toEqual(['c']);
    expect((await conversations(['delete', 'c', '--yes', '--json'])).stdout).toBe('{"conversation_id":"c","deleted":true}\n');
  });

  test('deletes one whose record cannot be read', async () => {
    await make('a');
    await writeFile(join(home, 'data/conversations/a/metadata.json'), '{');
    expect(await conversations(['delete', 'a', '--yes'])).toMatchObject({ exitCode: 0, stdout: 'a\n', stderr: '' });
    expect(await conversations(['list'])).toMatchObject({ stderr: 'oh-storage: [note] no conversations\n' });
  });
});

describe('prune', () => {
  test('deletes what has not changed for long, after it has asked', async () => {
    await make('old', { created_at: '2025-01-01T00:00:00Z' });
    await make('older', { created_at: '2024-01-01T00:00:00Z' });
    await make('new', { created_at: new Date().toISOString() });
    const prune = ['prune', '--older-than', '90d'];
    expect(await conversations([...prune, '--dry-run'])).toMatchObject({
      exitCode: 0,
      stdout: 'old\nolder\n',
      stderr: expect.stringContaining('would be: 2 pruned, 1 kept'),
    });
    expect(await conversations(prune)).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--yes') });
    expect(await conversations(prune, { ask: async () => 'no' })).toMatchObject({ exitCode: 1 });
    expect(await ids()).toEqual(['new', 'old', 'older']);
    expect((await conversations([...prune, '--keep-latest', '2', '--yes', '--json'])).stdout).toBe(
      '{"pruned":["older"],"kept":2,"unreadable":0}\n',
    );
    expect(await conversations(prune, { ask: async () => 'yes' })).toMatchObject({ exitCode: 0, stdout: 'old\n' });
    expect(await ids()).toEqual(['new']);
    expect(await conversations(prune)).toMatchObject({ exitCode: 0, stdout: '' });
    await make('torn', { created_at: '2025-01-01T00:00:00Z' });
    await writeFile(join(home, 'data/conversations/torn/metadata.json'), '');
    await make('aged', { created_at: '2025-01-01T00:00:00Z' });
    expect(await conversations([...prune, '--yes'])).toMatchObject({
      exitCode: 1,
      stdout: 'aged\n',
      stderr: expect.stringMatching(/1 that cannot be read kept\n.*\[corrupt\].*"torn"/),
    });
    expect(await conversations(['prune', '--yes'])).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--older-than') });
  });
});
