import { MemoryFileStore } from '@oh/file-store-core';
import { createFaultyFileStore } from '@oh/file-store-core/testing';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { EventSearchOptions, UnreadableEvents } from '../src/event-store.ts';
import { FileEventStore } from '../src/file-event-store.ts';
import { importEvents } from '../src/import-events.ts';
import { readIds } from './read-all.ts';
import { withCode } from './with-code.ts';

const path = 'conversations/c1/events.json';

function line(id: number): string {
  return `{"id":${id},"timestamp":"t","n":${id}}\n`;
}

function lines(from: number, to: number): string {
  return Array.from({ length: to - from + 1 }, (_, i) => line(from + i)).join('');
}

describe('a log of which a part cannot be read', () => {
  let files: MemoryFileStore;

  beforeEach(() => {
    files = new MemoryFileStore();
  });

  function open(): FileEventStore {
    return new FileEventStore({ files, conversationId: 'c1' });
  }

  async function search(options: EventSearchOptions = {}): Promise<{ ids: number[]; unreadable: number[][] }> {
    const stream = open().search(options);
    const ids = await readIds(stream);
    return { ids, unreadable: stream.unreadable.map(toRange) };
  }

  function toRange({ first_id, last_id }: UnreadableEvents): number[] {
    return [first_id, last_id];
  }

  it.each([
    ['cut in the middle of a text', '{"id":2,"timestamp":"t","content":"ab'],
    ['cut within a character', Buffer.from('{"id":2,"content":"ü').subarray(0, -1)],
    ['cut after its first byte', '{'],
    ['zeros, as a power cut leaves them', '\0\0\0\0'],
  ])('goes on behind an append that was %s, without losing a line or an id', async (_how, tail) => {
    await files.write(path, Buffer.concat([Buffer.from(lines(0, 1)), Buffer.from(tail)]));
    expect(await search()).toEqual({ ids: [0, 1], unreadable: [] });
    expect(await open().latestId()).toBe(1);
    expect(await open().append({})).toMatchObject({ id: 2 });
    expect(await open().append({})).toMatchObject({ id: 3 });
    expect(await search()).toEqual({ ids: [0, 1, 2, 3], unreadable: [] });
    expect(await search({ reverse: true })).toEqual({ ids: [3, 2, 1, 0], unreadable: [] });
  });

  it('keeps an event of which only the newline is missing', async () => {
    const name = '{"id":2,"operation_id":"op","fencing_token":7,"timestamp":"t"}';
    await files.write(path, lines(0, 1) + name);
    expect(await search()).toEqual({ ids: [0, 1], unreadable: [] });
    expect(await open().append({}, { operationId: 'op' })).toMatchObject({ id: 2, timestamp: 't' });
    expect(await files.read(path)).toBe(`${lines(0, 1)}${name}\n`);
    await open().append({});
    expect(await open().append({}, { operationId: 'op' })).toMatchObject({ id: 2, timestamp: 't' });
    expect(await search()).toEqual({ ids: [0, 1, 2, 3], unreadable: [] });
    await expect(open().append({}, { fencingToken: 6 })).rejects.toEqual(withCode('version-mismatch'));
  });

  it('closes what was cut off in the middle of closing it', async () => {
    for (const closed of ['{"id":2,"x', '{"id":2,"x\t#to', '{"id":2,"x\t#torn']) {
      await files.write(path, lines(0, 1) + closed);
      expect(await open().append({})).toMatchObject({ id: 2 });
      expect(await search()).toEqual({ ids: [0, 1, 2], unreadable: [] });
    }
  });

  it('gives no id away when two writers die in a row', async () => {
    await files.write(path, `${lines(0, 1)}{"id":2,"x`);
    await open().append({});
    const text = await files.read(path);
    await files.write(path, text.slice(0, -5));
    expect(await open().append({})).toMatchObject({ id: 2 });
    expect(await search()).toEqual({ ids: [0, 1, 2], unreadable: [] });
  });

  it('reports what cannot be read in the middle, in both directions, and hides nothing else', async () => {
    await files.write(path, `${lines(0, 2)}{"id":3,"n":\n${lines(4, 5)}garbage\n\xff${line(8)}`);
    expect(await search()).toEqual({
      ids: [0, 1, 2, 4, 5],
      unreadable: [
        [3, 3],
        [6, 7],
      ],
    });
    expect(await search({ reverse: true })).toEqual({
      ids: [5, 4, 2, 1, 0],
      unreadable: [
        [6, 7],
        [3, 3],
      ],
    });
    await files.append(path, lines(9, 10));
    expect(await search()).toEqual({
      ids: [0, 1, 2, 4, 5, 9, 10],
      unreadable: [
        [3, 3],
        [6, 8],
      ],
    });
    expect(await search({ reverse: true })).toEqual({
      ids: [10, 9, 5, 4, 2, 1, 0],
      unreadable: [
        [6, 8],
        [3, 3],
      ],
    });
    await expect(open().get(3)).rejects.toThrow(`[corrupt] the event 3 at "${path}" cannot be read`);
    await expect(open().get(7)).rejects.toEqual(withCode('corrupt'));
    expect(await open().get(9)).toMatchObject({ n: 9 });
    await expect(open().get(11)).rejects.toEqual(withCode('not-found'));
  });

  it('reports only what lies in the range that is asked for', async () => {
    await files.write(path, `${lines(0, 2)}bad\nbad\n${lines(5, 6)}bad\n`);
    expect(await search({ startId: 1, endId: 3 })).toEqual({ ids: [1, 2], unreadable: [[3, 3]] });
    expect(await search({ startId: 1, endId: 3, reverse: true })).toEqual({ ids: [2, 1], unreadable: [[3, 3]] });
    expect(await search({ startId: 4, endId: 5 })).toEqual({ ids: [5], unreadable: [[4, 4]] });
    expect(await search({ startId: 4, endId: 5, reverse: true })).toEqual({ ids: [5], unreadable: [[4, 4]] });
    expect(await search({ startId: 5 })).toEqual({ ids: [5, 6], unreadable: [[7, 7]] });
    expect(await search({ startId: 5, reverse: true })).toEqual({ ids: [6, 5], unreadable: [[7, 7]] });
    expect(await search({ startId: 7, endId: 7 })).toEqual({ ids: [], unreadable: [[7, 7]] });
    expect(await search({ startId: 8 })).toEqual({ ids: [], unreadable: [] });
    expect(await search({ startId: 3, endId: 4, reverse: true })).toEqual({ ids: [], unreadable: [[3, 4]] });
  });

  it('gives no id of an event that cannot be read to another one', async () => {
    await files.write(path, `${lines(0, 2)}{"id":3,"x\n`);
    expect(await open().latestId()).toBe(3);
    expect((await open().latest())?.id).toBe(2);
    expect(await open().append({})).toMatchObject({ id: 4 });
    expect(await search()).toEqual({ ids: [0, 1, 2, 4], unreadable: [[3, 3]] });
  });

  it('counts what cannot be read among what others append, until an event tells its id', async () => {
    const store = open();
    await store.append({});
    await files.append(path, 'bad\n');
    expect(await store.latestId()).toBe(1);
    await files.append(path, `bad\n${line(0)}${line(5)}`);
    expect(await store.latestId()).toBe(5);
    await files.append(path, line(3));
    expect(await store.append({})).toMatchObject({ id: 6 });
  });

  it('starts behind a log of which nothing can be read, and changes nothing of it', async () => {
    await files.write(path, 'one\ntwo\n');
    expect(await search()).toEqual({ ids: [], unreadable: [[0, 1]] });
    expect(await search({ reverse: true })).toEqual({ ids: [], unreadable: [[0, 1]] });
    await open().append({});
    expect(await files.read(path)).toMatch(/^one\ntwo\n\{"id":2,/);
  });

  it('copies what is no line a few times at most, however long it is', async () => {
    const size = 4 * 1024 * 1024;
    const concat = vi.spyOn(Buffer, 'concat');
    onTestFinished(() => concat.mockRestore());
    const copied = async (action: () => Promise<unknown>): Promise<number> => {
      concat.mockClear();
      await action();
      return concat.mock.results.reduce((sum, { value }) => sum + (value as Buffer).byteLength, 0);
    };
    await files.write(path, Buffer.concat([Buffer.from(line(0)), Buffer.alloc(size, 'x'), Buffer.from('\n')]));
    expect(await copied(() => open().latest())).toBeLessThan(2 * size);
    expect(await copied(() => search())).toBeLessThan(2 * size);
    const chunks = Array.from({ length: size / 65_536 }, () => new Uint8Array(65_536));
    const imported = importEvents(new FileEventStore({ files, conversationId: 'c2' }), ReadableStream.from(chunks));
    expect(await copied(() => expect(imported).rejects.toEqual(withCode('corrupt')))).toBeLessThan(2 * size);
  });

  it('passes over an event that stands there again', async () => {
    await files.write(path, lines(0, 3) + line(2) + line(4));
    expect(await search()).toEqual({ ids: [0, 1, 2, 3, 4], unreadable: [] });
  });

  it('follows a tail past what cannot be read', async () => {
    await files.write(path, `${lines(0, 1)}bad\n`);
    const store = open();
    const stream = store.tail(1);
    const events = stream[Symbol.asyncIterator]();
    expect((await events.next()).value).toMatchObject({ id: 1 });
    const next = events.next();
    await store.append({});
    expect((await next).value).toMatchObject({ id: 3 });
    expect(stream.unreadable.map(toRange)).toEqual([[2, 2]]);
  });

  it('says what it failed with, and takes no failure for an absence', async () => {
    await files.write(path, lines(0, 2));
    const faulty = createFaultyFileStore(files, { faults: [{ operations: ['stat', 'open'], code: 'permission-denied' }] });
    const store = new FileEventStore({ files: faulty, conversationId: 'c1' });
    await expect(store.append({})).rejects.toEqual(withCode('permission-denied'));
    await expect(store.latestId()).rejects.toEqual(withCode('permission-denied'));
    await expect(readIds(store.search())).rejects.toEqual(withCode('permission-denied'));
    await expect(readIds(store.tail(0))).rejects.toEqual(withCode('permission-denied'));
    expect(await files.read(path)).toBe(lines(0, 2));
  });

  it('makes an append whose answer was lost once, when it is repeated by its name', async () => {
    const faulty = createFaultyFileStore(files, { faults: [{ operations: ['append'], at: 'after', times: 1 }] });
    const store = new FileEventStore({ files: faulty, conversationId: 'c1' });
    await expect(store.append({ n: 1 }, { operationId: 'op' })).rejects.toEqual(withCode('unavailable'));
    expect(await store.append({ n: 1 }, { operationId: 'op' })).toMatchObject({ id: 0 });
    expect(await store.append({ n: 2 })).toMatchObject({ id: 1 });
    expect(await search()).toEqual({ ids: [0, 1], unreadable: [] });
  });

  it('notices that the file is another one', async () => {
    const store = open();
    await store.appendAll([{ text: 'long '.repeat(20) }, {}, {}]);
    await files.write(path, line(0));
    expect(await store.append({})).toMatchObject({ id: 1 });
    await files.write(path, `${lines(0, 40)}`);
    expect(await store.latestId()).toBe(40);
    expect(await store.append({})).toMatchObject({ id: 41 });
    await files.write(path, [0, 1, 2].map((id) => `{"id":${id},"text":"${'long '.repeat(1000)}"}\n`).join(''));
    expect(await store.latestId()).toBe(2);
  });
});
