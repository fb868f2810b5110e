import { type FileStore, homeLayout, MemoryFileStore } from '@oh/file-store-core';
import { rawNumber } from '@oh/file-store-core/json';
import { interceptFileStore } from '@oh/file-store-core/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { eventAddress } from '../src/event-address.ts';
import { SegmentCompactor } from '../src/segment-compactor.ts';
import { SegmentFiles } from '../src/segment-files.ts';
import { withoutAppend } from './event-stores.ts';
import { readAll, readIds } from './read-all.ts';
import { directory, growSegments, listSlots, manifest, openSegments, slot, upTo } from './segments.ts';

describe('a log in segments beside readers', () => {
  let memory: MemoryFileStore;
  let files: FileStore;

  beforeEach(() => {
    memory = new MemoryFileStore();
    files = withoutAppend(memory);
  });

  const open = (over: FileStore = files) => openSegments(over);
  const grow = (count: number) => growSegments(files, count);
  const slots = () => listSlots(files);

  it('takes no segment for real that a writer has put where another one was merged and deleted', async () => {
    await grow(10);
    const { promise: resumed, resolve: resume } = Promise.withResolvers<void>();
    const { promise: paused, resolve: onPaused } = Promise.withResolvers<void>();
    let isPaused = false;
    const slow = interceptFileStore(files, async (operation, path) => {
      if (operation === 'write' && path === slot(10) && !isPaused) {
        isPaused = true;
        onPaused();
        await resumed;
      }
    });
    const sleeper = open(slow);
    const late = sleeper.append({ n: 'late' });
    await paused;
    await grow(60);
    expect(await files.exists(slot(10))).toBe(false);
    expect(JSON.parse(await files.read(manifest)).boundary).toBeGreaterThan(10);
    resume();
    expect(await late).toMatchObject({ id: 70, n: 'late' });
    expect(await files.exists(slot(10))).toBe(false);
    expect((await readAll(open().search())).map((event) => event['n'])).toEqual([...upTo(10), ...upTo(60), 'late']);
  });

  it('is not misled by such a segment while it stands there', async () => {
    await grow(40);
    const store = open();
    for (let n = 0; n < 40; n += 1) {
      await store.append({ n });
    }
    await store.close();
    const before = open();
    await before.latestId();
    const tail = before.tail(79)[Symbol.asyncIterator]();
    expect((await tail.next()).value).toMatchObject({ id: 79 });
    const stale = '{"id":2,"timestamp":"t","n":"stale"}\n{"id":3,"timestamp":"t","n":"stale"}\n';
    await files.write(slot(2), stale);
    expect((await readAll(open().search())).filter((event) => event['n'] === 'stale')).toEqual([]);
    expect(await open().append({})).toMatchObject({ id: 80 });
    expect((await tail.next()).value).toMatchObject({ id: 80 });
  });

  it('is not misled by one that a reader meets who has looked at the manifest before', async () => {
    for (const reverse of [false, true]) {
      memory = new MemoryFileStore();
      files = withoutAppend(memory);
      await grow(5);
      let isFirst = true;
      const slow = interceptFileStore(files, async (operation) => {
        if (operation === 'entries' && isFirst) {
          isFirst = false;
          await grow(60);
          await files.write(slot(2), '{"id":2,"timestamp":"t","n":"stale"}\n');
        }
      });
      const ns = (await readAll(open(slow).search({ reverse }))).map((event) => event['n']);
      expect(reverse ? ns.reverse() : ns).toEqual([...upTo(5), ...upTo(60)]);
      isFirst = false;
      await files.delete(slot(2));
    }
  });

  it('is not misled by one that comes between the look at the manifest and the reading', async () => {
    await grow(5);
    let isFirst = true;
    const slow = interceptFileStore(files, async (operation, path) => {
      if (isFirst && operation === 'open' && path === slot(2)) {
        isFirst = false;
        await grow(60);
        await files.write(slot(2), '{"id":2,"timestamp":"t","n":"stale"}\n');
      }
    });
    expect((await readAll(open(slow).search({ startId: 2, endId: 2 }))).map((event) => event['n'])).toEqual([2]);
    expect(isFirst).toBe(false);
  });

  it('takes no segment for missing that is merged while a reader looks', async () => {
    for (const options of [{}, { reverse: true }, { startId: 3, endId: 3 }, { startId: 3, endId: 3, reverse: true }]) {
      memory = new MemoryFileStore();
      files = withoutAppend(memory);
      await grow(5);
      let isFirst = true;
      const slow = interceptFileStore(files, async (operation) => {
        if (operation === 'entries' && isFirst) {
          isFirst = false;
          await grow(60);
        }
      });
      const stream = open(slow).search(options);
      const ns = (await readAll(stream)).map((event) => event['n']);
      const all = [...upTo(5), ...upTo(60)];
      expect(ns).toEqual('endId' in options ? [3] : 'reverse' in options ? all.reverse() : all);
      expect(stream.unreadable).toEqual([]);
    }
  });

  it('keeps what it has written when the segment before it is merged and deleted before it looks', async () => {
    await grow(31);
    const address = eventAddress('c1', undefined, homeLayout);
    const compactor = new SegmentCompactor(files, new SegmentFiles(files, directory), address, undefined);
    const asked: string[] = [];
    const writer = open(
      interceptFileStore(files, async (operation, path) => {
        asked.push(`${operation} ${path}`);
        if (operation === 'stat' && path === slot(30)) {
          compactor.consider(32);
          await compactor.close();
        }
      }),
    );
    expect(await writer.append({ n: 31 })).toMatchObject({ id: 31 });
    expect(await slots()).toEqual([slot(31)]);
    expect(asked.filter((request) => request.endsWith(slot(31)))).toEqual([`write ${slot(31)}`]);
    expect(await readIds(open().search())).toEqual(upTo(32));
  });

  it('makes an append once whose segment is merged before its writer has looked at the manifest', async () => {
    await grow(10);
    let isFirst = true;
    const slow = interceptFileStore(files, async (operation, path) => {
      if (operation === 'open' && path === manifest && isFirst && (await files.exists(slot(10)))) {
        isFirst = false;
        await grow(60);
        expect(await files.exists(slot(10))).toBe(false);
      }
    });
    const store = open(slow);
    const late = await store.appendAll([{ 5: 'five', n: 'late', big: rawNumber('12345678901234567890') }, { n: 'later' }]);
    expect(late.map(({ id, n }) => [id, n])).toEqual([
      [10, 'late'],
      [11, 'later'],
    ]);
    expect((await readAll(open().search())).map((event) => event['n'])).toEqual([...upTo(10), 'late', 'later', ...upTo(60)]);
    expect(await store.append({ n: 'last' })).toMatchObject({ id: 72 });
  });

  it('takes no merged segment for gone that is merged with others while a reader looks', async () => {
    for (const reverse of [false, true]) {
      memory = new MemoryFileStore();
      files = withoutAppend(memory);
      await grow(40);
      let first: unknown;
      const slow = interceptFileStore(files, async (operation, path) => {
        if (operation === 'open' && String(path).includes('/merged/') && first === undefined) {
          first = path;
          await grow(70);
          expect(await files.exists(String(path))).toBe(false);
        }
      });
      const stream = open(slow).search({ reverse, endId: 39 });
      expect((await readIds(stream)).sort((a, b) => a - b)).toEqual(upTo(40));
      expect(stream.unreadable).toEqual([]);
      expect(first).toBeDefined();
    }
  });
});
