import { type FileStoreError, MemoryFileStore } from '@oh/file-store-core';
import { createFaultyFileStore, interceptFileStore } from '@oh/file-store-core/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { AgentServerFolder } from '../src/agent-server-folder.ts';
import { FileEventStore } from '../src/file-event-store.ts';
import { importAgentServerEvents } from '../src/import-agent-server-events.ts';
import { readAll } from './read-all.ts';
import { withCode } from './with-code.ts';

const directory = 'workspace/conversations/5f2c';

describe("the folder of a conversation of OpenHands' agent server", () => {
  let files: MemoryFileStore;
  let folder: AgentServerFolder;
  let target: FileEventStore;

  beforeEach(() => {
    files = new MemoryFileStore();
    folder = new AgentServerFolder(files, directory);
    target = new FileEventStore({ files, conversationId: 'c1' });
  });

  async function put(index: number, id: string, fields: object): Promise<void> {
    await files.write(`${directory}/events/event-${String(index).padStart(5, '0')}-${id}.json`, JSON.stringify({ id, ...fields }));
  }

  it('has events in the order of their indexes, six digits and any id included', async () => {
    await put(0, 'aaaaaaaa-1', { kind: 'SystemPromptEvent' });
    await put(99_999, 'bbbbbbbb-1', { kind: 'MessageEvent' });
    await put(100_000, 'not hex', { kind: 'FutureEvent', big: 5 });
    await put(2, 'cccccccc-1', { kind: 'ActionEvent' });
    await files.write(`${directory}/events/.eventlog.lock`, '');
    const events: unknown[] = [];
    for await (const { index, event } of folder.readEvents()) {
      events.push([index, event.id, event['kind']]);
    }
    expect(events).toEqual([
      [0, 'aaaaaaaa-1', 'SystemPromptEvent'],
      [2, 'cccccccc-1', 'ActionEvent'],
      [99_999, 'bbbbbbbb-1', 'MessageEvent'],
      [100_000, 'not hex', 'FutureEvent'],
    ]);
  });

  it('is imported with all fields, and parents by their new ids', async () => {
    await put(0, 'root', { timestamp: '2026-01-01T00:00:00', kind: 'SystemPromptEvent', parent_id: '__root__' });
    await put(1, 'first', { timestamp: '2026-01-01T00:00:01', kind: 'MessageEvent', source: 'user', parent_id: null });
    await files.write(
      `${directory}/events/event-00002-second.json`,
      '{"id":"second","timestamp":"t","kind":"FutureEvent","n":12345678901234567890,"parent_id":"root"}',
    );
    expect(await importAgentServerEvents(target, folder)).toBe(3);
    expect(await files.read('conversations/c1/events.json')).toBe(
      '{"id":0,"timestamp":"2026-01-01T00:00:00","kind":"SystemPromptEvent","event_id":"root","parent_id":"__root__"}\n' +
        '{"id":1,"timestamp":"2026-01-01T00:00:01","kind":"MessageEvent","source":"user","event_id":"first"}\n' +
        '{"id":2,"timestamp":"t","kind":"FutureEvent","n":12345678901234567890,"event_id":"second","parent_id":0}\n',
    );
    await put(3, 'third', { timestamp: 't', parent_id: 'second' });
    expect(await importAgentServerEvents(target, folder)).toBe(4);
    expect((await readAll(target.search({ filter: { includeTypes: ['MessageEvent'] } }))).map(({ id }) => id)).toEqual([1]);
    expect(await target.get(3)).toMatchObject({ event_id: 'third', parent_id: 2 });
  });

  it('is imported once by several at the same time', async () => {
    for (let n = 0; n < 200; n += 1) {
      await put(n, `e${n}`, { n });
    }
    const open = (): FileEventStore => new FileEventStore({ files, conversationId: 'c1' });
    expect(await Promise.all([1, 2, 3].map(() => importAgentServerEvents(open(), folder)))).toEqual([200, 200, 200]);
    expect((await readAll(target.search())).map((event) => event['n'])).toEqual(Array.from({ length: 200 }, (_, n) => n));
  });

  it('is not imported past a cycle or a parent that is not there', async () => {
    await put(0, 'one', { parent_id: 'two' });
    await put(1, 'two', { parent_id: 'one' });
    await expect(importAgentServerEvents(target, folder)).rejects.toThrow('[corrupt] the parent of the event "one" is no event before it');
    expect(await target.latestId()).toBeNull();
  });

  it('is refused where other events are', async () => {
    await put(0, 'one', {});
    await target.append({});
    await expect(importAgentServerEvents(target, folder)).rejects.toEqual(withCode('already-exists'));
  });

  it('fails at a file that holds no event, or tells of it and goes on', async () => {
    await put(0, 'one', { n: 0 });
    await files.write(`${directory}/events/event-00001-two.json`, '{"id":"two","n"');
    await files.write(`${directory}/events/event-00002-three.json`, '');
    await put(3, 'four', { n: 3 });
    await expect(importAgentServerEvents(target, folder)).rejects.toThrow('event-00001-two.json');
    const errors: FileStoreError[] = [];
    const other = new FileEventStore({ files, conversationId: 'c2' });
    expect(await importAgentServerEvents(other, folder, { onUnreadable: (error) => errors.push(error) })).toBe(2);
    expect(errors.map(({ code, path }) => [code, path?.slice(-21)])).toEqual([
      ['corrupt', 'event-00001-two.json'.slice(-21).padStart(21, '/')],
      ['corrupt', 'event-00002-three.json'.slice(-21)],
    ]);
  });

  it('has its state, its description and its lease, or none', async () => {
    expect(await folder.readBaseState()).toBeUndefined();
    expect(await folder.readMeta()).toBeUndefined();
    expect(await folder.readOwnerLease()).toBeUndefined();
    await files.write(`${directory}/base_state.json`, '{"id":"x","execution_status":"running","max":12345678901234567890}');
    await files.write(`${directory}/meta.json`, '{"title":"T"}');
    await files.write(
      `${directory}/owner_lease.json`,
      '{"owner_instance_id":"i","generation":3,"expires_at":1.5,"owner_host":"h","owner_pid":7}',
    );
    expect(JSON.stringify(await folder.readBaseState())).toBe('{"id":"x","execution_status":"running","max":12345678901234567890}');
    expect(await folder.readMeta()).toEqual({ title: 'T' });
    expect(await folder.readOwnerLease()).toMatchObject({ owner_instance_id: 'i', generation: 3, owner_host: 'h' });
    for (const text of ['', '[]', '{"owner_instance_id":"i"}']) {
      await files.write(`${directory}/owner_lease.json`, text);
      await expect(folder.readOwnerLease()).rejects.toEqual(withCode('corrupt'));
    }
    await files.write(`${directory}/base_state.json`, '{"id":');
    await expect(folder.readBaseState()).rejects.toThrow(`[corrupt] "${directory}/base_state.json"`);
  });

  it('takes no failure for an absence, and ends with the reason of an abort', async () => {
    const faulty = createFaultyFileStore(files, { faults: [{ code: 'permission-denied' }] });
    const denied = new AgentServerFolder(faulty, directory);
    await expect(denied.readBaseState()).rejects.toEqual(withCode('permission-denied'));
    await expect(importAgentServerEvents(target, denied)).rejects.toEqual(withCode('permission-denied'));
    const reason = new Error('enough');
    await expect(folder.readBaseState({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    await expect(importAgentServerEvents(target, folder, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it('passes over a file that goes while it is read', async () => {
    await put(0, 'root', {});
    await put(1, 'gone', {});
    const going = interceptFileStore(files, async (operation, path) => {
      if (operation === 'readBytes' && String(path).includes('gone')) {
        await files.delete(String(path));
      }
    });
    const events = await Array.fromAsync(new AgentServerFolder(going, directory).readEvents());
    expect(events.map(({ event }) => event.id)).toEqual(['root']);
  });
});
