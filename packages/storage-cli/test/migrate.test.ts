import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MemoryFileStore } from '@oh/file-store-core';
import { openHandsHome, readExpectedHome } from '@oh-tools/fixtures';
import { expect, test } from 'vitest';
import { runCaptured } from './run-captured.ts';
import { schemeOf } from './scheme-of.ts';
import { temporaryDirectory } from './temporary-directory.ts';
import { plant, treeOf } from './transfer/tree.ts';
import { watchedStore } from './transfer/watched-store.ts';

/** Migrates the sample to the other layout. */
const toHomeLayout = [
  'migrate',
  '--from',
  `local:${openHandsHome}`,
  '--to',
  'local:home',
  '--from-layout',
  'sessions',
  '--to-layout',
  'home',
];

test('a store is copied and compared, and nothing but it is left at the target', async () => {
  const cwd = await temporaryDirectory();
  const argv = ['migrate', '--from', `local:${openHandsHome}`, '--to', 'local:to', '--json'];
  const { exitCode, stdout } = await runCaptured(argv, { cwd });
  const files = (await readdir(openHandsHome, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()).length;
  expect({ exitCode, counts: JSON.parse(stdout) }).toMatchObject({
    exitCode: 0,
    counts: { copied: files, replaced: 0, unchanged: 0, extraneous: 0, vanished: 0, verified: files },
  });
  expect((await readdir(join(cwd, 'to'))).sort()).toEqual((await readdir(openHandsHome)).sort());
  const again = await runCaptured(argv.slice(0, -1), { cwd });
  expect(again.stdout).toMatch(
    new RegExp(`^${files} files \\(.*\\) are the same at both places: 0 copied now, ${files} there before, 0 only at the target\n$`),
  );
});

test('what is not the same in the end is named, and the exit code is 1', async () => {
  const from = new MemoryFileStore();
  await plant(from, { a: '1', b: '2', c: '3' });
  const target = new MemoryFileStore();
  let reads = 0;
  const to = watchedStore(target, {
    before: async (operation, path) => {
      reads += operation === 'read' ? 1 : 0;
      if (operation === 'read' && path === 'b' && reads < 10) {
        await target.write('b', 'x');
      }
      if (operation === 'read' && path === 'c') {
        await target.delete('c');
      }
    },
  });
  const other = schemeOf(to);
  const schemes = {
    test: schemeOf(from),
    other: {
      ...other,
      resolve: async (rest: string, context: never) => ({ ...(await other.resolve(rest, context)), storeKey: 'other:', address: 'other:' }),
    },
  };
  const { exitCode, stdout, stderr } = await runCaptured(['migrate', '--from', 'test:', '--to', 'other:', '--quiet'], { schemes });
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
  expect(stderr.split('\n').sort()).toEqual([
    '',
    expect.stringMatching(/^oh-storage: \[corrupt\] could not verify "b": "b" is not the same as at the source/),
    'oh-storage: [incomplete] 2 files failed, named above; run it again to go on',
    expect.stringMatching(/^oh-storage: \[not-found\] could not verify "c": /),
  ]);
  expect(await treeOf(from)).toEqual({ a: '1', b: '2', c: '3' });
});

test('a source that goes meanwhile, as a disk that is taken out, is no migration', async () => {
  const cwd = await temporaryDirectory();
  const base = new MemoryFileStore();
  await plant(base, { a: '1', b: '2' });
  const from = watchedStore(base, {
    before: async (operation, path) => {
      if (operation === 'read' && path === 'a') {
        await base.delete('b');
        queueMicrotask(() => void base.delete('a'));
      }
    },
  });
  const argv = ['migrate', '--from', 'test:', '--to', 'local:to', '--quiet', '--concurrency', '1'];
  expect(await runCaptured(argv, { cwd, schemes: { test: schemeOf(from) } })).toMatchObject({
    exitCode: 1,
    stdout: '',
    stderr: 'oh-storage: [unavailable] "test:" has become empty, or has gone, before everything was compared\n',
  });
});

test('both stores are asked for, and neither lies in the other', async () => {
  const cwd = await temporaryDirectory();
  await mkdir(join(cwd, 'a'));
  await writeFile(join(cwd, 'a/x'), '');
  expect(await runCaptured(['migrate', '--from', 'local:a'], { cwd })).toMatchObject({ exitCode: 2 });
  for (const to of ['local:a/b', 'local:.', 'local:a']) {
    expect(await runCaptured(['migrate', '--from', 'local:a', '--to', to], { cwd })).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('lie in each other'),
    });
  }
});

test('no layout is changed into a folder of OpenHands itself, whose conversations would not be found any more', async () => {
  const cwd = await temporaryDirectory();
  await cp(openHandsHome, join(cwd, 'home'), { recursive: true });
  expect(await runCaptured(toHomeLayout, { cwd })).toMatchObject({
    exitCode: 1,
    stdout: '',
    stderr: expect.stringContaining('[invalid-argument] "local:home" is a folder of OpenHands itself'),
  });
  expect(await readdir(join(cwd, 'home'))).toEqual(await readdir(openHandsHome));
});

