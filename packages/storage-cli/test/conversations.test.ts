import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FileConversationStore } from '@oh/conversation-store';
import { FileStoreError, type FileStoreOperation, MemoryFileStore, operationChannelName, sessionsLayout } from '@oh/file-store-core';
import { interceptFileStore } from '@oh/file-store-core/testing';
import { LocalFileStore } from '@oh/file-store-local';
import { copyOpenHandsHome, openHandsHome, readExpectedHome } from '@oh-tools/fixtures';
import { expect, test } from 'vitest';
import { type CapturedRun, runCaptured } from './run-captured.ts';
import { schemeOf } from './scheme-of.ts';
import { temporaryDirectory } from './temporary-directory.ts';

interface Page {
  readonly results: readonly Readonly<Record<string, unknown>>[];
  readonly next_page_id: string | null;
  readonly unreadable: readonly { readonly conversation_id: string; readonly code: string; readonly message: string }[];
}

const home = ['--store', `local:${openHandsHome}`];

async function writeConversation(root: string, id: string, fields: object): Promise<void> {
  const directory = join(root, id);
  await mkdir(directory, { recursive: true });
  const metadata = { conversation_id: id, selected_repository: null, created_at: '2025-06-12T09:30:11+00:00', ...fields };
  await writeFile(join(directory, 'metadata.json'), JSON.stringify(metadata));
}

test('a home of OpenHands is listed as OpenHands lists it', async () => {
  const directory = join(await temporaryDirectory(), 'home');
  await copyOpenHandsHome(directory);
  for (const layout of [[], ['--layout', 'sessions']]) {
    const argv = ['conversations', 'list', '--store', `local:${directory}`, ...layout, '--json'];
    const { exitCode, stdout, stderr } = await runCaptured(argv);
    expect(exitCode).toBe(1);
    const page = JSON.parse(stdout) as Page;
    const expected = readExpectedHome();
    const ids = expected.conversations.map(({ conversation_id }) => conversation_id);
    expect(page.results.map(({ conversation_id }) => conversation_id)).toEqual(ids);
    expect(page.results).toHaveLength(12);
    for (const [index, { created_at_epoch, ...fields }] of expected.conversations.entries()) {
      expect(page.results[index]).toMatchObject(fields);
      expect(Date.parse(String(page.results[index]?.['created_at'])) / 1000).toBeCloseTo(created_at_epoch, 2);
    }
    expect(page.next_page_id).toBeNull();
    expect(page.unreadable.map(({ conversation_id }) => conversation_id).sort()).toEqual([...expected.unreadable].sort());
    expect(page.unreadable.every(({ code, message }) => code === 'corrupt' && message.startsWith('[corrupt] '))).toBe(true);
    expect(stderr.split('\n')).toHaveLength(3);
  }
});

test('people see a table, newest first, and below it on stderr what could not be read', async () => {
  const { exitCode, stdout, stderr } = await runCaptured(['conversations', 'list', ...home]);
  expect(exitCode).toBe(1);
  const [head, ...rows] = stdout.trimEnd().split('\n');
  expect(head).toMatch(/^id +created +trigger +repository +title$/);
  expect(rows.map((row) => row.split(' ')[0])).toEqual(readExpectedHome().conversations.map(({ conversation_id }) => conversation_id));
  expect(rows[0]).toMatch(/ {2}2025-06-12T09:30:11Z {2}gui +\S* +Ünïcode – “quotes” 😀$/);
  for (const id of readExpectedHome().unreadable) {
    expect(stderr).toContain(`conversation "${id}"`);
  }
  expect(stderr).toMatch(/^(oh-storage: \[corrupt\] [^\n]+\n){2}$/);
});

test.each([['list'], ['search', ''], ['search', 'needle', '--in', 'events']])(
  '%s names a record or an event that cannot be read, and goes on',
  async (...words) => {
    const root = await temporaryDirectory();
    for (const id of ['a', 'b', 'c']) {
      await writeConversation(join(root, 'sessions'), id, {});
      await mkdir(join(root, 'sessions', id, 'events'));
      await writeFile(join(root, 'sessions', id, 'events/0.json'), '{"id":0,"source":"user","message":"needle"}');
    }
    const closed = words.includes('events') ? 'b/events/0.json' : 'b/metadata.json';
    await rm(join(root, 'sessions', closed));
    if (words.includes('events')) {
      await writeFile(join(root, 'sessions', closed), '{');
    } else {
      // A link is never followed, not for root either.
      await symlink('/dev/null', join(root, 'sessions', closed));
    }
    const { exitCode, stdout, stderr } = await runCaptured(['conversations', ...words, '--store', `local:${root}`, '--json']);
    const page = JSON.parse(stdout) as Page;
    expect(page.results.map(({ conversation_id }) => conversation_id)).toEqual(['a', 'c']);
    expect(page.unreadable).toMatchObject([{ conversation_id: 'b', message: expect.stringContaining(`sessions/${closed}`) }]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: `oh-storage: ${page.unreadable[0]?.message}\n` });
  },
);

