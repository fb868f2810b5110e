import { readdir, readFile } from 'node:fs/promises';
import { FileEventStore, type StoredEvent } from '@oh/event-store';
import { MemoryFileStore } from '@oh/file-store-core';
import { expect, test } from 'vitest';
import { AppServerFolder, firstSchema, idOf, withDashes } from './app-server-folder.ts';
import { eventsOf, importInto, recordOf } from './run-import.ts';
import { treeOf } from './transfer/tree.ts';

const messagesOf = (events: readonly StoredEvent[]): readonly unknown[] => events.map(({ message }) => message);

test('conversations of OpenHands 1.x are imported: the record of the database with all its columns, and its events in order', async () => {
  const folder = await AppServerFolder.make();
  const [id, parent] = [idOf('a'), idOf('b')];
  folder.put(id, {
    title: 'Grüße 😀',
    selected_repository: 'acme/app',
    selected_branch: 'main',
    git_provider: 'github',
    trigger: 'automation',
    pr_number: '[3, 7]',
    accumulated_cost: 0.25,
    prompt_tokens: 100,
    completion_tokens: 10,
    total_tokens: 0,
    cache_read_tokens: 9_007_199_254_740_993n,
    llm_model: 'some/model',
    sandbox_id: 'oh-sandbox-1',
    parent_conversation_id: withDashes(parent),
    public: 1,
    tags: '{"skill": "fix"}',
    agent_kind: 'openhands',
    execution_status: 'paused',
  });
  folder.put(parent, { tags: 'null' });
  await folder.event(id, idOf('1'), { timestamp: '2026-07-01T10:00:02', message: 'third' });
  await folder.event(id, idOf('2'), { timestamp: '2026-07-01T10:00:00', message: 'first' });
  await folder.event(id, idOf('3'), { timestamp: '2026-07-01T10:00:00.000001', message: 'second value-canary' });
  await folder.event(parent, idOf('4'), { timestamp: '2026-07-01T10:00:00', message: 'other', parent_id: '__root__' });
  await folder.file('secrets.json', '{"custom_secrets":{"TOKEN":{"secret":"value-canary","description":"d"}}}');
  const before = await readFile(folder.database);
  const to = new MemoryFileStore();
  const dry = await importInto(to, `local:${folder.path}`);
  expect(await to.list()).toEqual([]);
  const { exitCode, report, stderr } = await importInto(to, `local:${folder.path}`, '--apply');
  expect({ exitCode, stderr, report }).toEqual({ exitCode: 0, stderr: '', report: { ...dry.report, dryRun: false } });
  expect(report).toMatchObject({ form: 'server', conversations: { new: 2 }, events: { new: 4 }, secrets: { new: 1 } });
  expect(JSON.parse(await to.read(`conversations/${id}/metadata.json`))).toEqual({
    conversation_id: id,
    selected_repository: 'acme/app',
    user_id: null,
    selected_branch: 'main',
    git_provider: 'github',
    title: 'Grüße 😀',
    last_updated_at: '2026-07-01T11:00:00Z',
    trigger: 'automation',
    pr_number: [3, 7],
    created_at: '2026-07-01T10:00:00.123456Z',
    llm_model: 'some/model',
    accumulated_cost: 0.25,
    prompt_tokens: 100,
    completion_tokens: 10,
    total_tokens: 110,
    sandbox_id: 'oh-sandbox-1',
    conversation_version: 'V1',
    cache_read_tokens: 9_007_199_254_740_992,
    parent_conversation_id: parent,
    public: true,
    tags: { skill: 'fix' },
    agent_kind: 'openhands',
    execution_status: 'paused',
  });
  expect(await to.read(`conversations/${id}/metadata.json`)).toContain('9007199254740993');
  expect(await recordOf(to, parent)).not.toHaveProperty('tags');
  const events = await eventsOf(to, id);
  expect(messagesOf(events)).toEqual(['first', 'second <secret_hidden>', 'third']);
  expect(events[0]).toMatchObject({ id: 0, event_id: withDashes(idOf('2')), kind: 'MessageEvent', source: 'user' });
  expect(await eventsOf(to, parent)).toMatchObject([{ parent_id: '__root__' }]);
  expect(await readFile(folder.database)).toEqual(before);
  expect((await readdir(folder.path)).sort()).toEqual(['openhands.db', 'secrets.json', 'v1_conversations']);
});

