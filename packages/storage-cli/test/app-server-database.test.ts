import { spawnSync } from 'node:child_process';
import { mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MemoryFileStore } from '@oh/file-store-core';
import { interceptFileStore } from '@oh/file-store-core/testing';
import { LocalFileStore } from '@oh/file-store-local';
import { expect, test } from 'vitest';
import { AppServerFolder, idOf } from './app-server-folder.ts';
import { runCaptured } from './run-captured.ts';
import { env, eventsOf, importInto, recordOf } from './run-import.ts';
import { otherSchemeOf, schemeOf } from './scheme-of.ts';
import { treeOf } from './transfer/tree.ts';

test('a database that is missing is named where there are events of OpenHands 1.x, and all else is imported', async () => {
  const folder = await AppServerFolder.make();
  await folder.event(idOf('a'), idOf('1'), { timestamp: '2026-07-01T10:00:00' }, 'alice');
  await folder.file('settings.json', '{"language":"de","llm_profiles":{"profiles":{"Default":{"api_key":"canary"}}}}');
  await rm(folder.database);
  const to = new MemoryFileStore();
  const { exitCode, report, stderr } = await importInto(to, `local:${folder.path}`, '--apply');
  expect({ exitCode, report }).toMatchObject({ exitCode: 1, report: { settings: { new: 1 }, conversations: { new: 0 }, failed: 1 } });
  expect(stderr).toContain('[not-found] could not import the conversations of OpenHands 1.x: their records are in a database');
  expect(JSON.stringify(await treeOf(to))).not.toContain('canary');
  const other = await importInto(to, `local:${folder.path}`, '--database', '/nowhere/openhands.db');
  expect(other.stderr).toContain('the database "/nowhere/openhands.db" does not exist');
  const directory = await importInto(to, `local:${folder.path}`, '--database', folder.path);
  expect(directory.stderr).toContain(
    `[invalid-argument] could not import the conversations of OpenHands 1.x: ${JSON.stringify(folder.path)} is a directory`,
  );
});

test.each([
  ['is empty', '', 'has no conversations of OpenHands 1.x'],
  ['is none', 'x'.repeat(2000), 'is no SQLite database'],
])('a database that %s is named', async (_, text, message) => {
  const folder = await AppServerFolder.make();
  await writeFile(folder.database, text);
  const { exitCode, stderr } = await importInto(new MemoryFileStore(), `local:${folder.path}`);
  expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: expect.stringContaining(message) });
});

test('a database may lie elsewhere than the events, as those in a bucket, which are below users/', async () => {
  const folder = await AppServerFolder.make();
  folder.put(idOf('a'));
  folder.put(idOf('b'));
  await folder.event(idOf('a'), idOf('1'), { timestamp: '2026-07-01T10:00:00' }, 'bucket/users');
  await folder.event(idOf('b'), idOf('1'), { timestamp: '2026-07-01T10:00:00' }, 'bucket/users/alice');
  const files = new LocalFileStore({ root: join(folder.path, 'bucket') });
  const to = new MemoryFileStore();
  const schemes = { test: schemeOf(to), other: otherSchemeOf(files) };
  const argv = ['import', 'openhands', 'other:', '--to', 'test:', '--apply'];
  const without = await runCaptured(argv, { env, schemes });
  expect(without).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('give its path with --database') });
  const run = await runCaptured([...argv, '--database', 'openhands.db'], { env, schemes, cwd: folder.path });
  expect(run).toMatchObject({ exitCode: 0 });
  expect(await eventsOf(to, idOf('a'))).toHaveLength(1);
  expect(await eventsOf(to, idOf('b'), 'alice')).toHaveLength(1);
  await files.close();
});

test.runIf(process.platform !== 'win32')('a database may be a link in the folder', async () => {
  const folder = await AppServerFolder.make();
  folder.put(idOf('a'));
  await folder.event(idOf('a'), idOf('1'), { timestamp: '2026-07-01T10:00:00' });
  await rename(folder.database, join(folder.path, 'elsewhere.db'));
  await symlink('elsewhere.db', folder.database);
  expect(await importInto(new MemoryFileStore(), `local:${folder.path}`)).toMatchObject({
    exitCode: 0,
    report: { conversations: { new: 1 } },
  });
});

