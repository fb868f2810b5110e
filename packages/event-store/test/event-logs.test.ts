import { type FileStore, homeLayout, MemoryFileStore, sessionsLayout } from '@oh/file-store-core';
import { interceptFileStore } from '@oh/file-store-core/testing';
import { expect, it, onTestFinished } from 'vitest';
import { eventAddress } from '../src/event-address.ts';
import { EventFilesLog } from '../src/event-files-log.ts';
import type { EncodedEvent, EventLog } from '../src/event-log.ts';
import { LineLog } from '../src/line-log.ts';
import { SegmentLog } from '../src/segment-log.ts';
import { eventFileStores, withoutAppend } from './event-stores.ts';

const home = eventAddress('c1', undefined, homeLayout);
const logs: readonly (readonly [string, (files: FileStore) => EventLog])[] = [
  ['lines', (files) => new LineLog(files, home, home.file ?? '')],
  ['segments', (files) => new SegmentLog(withoutAppend(files), home)],
  ['a file each', (files) => new EventFilesLog(files, eventAddress('c1', undefined, sessionsLayout))],
];

function event(log: EventLog, id: number, operationId?: string): EncodedEvent {
  return { id, body: log.encode({ timestamp: 't' }), operationId, fencingToken: 0 };
}

it.each(logs)('%s: adds nothing that was numbered for another end, though it knows the newer one by now', async (_name, open) => {
  const files = new MemoryFileStore();
  const [log, other] = [open(files), open(files)];
  expect(await log.tryAppend([event(log, 0)], {})).toEqual([0]);
  expect(await other.tryAppend([event(other, 1)], {})).toEqual([1]);
  expect((await log.readEnd({})).nextId).toBe(2);
  expect(await log.tryAppend([event(log, 1)], {})).toBeUndefined();
  expect(await other.tryAppend([event(other, 3)], {})).toBeUndefined();
  expect((await open(files).readEnd({})).nextId).toBe(2);
});

it.each(logs)('%s: knows the end after it has lost to another', async (_name, open) => {
  const files = new MemoryFileStore();
  const [log, other] = [open(files), open(files)];
  expect((await log.readEnd({})).nextId).toBe(0);
  expect(await other.tryAppend([event(other, 0)], {})).toEqual([0]);
  expect(await log.tryAppend([event(log, 0)], {})).toBeUndefined();
  expect(log.knownEnd?.nextId).toBe(1);
  expect(await log.tryAppend([event(log, 1)], {})).toEqual([1]);
});

it.each(logs)('%s: misses no operation that is appended while the last ones are read', async (_name, open) => {
  const files = new MemoryFileStore();
  const other = open(files);
  let onRequest = async (): Promise<void> => undefined;
  const log = open(interceptFileStore(files, () => onRequest()));
  await other.tryAppend([event(other, 0, 'first')], {});
  await log.readEnd({});
  onRequest = async () => {
    onRequest = async () => undefined;
    await other.tryAppend([event(other, 1, 'second')], {});
    await log.readEnd({});
  };
  expect((await log.operations({})).find('second', 2)).toEqual([1]);
});

it.each(logs)('%s: does not go back to an end that was read before an append', async (_name, open) => {
  const files = new MemoryFileStore();
  let onRequest = async (): Promise<void> => undefined;
  const log = open(interceptFileStore(files, () => onRequest()));
  await log.tryAppend([event(log, 0)], {});
  const other = open(files);
  await other.tryAppend([event(other, 1)], {});
  let requests = 0;
  onRequest = async () => {
    requests += 1;
    if (requests === 2) {
      onRequest = async () => undefined;
      await log.readEnd({});
      await log.tryAppend([event(log, 2)], {});
    }
  };
  await log.readEnd({});
  expect(log.knownEnd?.nextId).toBe(3);
});

it.each(logs)('%s: knows the operations of others that it meets, and its own', async (_name, open) => {
  const files = new MemoryFileStore();
  const [log, other] = [open(files), open(files)];
  await log.tryAppend([event(log, 0)], {});
  await log.operations({});
  await other.tryAppend([event(other, 1, 'met')], {});
  await log.readEnd({});
  await log.tryAppend([event(log, 2, 'own')], {});
  await other.readEnd({});
  await other.tryAppend([event(other, 3, 'lost to')], {});
  expect(await log.tryAppend([event(log, 3, 'lost')], {})).toBeUndefined();
  const operations = await log.operations({});
  expect(['met', 'own', 'lost to', 'lost'].map((name) => operations.find(name, 4))).toEqual([[1], [2], [3], []]);
});

it.each(logs)('%s: forgets the end and the operations of a log that was made anew', async (_name, open) => {
  const files = new MemoryFileStore();
  const [log, other] = [open(files), open(files)];
  for (const id of [0, 1, 2]) {
    await log.tryAppend([{ ...event(log, id, `old ${id}`), fencingToken: 5 }], {});
  }
  await log.operations({});
  for (const path of await files.list('')) {
    await files.delete(path);
  }
  await other.readEnd({});
  await other.tryAppend([event(other, 0, 'new')], {});
  expect(await log.readEnd({})).toMatchObject({ nextId: 1, fencingToken: 0 });
  const operations = await log.operations({});
  expect(['old 0', 'old 1', 'new'].map((name) => operations.find(name, 1))).toEqual([[], [], [0]]);
});

it.each(eventFileStores.slice(0, 2))(
  'a file of lines on %s is another one that was made anew with as many bytes',
  async (_name, openFiles) => {
    const { files, reopen, remove } = await openFiles();
    onTestFinished(remove);
    const path = home.file ?? '';
    const log = new LineLog(files, home, path);
    await log.tryAppend([{ ...event(log, 0, 'old'), body: log.encode({ n: 'x'.repeat(100) }) }], {});
    expect((await log.operations({})).find('old', 1)).toEqual([0]);
    const { size } = await files.stat(path);
    const begin = '{"id":0}\n{"id":1}\n{"id":2,"n":"';
    await reopen().write(path, `${begin.padEnd(size - 3, 'y')}"}\n`);
    expect((await files.stat(path)).size).toBe(size);
    expect(await log.tryAppend([event(log, 1)], {})).toBeUndefined();
    expect(log.knownEnd?.nextId).toBe(3);
    expect((await log.operations({})).find('old', 3)).toEqual([]);
    expect(await log.tryAppend([event(log, 3)], {})).toEqual([3]);
  },
);