test('repeated, it adds what has come since: an event that was stored late stands at the end, a record that is newer is taken', async () => {
  const folder = await AppServerFolder.make();
  const id = idOf('a');
  folder.put(id, { title: 'old' });
  await folder.event(id, idOf('1'), { timestamp: '2026-07-01T10:00:01', message: 'first' });
  await folder.event(id, idOf('2'), { timestamp: '2026-07-01T10:00:03', message: 'second' });
  const to = new MemoryFileStore();
  await importInto(to, `local:${folder.path}`, '--apply');
  const before = await treeOf(to);
  const again = await importInto(to, `local:${folder.path}`, '--apply');
  expect(again).toMatchObject({ exitCode: 0, report: { conversations: { new: 0, present: 1 }, events: { new: 0, present: 2 } } });
  expect(await treeOf(to)).toEqual(before);
  folder.put(id, { title: 'new', last_updated_at: '2026-07-02 11:00:00' });
  folder.put(idOf('b'));
  await folder.event(idOf('b'), idOf('5'), { timestamp: '2026-07-01T10:00:01' });
  await folder.event(id, idOf('3'), { timestamp: '2026-07-01T10:00:02', message: 'late' });
  const dry = await importInto(to, `local:${folder.path}`);
  const third = await importInto(to, `local:${folder.path}`, '--apply');
  expect(third).toMatchObject({ exitCode: 0, report: { conversations: { new: 2, present: 0 }, events: { new: 2, present: 2 } } });
  expect(third.report).toEqual({ ...dry.report, dryRun: false });
  expect(messagesOf(await eventsOf(to, id))).toEqual(['first', 'second', 'late']);
  expect(await recordOf(to, id)).toMatchObject({ title: 'new' });
});

test('events follow their parents, also one that is older than its parent; a parent that is missing is named', async () => {
  const folder = await AppServerFolder.make();
  const id = idOf('a');
  folder.put(id);
  const names = ['1', '2', '3', '4', '5'].map(idOf);
  const [first = '', waited = '', second = '', third = '', lost = ''] = names;
  await folder.event(id, first, { timestamp: '2026-07-01T10:00:00', message: 'first' });
  await folder.event(id, waited, { timestamp: '2026-07-01T10:00:01', message: 'waited', parent_id: withDashes(third) });
  await folder.event(id, second, { timestamp: '2026-07-01T10:00:02', message: 'second', parent_id: withDashes(first) });
  await folder.event(id, third, { timestamp: '2026-07-01T10:00:03', message: 'third', parent_id: withDashes(second) });
  await folder.event(id, lost, { timestamp: '2026-07-01T10:00:04', message: 'lost', parent_id: withDashes(idOf('9')) });
  const to = new MemoryFileStore();
  const { exitCode, report, stderr } = await importInto(to, `local:${folder.path}`, '--apply');
  expect({ exitCode, report }).toMatchObject({ exitCode: 1, report: { events: { new: 5, damaged: 1 } } });
  expect(stderr).toContain(`the event before the one in "v1_conversations/${id}/${lost}.json", its parent, is missing`);
  const events = await eventsOf(to, id);
  expect(messagesOf(events)).toEqual(['first', 'second', 'third', 'waited', 'lost']);
  expect(events.map(({ parent_id }) => parent_id)).toEqual([undefined, 0, 1, 2, undefined]);
  expect(events[4]).toMatchObject({ parent_event_id: withDashes(idOf('9')) });
});

test('parents in a circle end nothing', async () => {
  const folder = await AppServerFolder.make();
  folder.put(idOf('a'));
  await folder.event(idOf('a'), idOf('1'), { timestamp: '2026-07-01T10:00:00', parent_id: idOf('2') });
  await folder.event(idOf('a'), idOf('2'), { timestamp: '2026-07-01T10:00:01', parent_id: idOf('1') });
  const to = new MemoryFileStore();
  expect(await importInto(to, `local:${folder.path}`, '--apply')).toMatchObject({ exitCode: 0, report: { events: { new: 2 } } });
});