test('another layout has the same conversations, events and files, there and back', async () => {
  const cwd = await temporaryDirectory();
  const there = [...toHomeLayout, '--json'];
  const first = await runCaptured(there, { cwd });
  const { conversations } = readExpectedHome();
  expect({ exitCode: first.exitCode, counts: JSON.parse(first.stdout) }).toMatchObject({
    exitCode: 1,
    counts: { conversations: conversations.length, events: 264, verified: 3 },
  });
  expect(first.stderr).toContain('the event 126');
  // What is left behind for being damaged must not be taken for migrated.
  expect(first.stderr).toContain('[corrupt] 2 records and 1 event could not be read: they are named above, and all else is migrated');
  expect((await readdir(join(cwd, 'home'))).sort()).toEqual([
    '.jwt_secret',
    '.oh-conversations',
    'conversations',
    'secrets.json',
    'settings.json',
    'users',
  ]);
  expect(await readdir(join(cwd, 'home/users/alice/conversations'))).toHaveLength(2);
  const back = ['migrate', '--from', 'local:home', '--from-layout', 'home', '--to', 'local:back', '--to-layout', 'sessions', '--json'];
  const second = await runCaptured(back, { cwd });
  // Those that could not be read are stood for by others since.
  expect({ exitCode: second.exitCode, counts: JSON.parse(second.stdout) }).toMatchObject({
    exitCode: 0,
    counts: { conversations: conversations.length, events: 266, verified: 3 },
  });
  expect((await readdir(join(cwd, 'back/sessions'))).sort()).toEqual(conversations.map(({ conversation_id }) => conversation_id).sort());
  expect(JSON.parse((await runCaptured(back, { cwd })).stdout)).toMatchObject({ copied: 0, conversations: conversations.length });
});

test('a record that is another one at the target is named, and left as it is', async () => {
  const cwd = await temporaryDirectory();
  const argv = [...toHomeLayout, '--quiet'];
  expect(await runCaptured(argv, { cwd })).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('all else is migrated') });
  const id = readExpectedHome().conversations[0]?.conversation_id ?? '';
  const path = join(cwd, 'home/conversations', id, 'metadata.json');
  const changed = { ...(JSON.parse(await readFile(path, 'utf8')) as object), title: 'newer', last_updated_at: '2030-01-01T00:00:00Z' };
  await writeFile(path, JSON.stringify(changed));
  await rm(join(cwd, 'home/settings.json'));
  const { exitCode, stdout, stderr } = await runCaptured(argv, { cwd });
  expect({ exitCode, stderr }).toEqual({
    exitCode: 1,
    stderr: expect.stringContaining(`could not migrate the conversation "${id}" unchanged`),
  });
  // It hinders nothing else.
  expect(stdout).toContain('3 files');
  expect(stdout).toContain('1 copied now');
  expect(JSON.parse(await readFile(path, 'utf8'))).toEqual(changed);
  expect(await runCaptured(argv.slice(0, -3), { cwd })).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('given together') });
});

test('events without a record are named, and an event without a time is migrated', async () => {
  const from = new MemoryFileStore();
  const metadata = { conversation_id: 'b', selected_repository: null, created_at: '2025-06-12T09:30:11+00:00' };
  await plant(from, {
    'sessions/a/events/0.json': '{"id":0,"source":"user"}',
    'sessions/b/metadata.json': JSON.stringify(metadata),
    'sessions/b/events/0.json': '{"id":0,"source":"user"}',
    'users/alice/conversations/c/events/0.json': '{"id":0,"source":"user"}',
  });
  const cwd = await temporaryDirectory();
  const argv = ['migrate', '--from', 'test:', '--from-layout', 'sessions', '--to', 'local:to', '--to-layout', 'home', '--quiet'];
  const { exitCode, stdout, stderr } = await runCaptured(argv, { cwd, schemes: { test: schemeOf(from) } });
  expect({ exitCode, stdout: stdout.split('\n')[0] }).toEqual({
    exitCode: 1,
    stdout: '1 conversation with 1 event is the same at both places',
  });
  for (const path of ['sessions/a/', 'users/alice/conversations/c/']) {
    expect(stderr).toContain(`oh-storage: [corrupt] "${path}" has no record of a conversation, and is left behind with its events\n`);
  }
  expect(stderr).toContain('[corrupt] 2 records and 0 events could not be read');
});

test('an event that is another one at the target is named', async () => {
  const cwd = await temporaryDirectory();
  const argv = [...toHomeLayout, '--quiet'];
  expect(await runCaptured(argv, { cwd })).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('all else is migrated') });
  const path = join(cwd, 'home/conversations/36f675cc81e74ef5e8e25d940ed90475/events.json');
  await writeFile(path, (await readFile(path, 'utf8')).replace('primes.py', 'Primes.py'));
  const { exitCode, stderr } = await runCaptured(argv, { cwd });
  expect({ exitCode, stderr }).toEqual({
    exitCode: 1,
    stderr: expect.stringMatching(/36f675cc81e74ef5e8e25d940ed90475" unchanged: the event \d+ is not the same/),
  });
});