test('a list of nothing but records that cannot be read is not called empty', async () => {
  const root = await temporaryDirectory();
  await mkdir(join(root, 'sessions/a'), { recursive: true });
  await writeFile(join(root, 'sessions/a/metadata.json'), '');
  const { exitCode, stdout, stderr } = await runCaptured(['conversations', 'list', '--store', `local:${root}`]);
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
  expect(stderr).toMatch(/^oh-storage: \[corrupt\] [^\n]+\n$/);
});

test('a list goes through the index that another program keeps, shows what is not in it, and writes nothing', async () => {
  const root = await temporaryDirectory();
  const sessions = join(root, 'sessions');
  for (const [at, id] of ['a', 'b', 'c', 'd'].entries()) {
    await writeConversation(sessions, id, { created_at: `2025-06-1${9 - at}T00:00:00Z` });
  }
  const filesBelow = async (): Promise<string[]> => (await readdir(root, { recursive: true })).filter((path) => !path.includes('.oh-tmp'));
  const list = async (): Promise<{ readonly ids: readonly unknown[]; readonly read: readonly string[] }> => {
    const before = await filesBelow();
    const read: string[] = [];
    const onOperation = (message: unknown): void => {
      const { operation, path } = message as FileStoreOperation;
      if (operation === 'open' && path.endsWith('metadata.json')) {
        read.push(path);
      }
    };
    subscribe(operationChannelName, onOperation);
    const { stdout } = await runCaptured(['conversations', 'list', '--store', `local:${root}`, '--limit', '1', '--json']);
    unsubscribe(operationChannelName, onOperation);
    expect(await filesBelow()).toEqual(before);
    return { ids: (JSON.parse(stdout) as Page).results.map(({ conversation_id }) => conversation_id), read };
  };
  expect((await list()).ids).toEqual(['a']);
  const files = new LocalFileStore({ root });
  await new FileConversationStore({ files, layout: sessionsLayout }).search();
  await files.close();
  expect(await list()).toEqual({ ids: ['a'], read: ['sessions/a/metadata.json', 'sessions/b/metadata.json'] });
  await writeConversation(sessions, 'e', { created_at: '2025-06-30T00:00:00Z' });
  expect((await list()).ids).toEqual(['e']);
});

