import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { withPrefix } from '@oh/file-store-core';
import { LocalFileStore } from '@oh/file-store-local';
import { WebHookFileStore } from '@oh/file-store-webhook';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type CapturedRun, type RunOptions, runCaptured } from './run-captured.ts';
import { exitCodeOf, spawnCli } from './spawn-cli.ts';
import { temporaryDirectory } from './temporary-directory.ts';

let home: string;
let server: Server;
let baseUrl: string;
/** What the receiver has accepted. */
let accepted: string[];
let status: number;
/** What an answer waits for. */
let answered: Promise<void>;

beforeEach(async () => {
  home = await temporaryDirectory();
  await mkdir(join(home, 'data/conversations'), { recursive: true });
  accepted = [];
  status = 200;
  answered = Promise.resolve();
  server = createServer((request, response) => {
    request.resume().once('end', async () => {
      await answered;
      if (status === 200) {
        accepted.push(`${request.method} ${request.url}`);
      }
      response.writeHead(status).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const config = `[core]\nfile_store_path = "${join(home, 'data')}"\nfile_store_web_hook_url = "${baseUrl}"\n`;
  await writeFile(join(home, 'config.toml'), config);
});

afterEach(() => {
  server.close();
  server.closeAllConnections();
});

async function run(argv: readonly string[], options: RunOptions = {}): Promise<CapturedRun> {
  const env = { HOME: home, OH_SECRET_KEY: 'a passphrase for tests' };
  const config = argv.includes('--store') || options.env !== undefined ? [] : ['--config', 'config.toml'];
  return await runCaptured([...argv, ...config], { cwd: home, env, ...options });
}

function linesOf({ stdout }: CapturedRun): readonly Readonly<Record<string, unknown>>[] {
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

/** A conversation without events. */
const bundle = JSON.stringify({
  $schema: 'urn:oh-storage:conversation-bundle',
  version: 1,
  events: 0,
  metadata: { conversation_id: 'c1', selected_repository: null, created_at: '2025-06-12T09:30:11+00:00' },
});

/** The name of the outbox of commands on this computer. */
const ownOutbox = `${hostname().replace(/[^A-Za-z0-9._-]/g, '-')}-cli`;

/** Leaves a notice that was given up, and one that waits, in the outbox of a server that still runs. */
async function openServer(files: LocalFileStore): Promise<WebHookFileStore> {
  status = 500;
  const options = { baseUrl, outbox: withPrefix(files, '.oh-outbox/web-1'), attempts: 1 };
  const givingUp = new WebHookFileStore(files, { ...options, retryDelaysMs: [] });
  await givingUp.write('dead.txt', 'contents');
  await givingUp.flush();
  await givingUp.close();
  const store = new WebHookFileStore(files, { ...options, retryDelaysMs: [3_600_000, 3_600_000, 3_600_000] });
  await store.write('waits.txt', 'contents');
  return store;
}

test('what waits and what was given up is shown, while a server goes on with its outbox; replay delivers both', async () => {
  await using files = new LocalFileStore({ root: join(home, 'data') });
  const store = await openServer(files);
  const pending = await run(['webhooks', 'pending', '--json']);
  expect(linesOf(pending)).toMatchObject([{ outbox: 'web-1', method: 'POST', path: 'waits.txt', bytes: 8 }]);
  const dead = linesOf(await run(['webhooks', 'dead', '--json']));
  expect(dead).toMatchObject([{ outbox: 'web-1', method: 'POST', path: 'dead.txt', reason: 'HTTP 500', failedAttempts: 1 }]);
  expect((await run(['webhooks', 'dead'])).stdout).toMatch(
    /^outbox +given up +method +reason +id +path\nweb-1 +\S+Z +POST +HTTP 500 +\S+ +dead\.txt\n$/,
  );
  await store.write('still.txt', '');
  await store.close();
  status = 200;
  expect(await run(['webhooks', 'replay'])).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--yes') });
  expect(await run(['webhooks', 'replay', 'nope', '--yes'])).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('[not-found]') });
  const replayed = await run(['webhooks', 'replay', '--yes', '--json']);
  expect(linesOf(replayed)).toEqual([{ outbox: 'web-1', replayed: 1, superseded: 0, pending: 0, dead: 0 }]);
  expect(accepted.sort()).toEqual(['POST /dead.txt', 'POST /still.txt', 'POST /waits.txt']);
  expect(await run(['webhooks', 'replay', '--yes'])).toMatchObject({ exitCode: 0, stdout: '', stderr: 'oh-storage: [note] no notices\n' });
});

test('a webhook is told of a deletion, now or with the next command, and of nothing that is only looked at', {
  timeout: 60_000,
}, async () => {
  expect(await run(['conversations', 'import', '-'], { stdin: `${bundle}\n` })).toMatchObject({ exitCode: 0, stderr: '' });
  expect(accepted).toContain('POST /conversations/c1/metadata.json');
  accepted.length = 0;
  await run(['conversations', 'list']);
  expect(accepted).toEqual([]);
  status = 500;
  expect(await run(['conversations', 'delete', 'c1', '--yes'])).toMatchObject({
    exitCode: 0,
    stdout: 'c1\n',
    stderr: expect.stringMatching(
      /^oh-storage: \[note\] \d+ notices for the webhook left in the outbox; "webhooks replay" delivers what is there\n$/,
    ),
  });
  const waiting = linesOf(await run(['webhooks', 'pending', '--json']));
  expect(waiting.map(({ outbox }) => outbox)).toContain(ownOutbox);
  expect(waiting.map(({ method, path }) => `${method} ${path}`)).toContain('DELETE conversations/c1');
  status = 200;
  await run(['conversations', 'list']);
  expect(accepted).toEqual([]);
  await run(['webhooks', 'replay', '--yes']);
  expect(accepted).toContain('DELETE /conversations/c1');
  expect(linesOf(await run(['webhooks', 'pending', '--json']))).toEqual([]);
});

test('while somebody is asked, no other command has to wait for the outbox', async () => {
  await run(['conversations', 'import', '-'], { stdin: `${bundle}\n` });
  const lease = join(home, `data/.oh-outbox/${ownOutbox}/lease.json`);
  const states: unknown[] = [];
  const ask = async (): Promise<string> => {
    states.push(JSON.parse(await readFile(lease, 'utf8')));
    return 'no';
  };
  for (const argv of [
    ['delete', 'c1'],
    ['prune', '--older-than', '0d'],
  ]) {
    expect(await run(['conversations', ...argv], { ask })).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('nothing was changed'),
    });
  }
  expect(states).toEqual([expect.objectContaining({ released: true }), expect.objectContaining({ released: true })]);
});

test('a command that only looks needs no webhook: one that cannot be opened is in the way of changes alone', async () => {
  await writeFile(join(home, 'config.toml'), `[core]\nfile_store_path = "${join(home, 'data')}"\nfile_store_web_hook_url = "nonsense"\n`);
  expect(await run(['conversations', 'list'])).toMatchObject({ exitCode: 0 });
  expect(await run(['conversations', 'delete', 'c1', '--yes'])).toMatchObject({ exitCode: 1, stdout: '' });
});

test('a config.toml that merely lies in the working directory sends nothing anywhere', async () => {
  const env = { HOME: home, OH_SECRET_KEY: 'a passphrase for tests' };
  expect(await run(['conversations', 'list'], { env })).toMatchObject({ exitCode: 0 });
  expect(await run(['conversations', 'delete', 'c1', '--yes'], { env })).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('say so with --config'),
  });
  const named = { ...env, FILE_STORE_WEB_HOOK_URL: baseUrl };
  expect(await run(['conversations', 'delete', 'c1', '--yes'], { env: named })).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('[not-found]'),
  });
  expect(accepted).toEqual([]);
});