test('what is damaged is named and hides nothing else: rows, events, records without events, events without a record', async () => {
  const folder = await AppServerFolder.make();
  const good = idOf('0');
  folder.put(good, { title: 'good' });
  await folder.event(good, idOf('1'), { timestamp: '2026-07-01T10:00:00', message: 'good' });
  await folder.file(`v1_conversations/${good}/${idOf('2')}.json`, '{"id":');
  await folder.file(`v1_conversations/${good}/${idOf('3')}.json`, JSON.stringify({ id: idOf('4'), timestamp: '2026-07-01T10:00:00' }));
  await folder.file(`v1_conversations/${good}/${idOf('5')}.json`, JSON.stringify({ id: idOf('5') }));
  const bad = {
    a: { created_at: 'yesterday', title: 'canary' },
    b: { tags: '{"skill":"canary' },
    c: { created_at: 1_234_567 },
    d: { title: new Uint8Array([255]) },
    e: { pr_number: '{"a":1}' },
    f: { created_at: null, last_updated_at: null },
  };
  for (const [digit, columns] of Object.entries(bad)) {
    folder.put(idOf(digit), columns);
    await folder.event(idOf(digit), idOf('6'), { timestamp: '2026-07-01T10:00:00' });
  }
  folder.put(idOf('7'), { title: 'without events' });
  await folder.event(idOf('8'), idOf('6'), { timestamp: '2026-07-01T10:00:00' });
  folder.execute(
    "INSERT INTO conversation_metadata (conversation_id, conversation_version, created_at) VALUES ('../x', 'V1', '2026-07-01 10:00:00')",
  );
  const to = new MemoryFileStore();
  const dry = await importInto(to, `local:${folder.path}`);
  const { exitCode, report, stderr } = await importInto(to, `local:${folder.path}`, '--apply');
  expect({ exitCode, report }).toMatchObject({
    exitCode: 1,
    report: { conversations: { new: 2, damaged: 7 }, events: { new: 1, damaged: 4 }, failed: 1 },
  });
  expect(dry.report).toEqual({ ...report, dryRun: true });
  for (const [digit, columns] of Object.entries(bad)) {
    const column = Object.keys(columns)[0];
    expect(stderr).toMatch(
      new RegExp(`\\[corrupt\\] the record of conversation "${idOf(digit)}" in "[^"]*openhands.db" cannot be read: ${column}`),
    );
  }
  for (const name of ['2', '3', '5'].map(idOf)) {
    expect(stderr).toContain(`[corrupt] "v1_conversations/${good}/${name}.json" cannot be read`);
  }
  expect(stderr).toContain(`the conversation "${idOf('7')}" has no events in the folder`);
  expect(stderr).toContain(`"v1_conversations/${idOf('8')}" has no record of a conversation`);
  expect(stderr).toContain('could not import the conversation "../x"');
  expect(stderr).not.toContain('canary');
  expect(messagesOf(await eventsOf(to, good))).toEqual(['good']);
  expect(await recordOf(to, idOf('7'))).toMatchObject({ title: 'without events' });
});