test('a title cannot act upon the terminal', async () => {
  const root = await temporaryDirectory();
  await writeConversation(join(root, 'conversations'), 'a', { title: '\u001b]0;owned\u0007\u001b[2J\nfake  row\u009b31m' });
  const { stdout } = await runCaptured(['conversations', 'list', '--store', `local:${root}`]);
  expect(stdout.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  expect(stdout.split('\n')).toHaveLength(3);
  expect(stdout).toContain('\\u001b]0;owned\\u0007\\u001b[2J\\nfake  row\\u009b31m');
  const shown = await runCaptured(['conversations', 'show', '--store', `local:${root}`, 'a']);
  expect(shown.stdout.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
});

test('a title is shortened to the width of the terminal', async () => {
  const root = await temporaryDirectory();
  await writeConversation(join(root, 'conversations'), 'a', { title: 'word '.repeat(100) });
  const argv = ['conversations', 'list', '--store', `local:${root}`];
  const { stdout } = await runCaptured(argv, { columns: 100 });
  expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBe(100);
  expect(stdout).toContain('…');
  expect((await runCaptured(argv)).stdout).toContain('word '.repeat(99));
});

test('pages follow each other without gap or repetition; --all shows every one', async () => {
  const ids: unknown[] = [];
  let pageId: string | null = null;
  do {
    const page: readonly string[] = pageId === null ? [] : ['--page-id', pageId];
    const { stdout, stderr } = await runCaptured(['conversations', 'list', ...home, '--limit', '5', '--json', ...page]);
    const { results, next_page_id, unreadable } = JSON.parse(stdout) as Page;
    ids.push(...results.map(({ conversation_id }) => conversation_id));
    expect(unreadable).toHaveLength(pageId === null ? 2 : 0);
    expect(stderr.includes(`the next page is --page-id ${next_page_id}`)).toBe(next_page_id !== null);
    pageId = next_page_id;
  } while (pageId !== null);
  expect(ids).toEqual(readExpectedHome().conversations.map(({ conversation_id }) => conversation_id));
  const all = await runCaptured(['conversations', 'list', ...home, '--all', '--json']);
  expect((JSON.parse(all.stdout) as Page).results).toHaveLength(12);
});

test('--all goes past the largest page', async () => {
  const root = await temporaryDirectory();
  const created = Array.from({ length: 1005 }, (_, index) => writeConversation(join(root, 'conversations'), `c${index}`, {}));
  await Promise.all(created);
  const { stdout } = await runCaptured(['conversations', 'list', '--store', `local:${root}`, '--all', '--json']);
  const { results, next_page_id } = JSON.parse(stdout) as Page;
  expect(new Set(results.map(({ conversation_id }) => conversation_id)).size).toBe(1005);
  expect(next_page_id).toBeNull();
});

test('the layout is found out: sessions only where there are no conversations', async () => {
  const root = await temporaryDirectory();
  await writeConversation(join(root, 'sessions'), 'old', {});
  const list = async (...argv: readonly string[]): Promise<unknown[]> => {
    const { stdout } = await runCaptured(['conversations', 'list', '--store', `local:${root}`, '--json', ...argv]);
    return (JSON.parse(stdout) as Page).results.map(({ conversation_id }) => conversation_id);
  };
  expect(await list()).toEqual(['old']);
  await writeConversation(join(root, 'conversations'), 'new', {});
  expect(await list()).toEqual(['new']);
  expect(await list('--layout', 'sessions')).toEqual(['old']);
  expect(await list('--layout', 'home')).toEqual(['new']);
});

test('a home of several users and none of its own has the home layout', async () => {
  const root = await temporaryDirectory();
  await writeConversation(join(root, 'users/alice/conversations'), 'c', { user_id: 'alice' });
  const { stdout } = await runCaptured(['conversations', 'list', '--store', `local:${root}`, '--user', 'alice', '--json']);
  expect((JSON.parse(stdout) as Page).results.map(({ conversation_id }) => conversation_id)).toEqual(['c']);
});

test('--user shows the conversations of that user', async () => {
  const { stdout } = await runCaptured(['conversations', 'list', ...home, '--user', 'alice', '--json']);
  const expected = readExpectedHome().conversations.filter(({ user_id }) => user_id === 'alice');
  const { results } = JSON.parse(stdout) as Page;
  expect(results.filter(({ user_id }) => user_id === 'alice').map(({ conversation_id }) => conversation_id)).toEqual(
    expected.map(({ conversation_id }) => conversation_id),
  );
  expect(results.every(({ user_id }) => user_id === 'alice' || user_id === null || user_id === '')).toBe(true);
});

test('a store that is not there is an error, an empty one is not', async () => {
  const cwd = await temporaryDirectory();
  await writeFile(join(cwd, 'file'), '');
  for (const url of ['local:nope', 'local:file']) {
    expect(await runCaptured(['conversations', 'list', '--store', url], { cwd })).toMatchObject({
      exitCode: 1,
      stderr: `oh-storage: [not-found] no such directory: "${url}"\n`,
    });
  }
  expect(await runCaptured(['conversations', 'list', '--store', 'local:.'], { cwd })).toMatchObject({
    exitCode: 0,
    stdout: '',
    stderr: 'oh-storage: [note] no conversations\n',
  });
});

test('one conversation is shown with every field, for people and as JSON', async () => {
  const [first] = readExpectedHome().conversations;
  const id = first?.conversation_id ?? '';
  const { stdout } = await runCaptured(['conversations', 'show', ...home, id]);
  expect(stdout).toContain(`conversation_id       ${id}\n`);
  expect(stdout).toMatch(/^title +Ünïcode – “quotes” 😀$/m);
  const json = await runCaptured(['conversations', 'show', ...home, id, '--json']);
  expect(JSON.parse(json.stdout)).toMatchObject({ conversation_id: id, title: first?.title, accumulated_cost: 1.1 });
});

test('a conversation that is missing, cannot be read, or has no proper id is an error', async () => {
  const [unreadable = ''] = readExpectedHome().unreadable;
  for (const [id, code] of [
    ['nope', 'not-found'],
    [unreadable, 'corrupt'],
    ['../x', 'invalid-argument'],
    ['..', 'invalid-argument'],
    ['a/b', 'invalid-argument'],
  ] as const) {
    const { exitCode, stdout, stderr } = await runCaptured(['conversations', 'show', ...home, id]);
    expect({ id, exitCode, stdout }).toEqual({ id, exitCode: 1, stdout: '' });
    expect(stderr).toMatch(new RegExp(`^oh-storage: \\[${code}\\] [^\\n]*\\n$`));
  }
});

test('a page id that no list gave, and a user id that is none, are errors', async () => {
  for (const argv of [
    ['--page-id', 'nonsense'],
    ['--user', '../alice'],
  ]) {
    const { exitCode, stderr } = await runCaptured(['conversations', 'list', ...home, ...argv]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: expect.stringContaining('[invalid-argument]') });
  }
});

test('with --in events the conversations are found in which something was said, in any layout and of any user', async () => {
  const search = async (...argv: string[]): Promise<CapturedRun> =>
    await runCaptured(['conversations', 'search', ...argv, ...home, '--json']);
  const found = async (...argv: string[]): Promise<unknown[]> =>
    (JSON.parse((await search(...argv)).stdout) as Page).results.map(({ conversation_id }) => conversation_id);
  const all = await found('PRIMES', '--in', 'events', '--all');
  expect(all).toContain('6b0d549b6f03675a1600a35a099950d8');
  expect(all.length).toBeGreaterThan(1);
  expect(await found('primes')).toEqual([]);
  expect(await found('no such words', '--in', 'events')).toEqual([]);
  expect(await found('primes', '--in', 'events', '--trigger', 'nothing')).toEqual([]);
  const paged: unknown[] = [];
  for (let pageId: string | null = ''; pageId !== null; ) {
    const run: CapturedRun = await search('primes', '--in', 'events', '--limit', '1', ...(pageId === '' ? [] : ['--page-id', pageId]));
    const page = JSON.parse(run.stdout) as Page;
    expect(page.results.length).toBeLessThanOrEqual(1);
    paged.push(...page.results.map(({ conversation_id }) => conversation_id));
    pageId = page.next_page_id;
  }
  expect(paged).toEqual(all);
  expect((await search('primes', '--in', 'events', '--all')).stderr).toContain('the event 126');
});

test('a search of events needs a text', async () => {
  const { exitCode, stderr } = await runCaptured(['conversations', 'search', '--in', 'events', ...home]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: expect.stringContaining('needs a text') });
});