test('where nothing is configured, and where there is no such outbox, it is told', async () => {
  expect(await run(['webhooks', 'pending'])).toMatchObject({ exitCode: 0, stdout: '', stderr: 'oh-storage: [note] no notices\n' });
  expect(await run(['webhooks', 'pending', '--outbox', 'nope'])).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('there are: none'),
  });
  await using files = new LocalFileStore({ root: join(home, 'data') });
  await (await openServer(files)).close();
  const { exitCode, stderr } = await run(['webhooks', 'replay', '--yes', '--store', 'local:data']);
  expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: expect.stringContaining('no webhook is configured to deliver to') });
  expect(linesOf(await run(['webhooks', 'pending', '--json']))).toHaveLength(1);
});

test('of two commands at once the second waits for the first, and both succeed and are told of', { timeout: 120_000 }, async () => {
  const answer = Promise.withResolvers<void>();
  answered = answer.promise;
  const first = spawnCli(['settings', 'set', 'language', 'en', '--config', 'config.toml'], home);
  await once(server, 'request');
  const second = spawnCli(['settings', 'set', 'language', 'de', '--config', 'config.toml'], home);
  let said = '';
  for await (const chunk of second.stderr.setEncoding('utf8')) {
    said += chunk;
    if (said.includes('waits')) {
      answer.resolve();
    }
  }
  expect(said).toBe(`oh-storage: [note] another command has the outbox "${ownOutbox}" of the webhook open; this one waits for it\n`);
  expect(await Promise.all([exitCodeOf(first), exitCodeOf(second)])).toEqual([0, 0]);
  expect(accepted).toEqual(['POST /settings.json', 'POST /settings.json']);
});

test('a command that was killed is waited for no longer than ten seconds, and what it has left is told', { timeout: 120_000 }, async () => {
  answered = new Promise(() => undefined);
  const first = spawnCli(['settings', 'set', 'language', 'en', '--config', 'config.toml'], home);
  await once(server, 'request');
  first.kill('SIGKILL');
  await exitCodeOf(first);
  answered = Promise.resolve();
  const { exitCode, stderr } = await run(['settings', 'set', 'language', 'de']);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: expect.stringContaining('waits for it') });
  expect(accepted).toEqual(['POST /settings.json', 'POST /settings.json']);
});
