import { type FileStore, homeLayout, MemoryFileStore } from '@oh/file-store-core';
import { createFaultyFileStore, interceptFileStore } from '@oh/file-store-core/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { eventAddress } from '../src/event-address.ts';
import { SegmentCompactor } from '../src/segment-compactor.ts';
import { SegmentFiles } from '../src/segment-files.ts';
import { withoutAppend } from './event-stores.ts';
import { readAll, readFirst, readIds } from './read-all.ts';
import { directory, growSegments, listSlots, manifest, openSegments, slot, upTo } from './segments.ts';
import { withCode } from './with-code.ts';

describe('a log in segments that is merged', () => {
  let memory: MemoryFileStore;
  let files: FileStore;

  beforeEach(() => {
    memory = new MemoryFileStore();
    files = withoutAppend(memory);
  });

  const open = (over: FileStore = files) => openSegments(over);
  const grow = (count: number) => growSegments(files, count);
  const slots = () => listSlots(files);

  it('is merged in the background, and reads the same before, meanwhile and after', async () => {
    const reader = open();
    const tail = readFirst(open().tail(0), 400);
    const store = open();
    for (let n = 0; n < 400; n += 1) {
      await store.append({ n }, { operationId: `op-${n}`, fencingToken: 1 + Math.floor(n / 100) });
      if (n % 37 === 0) {
        expect((await readAll(reader.search())).map((event) => event['n'])).toEqual(upTo(n + 1));
        expect(await readIds(open().search({ reverse: true, limit: 5 }))).toEqual(
          upTo(n + 1)
            .reverse()
            .slice(0, 5),
        );
      }
    }
    await store.close();
    expect((await tail).map((event) => event['n'])).toEqual(upTo(400));
    expect((await slots()).length).toBeLessThan(70);
    expect((await files.list(`${directory}/merged`)).length).toBeLessThan(5);
    expect((await readAll(open().search())).map((event) => event['n'])).toEqual(upTo(400));
    expect(await readIds(open().search({ reverse: true }))).toEqual(upTo(400).reverse());
    expect(await readIds(open().search({ startId: 100, endId: 110 }))).toEqual(upTo(111).slice(100));
    expect(await readIds(open().search({ startId: 100, endId: 110, reverse: true }))).toEqual(upTo(111).slice(100).reverse());
    expect(await open().get(77)).toMatchObject({ n: 77 });
    expect(await open().append({}, { operationId: 'op-3' })).toMatchObject({ id: 3 });
    await expect(open().append({}, { fencingToken: 3 })).rejects.toEqual(withCode('version-mismatch'));
  });

  it('is read with few requests once it is merged', async () => {
    await grow(3000);
    const requests: string[] = [];
    const counted = interceptFileStore(files, (operation, path) => void requests.push(`${operation} ${path}`));
    expect(await readIds(open(counted).search())).toEqual(upTo(3000));
    expect(requests.length).toBeLessThan(80);
    requests.length = 0;
    expect(await readIds(open(counted).search({ reverse: true, limit: 20 }))).toEqual(upTo(3000).reverse().slice(0, 20));
    expect(requests.length).toBeLessThan(80);
  });

  it('is merged into files of bounded size, however large its segments are', async () => {
    const text = 'x'.repeat(150_000);
    const store = open();
    for (let n = 0; n < 130; n += 1) {
      await store.append({ n, text: n === 20 ? text.repeat(40) : text });
    }
    await store.close();
    const { segments } = JSON.parse(await files.read(manifest)) as { segments: { first_id: number; end_id: number; size: number }[] };
    expect(segments.length).toBeGreaterThan(2);
    for (const { first_id, end_id, size } of segments) {
      expect(end_id - first_id === 1 ? 0 : size).toBeLessThan(4.1 * 1024 * 1024);
    }
    expect((await slots()).length).toBeLessThan(64);
    expect((await readAll(open().search())).map((event) => event['n'])).toEqual(upTo(130));
  });

  it('loses nothing when a merging ends at any of its requests, and goes on later', async () => {
    for (let skip = 0; ; skip += 1) {
      memory = new MemoryFileStore();
      files = withoutAppend(memory);
      const setUp = open();
      for (let n = 0; n < 31; n += 1) {
        await setUp.append({ n });
      }
      await setUp.close();
      const merging = { begun: false };
      const faulty = createFaultyFileStore(files, {
        faults: [{ match: () => merging.begun, skip, times: Number.POSITIVE_INFINITY, code: 'unavailable' }],
      });
      const store = open(withoutAppend(faulty));
      await store.append({ n: 31 });
      merging.begun = true;
      await store.close();
      expect((await readAll(open().search())).map((event) => event['n'])).toEqual(upTo(32));
      await grow(70);
      expect((await readAll(open().search())).map((event) => event['n'])).toEqual([...upTo(32), ...upTo(70)]);
      expect((await slots()).length).toBeLessThan(70);
      const named = JSON.parse(await files.read(manifest)).segments.map(({ path }: { path: string }) => `conversations/c1/${path}`);
      expect((await files.list(`${directory}/merged`)).sort()).toEqual(named.sort());
      if (faulty.faultCount === 0) {
        expect(skip).toBeGreaterThan(30);
        return;
      }
    }
  });

  it('knows the end when all but the newest segment are merged, and when the conversation is deleted', async () => {
    const store = open();
    await store.append({});
    await grow(31);
    expect(await slots()).toEqual([slot(31)]);
    expect(await store.latestId()).toBe(31);
    await files.delete('conversations/c1');
    expect(await store.latestId()).toBeNull();
  });

  it('removes merged segments that no manifest can name any more, and no others', async () => {
    await files.write(`${directory}/merged/1-0-5-left.jsonl.zst`, '');
    await files.write(`${directory}/merged/99-0-5-coming.jsonl.zst`, '');
    await grow(40);
    const merged = await files.list(`${directory}/merged`);
    expect(merged).toContain(`${directory}/merged/99-0-5-coming.jsonl.zst`);
    expect(merged).not.toContain(`${directory}/merged/1-0-5-left.jsonl.zst`);
  });

  it.each(['version-mismatch', 'already-exists'] as const)(
    'loses nothing when a manifest was replaced and the answer, asked for again, says %s',
    async (code) => {
      const faulty = createFaultyFileStore(files, {
        faults: [{ operations: ['write'], match: (path) => path === manifest, at: 'after', code, probability: 0.5 }],
      });
      const store = open(faulty);
      for (let n = 0; n < 300; n += 1) {
        await store.append({ n });
      }
      await store.close();
      expect(faulty.faultCount).toBeGreaterThan(0);
      const events = open().search();
      expect((await readAll(events)).map((event) => event['n'])).toEqual(upTo(300));
      expect(events.unreadable).toEqual([]);
    },
  );

  it('takes no manifest away that another has written meanwhile', async () => {
    await grow(31);
    let isFirst = true;
    const held = interceptFileStore(files, async (operation, path) => {
      if (isFirst && operation === 'write' && path === manifest) {
        isFirst = false;
        await grow(60);
      }
    });
    const compactor = new SegmentCompactor(held, new SegmentFiles(held, directory), eventAddress('c1', undefined, homeLayout), undefined);
    await files.write(slot(31), '{"id":31,"timestamp":"t"}\n');
    compactor.consider(64);
    await compactor.close();
    expect(isFirst).toBe(false);
    expect(await readIds(open().search())).toEqual(upTo(92));
  });

  it('lets many merge at the same time', async () => {
    const writers = Array.from({ length: 6 }, () => open());
    await Promise.all(
      writers.map(async (writer, w) => {
        for (let n = 0; n < 60; n += 1) {
          await writer.append({ w, n });
        }
      }),
    );
    await Promise.all(writers.map((writer) => writer.close()));
    const events = await readAll(open().search());
    expect(events.map(({ id }) => id)).toEqual(upTo(360));
    for (const w of writers.keys()) {
      expect(events.filter((event) => event['w'] === w).map((event) => event['n'])).toEqual(upTo(60));
    }
  });
});