test('a database of an older version has fewer columns, one of a newer version more; users of either are kept', async () => {
  const older = await AppServerFolder.make(firstSchema);
  older.put(idOf('a'), { user_id: 'bob', title: 'old', github_user_id: 'octocat' });
  older.put(idOf('b'), { user_id: '' });
  await older.event(idOf('a'), idOf('1'), { timestamp: '2026-07-01T10:00:00' });
  await older.event(idOf('b'), idOf('1'), { timestamp: '2026-07-01T10:00:00' });
  const to = new MemoryFileStore();
  expect(await importInto(to, `local:${older.path}`, '--apply')).toMatchObject({ exitCode: 0, report: { conversations: { new: 2 } } });
  expect(await recordOf(to, idOf('a'), 'bob')).toMatchObject({ user_id: 'bob', github_user_id: 'octocat' });
  expect(await eventsOf(to, idOf('a'), 'bob')).toHaveLength(1);
  expect(await eventsOf(to, idOf('b'))).toHaveLength(1);
  const newer = await AppServerFolder.make();
  newer.execute('ALTER TABLE conversation_metadata ADD COLUMN plan JSON; ALTER TABLE conversation_metadata ADD COLUMN seen_at DATETIME');
  newer.put(idOf('c'), { plan: '{"steps": [1]}', seen_at: '2026-07-01 10:00:00' });
  newer.put(idOf('d'));
  await newer.event(idOf('c'), idOf('1'), { timestamp: '2026-07-01T10:00:00' }, 'alice');
  await newer.event(idOf('d'), idOf('1'), { timestamp: '2026-07-01T10:00:00' }, 'users/alice');
  expect(await importInto(to, `local:${newer.path}`, '--apply')).toMatchObject({ exitCode: 0, report: { conversations: { new: 2 } } });
  const alices = await recordOf(to, idOf('c'), 'alice');
  expect(alices).toMatchObject({ user_id: 'alice', plan: { steps: [1] }, seen_at: '2026-07-01T10:00:00Z' });
  expect(await eventsOf(to, idOf('d'), 'alice')).toHaveLength(1);
});

test('what OpenHands 1.0.0 has stored elsewhere comes with what later versions have stored of the same conversation', async () => {
  const folder = await AppServerFolder.make();
  folder.put(idOf('a'));
  const [first, second] = [idOf('1'), idOf('2')];
  const path = `v1/events/${withDashes(idOf('a'))}/20260701100000_MessageEvent_${first}`;
  await folder.file(path, JSON.stringify({ id: withDashes(first), timestamp: '2026-07-01T10:00:00', message: 'first' }));
  const to = new MemoryFileStore();
  expect(await importInto(to, `local:${folder.path}`, '--apply')).toMatchObject({ exitCode: 0, report: { events: { new: 1 } } });
  await folder.event(idOf('a'), second, { timestamp: '2026-07-01T10:00:01', message: 'second' });
  expect(await importInto(to, `local:${folder.path}`, '--apply')).toMatchObject({
    exitCode: 0,
    report: { events: { new: 1, present: 1 } },
  });
  expect(messagesOf(await eventsOf(to, idOf('a')))).toEqual(['first', 'second']);
});

test('events that the source has not are not mixed with new ones', async () => {
  const folder = await AppServerFolder.make();
  folder.put(idOf('a'));
  await folder.event(idOf('a'), idOf('1'), { timestamp: '2026-07-01T10:00:00' });
  const to = new MemoryFileStore();
  await importInto(to, `local:${folder.path}`, '--apply');
  await using events = new FileEventStore({ files: to, conversationId: idOf('a') });
  await events.append({ message: 'went on at the target' });
  expect(await importInto(to, `local:${folder.path}`, '--apply')).toMatchObject({
    exitCode: 0,
    report: { events: { new: 0, present: 1 } },
  });
  await folder.event(idOf('a'), idOf('2'), { timestamp: '2026-07-01T10:00:01' });
  for (const argv of [[], ['--apply']]) {
    const { exitCode, report, stderr } = await importInto(to, `local:${folder.path}`, ...argv);
    expect({ exitCode, report }).toMatchObject({ exitCode: 1, report: { events: { new: 0 }, failed: 1 } });
    expect(stderr).toContain(`[already-exists] could not import the conversation "${idOf('a')}": its log at the target has events`);
  }
  await to.write(`conversations/${idOf('a')}/events.json`, '{"id":0,\n');
  expect((await importInto(to, `local:${folder.path}`, '--apply')).stderr).toContain('what is at the target stays as it is');
});

test('more events than are read at a time keep their order', async () => {
  const folder = await AppServerFolder.make();
  folder.put(idOf('a'));
  const count = 100;
  for (let i = 0; i < count; i += 1) {
    const id = `${(i * 37) % count}`.padStart(32, '0');
    await folder.event(idOf('a'), id, { timestamp: `2026-07-01T10:00:00.${`${i}`.padStart(6, '0')}`, message: i });
  }
  const to = new MemoryFileStore();
  await importInto(to, `local:${folder.path}`, '--apply');
  expect(messagesOf(await eventsOf(to, idOf('a')))).toEqual(Array.from({ length: count }, (_, i) => i));
});
