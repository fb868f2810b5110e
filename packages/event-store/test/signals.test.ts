import { type AbortOptions, type FileStore, homeLayout, MemoryFileStore, type StorageLayout, sessionsLayout } from '@oh/file-store-core';
import { interceptFileStore } from '@oh/file-store-core/testing';
import { expect, it } from 'vitest';
import { AgentServerFolder } from '../src/agent-server-folder.ts';
import { exportEvents, exportTrajectory } from '../src/export-events.ts';
import { FileEventStore } from '../src/file-event-store.ts';
import { forkEvents } from '../src/fork-events.ts';
import { importAgentServerEvents } from '../src/import-agent-server-events.ts';
import { importEvents } from '../src/import-events.ts';
import { pathToRoot } from '../src/path-to-root.ts';
import { operationWindow } from '../src/recent-operations.ts';
import { withoutAppend } from './event-stores.ts';
import { readAll, readFirst } from './read-all.ts';

const formats: readonly (readonly [string, (files: FileStore) => FileStore, StorageLayout])[] = [
  ['lines', (files) => files, homeLayout],
  ['segments', withoutAppend, homeLayout],
  ['a file each', (files) => files, sessionsLayout],
  ['a file each, with pages', withoutAppend, sessionsLayout],
];

it.each(formats)('%s: each request has the signal of its call', async (_name, toFiles, layout) => {
  const memory = new MemoryFileStore();
  const { signal } = new AbortController();
  const without: string[] = [];
  let requests = 0;
  const watched = toFiles(
    interceptFileStore(memory, (operation, path, options) => {
      requests += 1;
      if (!((options as AbortOptions | undefined)?.signal instanceof AbortSignal)) {
        without.push(`${operation} ${String(path)}`);
      }
    }),
  );
  const open = (files: FileStore, conversationId = 'c1'): FileEventStore => new FileEventStore({ files, conversationId, layout });
  const store = open(watched);
  const other = open(toFiles(memory));

  await store.append({ n: 0 }, { signal });
  await other.append({ n: 1 }, { operationId: 'named' });
  expect(await store.append({}, { operationId: 'named', signal })).toMatchObject({ id: 1, n: 1 });
  await other.append({ n: 2 });
  await expect(store.append({}, { expectedNextId: 2, signal })).rejects.toMatchObject({ code: 'version-mismatch' });
  await other.append({ n: 3 });
  expect(await store.latestId({ signal })).toBe(3);
  expect(await store.append({ n: 4 }, { signal })).toMatchObject({ id: 4 });

  await memory.write('bundle', exportEvents(store, { signal }));
  await Array.fromAsync(exportTrajectory(store, { signal }));
  const bundle = async function* (): AsyncGenerator<Uint8Array> {
    yield await memory.readBytes('bundle');
  };
  await importEvents(open(watched, 'imported'), bundle(), { signal });
  await importEvents(open(watched, 'imported'), bundle(), { signal });
  await forkEvents(store, open(watched, 'fork'), { atEventId: 3, signal });
  await memory.write('agent/events/event-00000-a.json', '{"id":"a"}');
  await memory.write('agent/events/event-00001-b.json', new Uint8Array([0x22, 0xff]));
  const folder = new AgentServerFolder(watched, 'agent');
  await importAgentServerEvents(open(watched, 'agent'), folder, { signal, onUnreadable: () => undefined });
  await Promise.all([folder.readMeta({ signal }), folder.readBaseState({ signal }), folder.readOwnerLease({ signal })]);

  // Enough for segments to be merged, and events to be kept in pages.
  for (let n = 0; n < 70; n += 1) {
    await other.append({ n });
  }
  await other.appendAll(
    Array.from({ length: operationWindow }, () => ({})),
    { operationId: 'long' },
  );
  await other.close();
  expect(await open(watched).append({}, { operationId: 'long', signal })).toMatchObject({ id: 75 });
  const reader = open(watched);
  await reader.latest({ signal });
  await open(toFiles(memory)).append({});
  expect(await reader.latestId({ signal })).toBe(75 + operationWindow);
  await reader.get(7, { signal });
  await readAll(reader.search({ signal }));
  await readAll(reader.search({ startId: 3, endId: 900, reverse: true, signal }));
  await readFirst(reader.tail(2, { signal }), 40);
  for await (const { id } of pathToRoot(reader, 900, { signal })) {
    expect(id).toBeLessThan(901);
  }

  expect(requests).toBeGreaterThan(50);
  expect(without).toEqual([]);
});