test('a database can be written while the import goes on, and what comes then is not taken for damage', async () => {
  const folder = await AppServerFolder.make();
  folder.put(idOf('a'));
  await folder.event(idOf('a'), idOf('1'), { timestamp: '2026-07-01T10:00:00' });
  let written = 0;
  const memory = new MemoryFileStore();
  const to = interceptFileStore(memory, async (operation, path) => {
    if (['write', 'append'].includes(operation) && `${path}`.startsWith('conversations/')) {
      written += 1;
      folder.put(idOf('b'), { title: `${written}` });
      await folder.event(idOf('b'), idOf('2'), { timestamp: '2026-07-01T10:00:00' });
    }
  });
  expect(await importInto(to, `local:${folder.path}`, '--apply')).toMatchObject({ exitCode: 0, report: { conversations: { new: 1 } } });
  expect(written).toBeGreaterThan(1);
  expect(await importInto(memory, `local:${folder.path}`, '--apply')).toMatchObject({
    exitCode: 0,
    report: { conversations: { new: 1 } },
  });
});

test('a database is read before the directories, and asked again about those of a conversation that was made in between', async () => {
  const folder = await AppServerFolder.make();
  await mkdir(join(folder.path, 'v1_conversations'));
  await using files = new LocalFileStore({ root: folder.path });
  const from = interceptFileStore(files, async (operation, path) => {
    if (operation === 'list' && path === 'v1_conversations') {
      folder.put(idOf('a'));
      await folder.event(idOf('a'), idOf('1'), { timestamp: '2026-07-01T10:00:00' });
    }
  });
  const schemes = { test: schemeOf(new MemoryFileStore()), other: otherSchemeOf(from) };
  const argv = ['import', 'openhands', 'other:', '--to', 'test:', '--database', folder.database, '--quiet'];
  expect(await runCaptured(argv, { env, schemes })).toMatchObject({ exitCode: 0, stderr: '' });
  expect(await files.list('v1_conversations')).toHaveLength(1);
});

test('a database may have changes in a write-ahead log that a dead server has left', async () => {
  const folder = await AppServerFolder.make();
  folder.put(idOf('a'));
  folder.execute('PRAGMA journal_mode = WAL');
  await folder.event(idOf('a'), idOf('1'), { timestamp: '2026-07-01T10:00:00' });
  killedAfter(folder.database, "UPDATE conversation_metadata SET title = 'in the log'");
  expect((await readFile(`${folder.database}-wal`)).length).toBeGreaterThan(0);
  const before = await readFile(folder.database);
  const to = new MemoryFileStore();
  expect(await importInto(to, `local:${folder.path}`, '--apply')).toMatchObject({ exitCode: 0 });
  expect(await recordOf(to, idOf('a'))).toMatchObject({ title: 'in the log' });
  expect(await readFile(folder.database)).toEqual(before);
});

test('a database that a dead server has left in the midst of a change is named, and what to do is said', async () => {
  const folder = await AppServerFolder.make();
  folder.put(idOf('a'), { title: 'x'.repeat(100_000) });
  await folder.event(idOf('a'), idOf('1'), { timestamp: '2026-07-01T10:00:00' });
  killedAfter(folder.database, 'PRAGMA cache_size = 1; BEGIN; UPDATE conversation_metadata SET title = title || title || title');
  const { exitCode, stderr } = await importInto(new MemoryFileStore(), `local:${folder.path}`);
  expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: expect.stringContaining('start and stop the server once') });
});

/** Runs SQL in a process that is killed then. */
function killedAfter(database: string, sql: string): void {
  const program = `const { DatabaseSync } = require('node:sqlite');
    new DatabaseSync(${JSON.stringify(database)}).exec(${JSON.stringify(sql)});
    process.kill(process.pid, 'SIGKILL');`;
  // Windows tells of no signal.
  expect(spawnSync(process.execPath, ['-e', program]).status).not.toBe(0);
}