test('a list of nobody says whose conversations are listed apart', async () => {
  const root = join(await temporaryDirectory(), 'data');
  await writeConversation(join(root, 'conversations'), 'mine', {});
  await writeConversation(join(root, 'users/alice/conversations'), 'hers', { user_id: 'alice' });
  await mkdir(join(root, 'users/bob'), { recursive: true });
  await writeFile(join(root, 'users/bob/settings.json'), '{}');
  const list = (...more: string[]): Promise<CapturedRun> => runCaptured(['conversations', 'list', '--store', `local:${root}`, ...more]);
  expect(await list()).toMatchObject({ exitCode: 0, stderr: 'oh-storage: [note] those of users are listed apart: --user alice\n' });
  expect(await list('--user', 'alice')).toMatchObject({ exitCode: 0, stderr: '' });
  for (const user of ['c1', 'c2', 'c3']) {
    await writeConversation(join(root, `users/${user}/conversations`), 'x', { user_id: user });
  }
  expect((await list()).stderr).toContain('apart: --user alice, --user c1, --user c2, ...\n');
  await rm(join(root, 'users'), { recursive: true });
  await writeFile(join(root, 'users'), 'no directory');
  expect(await list()).toMatchObject({ exitCode: 0, stderr: '' });
});

test('what lies beside the conversations and cannot be looked at keeps none from being listed', async () => {
  const files = interceptFileStore(new MemoryFileStore(), async (_operation, path) => {
    if (path === '' || path === 'users' || path === 'v1/events') {
      throw new FileStoreError('permission-denied', 'these credentials are for conversations alone');
    }
  });
  const argv = ['conversations', 'list', '--store', 'test:', '--layout', 'home'];
  expect(await runCaptured(argv, { schemes: { test: schemeOf(files) } })).toMatchObject({
    exitCode: 0,
    stderr: 'oh-storage: [note] no conversations\n',
  });
});

test('a user that the configuration names is the one whose events are searched, and whose bundles become', async () => {
  const root = join(await temporaryDirectory(), 'data');
  const configHome = await temporaryDirectory();
  await mkdir(join(configHome, 'oh-storage'));
  await writeFile(join(configHome, 'oh-storage/config.toml'), `store = ${JSON.stringify(`local:${root}`)}\nuser = "alice"\n`);
  const run = (...argv: string[]): Promise<CapturedRun> => runCaptured(argv, { env: { XDG_CONFIG_HOME: configHome } });
  await writeConversation(join(root, 'users/alice/conversations'), 'hers', { user_id: 'alice' });
  await writeFile(join(root, 'users/alice/conversations/hers/events.json'), '{"id":0,"message":"a needle"}\n');
  expect((await run('conversations', 'search', 'needle', '--in', 'events')).stdout).toContain('hers');
  expect(await run('conversations', 'list')).toMatchObject({ exitCode: 0, stderr: '' });
  const bundle = join(configHome, 'bundle');
  const lines = (await run('conversations', 'export', 'hers')).stdout.replace('"user_id":"alice"', '"user_id":"bob"');
  await writeFile(bundle, lines);
  expect(await run('conversations', 'import', bundle, '--as', 'copy')).toMatchObject({ exitCode: 0 });
  expect((await run('conversations', 'show', 'copy')).stdout).toMatch(/user_id +alice/);
});
