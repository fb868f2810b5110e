import { homeLayout, MemoryFileStore, sessionsLayout } from '@oh/file-store-core';
import { expect, it } from 'vitest';
import { eventAddress } from '../src/event-address.ts';
import { EventFilesLog } from '../src/event-files-log.ts';
import type { EncodedEvent, EventLog } from '../src/event-log.ts';
import { LineLog } from '../src/line-log.ts';
import { SegmentLog } from '../src/segment-log.ts';
import { withoutAppend } from './event-stores.ts';

const home = eventAddress('c1', undefined, homeLayout);
const logs: readonly (readonly [string, (files: MemoryFileStore) => EventLog])[] = [
  ['lines', (files) => new LineLog(files, home, home.file ?? '')],
  ['segments', (files) => new SegmentLog(withoutAppend(files), home)],
  ['a file each', (files) => new EventFilesLog(files, eventAddress('c1', undefined, sessionsLayout))],
];

function event(log: EventLog, id: number): EncodedEvent {
  return { id, body: log.encode({ timestamp: 't', id: undefined }), operationId: undefined, fencingToken: 0 };
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
