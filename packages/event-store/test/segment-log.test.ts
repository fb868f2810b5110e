import { inspect } from 'node:util';
import { type FileStore, FileStoreError, homeLayout, MemoryFileStore } from '@oh/file-store-core';
import { rawNumber } from '@oh/file-store-core/json';
import { createFaultyFileStore, interceptFileStore } from '@oh/file-store-core/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { eventAddress } from '../src/event-address.ts';
import { FileEventStore } from '../src/file-event-store.ts';
import { SegmentCompactor } from '../src/segment-compactor.ts';
import { SegmentFiles } from '../src/segment-files.ts';
import { withoutAppend } from './event-stores.ts';
import { readAll, readFirst, readIds } from './read-all.ts';
import { withCode } from './with-code.ts';

const directory = 'conversations/c1/events';
const manifest = `${directory}/manifest.json`;

function slot(firstId: number): string {
  return `${directory}/${String(firstId).padStart(10, '0')}.jsonl`;
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

describe('a log in segments', () => {
  let memory: MemoryFileStore;
  let files: FileStore;

  beforeEach(() => {
    memory = new MemoryFileStore();
    files = withoutAppend(memory);
  });

  function open(over: FileStore = files): FileEventStore {
    return new FileEventStore({ files: over, conversationId: 'c1' });
  }

  /** Appends events one by one, then waits until what can be merged is. */
  async function grow(count: number): Promise<void> {
    const store = open();
    for (let n = 0; n < count; n += 1) {
      await store.append({ n });
    }
    await store.close();
  }

  async function slots(): Promise<string[]> {
    return (await files.list(directory)).filter((path) => path.endsWith('.jsonl'));
  }

  it('has a segment for each commit, named by its first event, which no other can take', async () => {
    const store = open();
    await store.appendAll([{}, {}, {}]);
    await Promise.all([store.append({ n: 3 }), store.append({ n: 4 }), store.append({ n: 5 })]);
    expect(await slots()).toEqual([slot(0), slot(3)]);
    expect(await files.read(slot(3))).toMatch(/^\{"id":3,.*\n\{"id":4,.*\n\{"id":5,.*\n$/);
    expect(await readIds(open().search())).toEqual(upTo(6));
  });

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

  it('leaves nothing of a merging that meets the deletion of the conversation', async () => {
    await grow(31);
    const deleting = interceptFileStore(files, async (operation, path) => {
      if (operation === 'write' && path === manifest) {
        await files.write(homeLayout.conversationTombstone('c1'), '{"decided":true}');
        await files.delete('conversations/c1');
      }
    });
    const store = open(deleting);
    await store.append({});
    await store.close();
    expect(await files.exists(homeLayout.conversationTombstone('c1'))).toBe(true);
    expect(await files.list('conversations')).toEqual([]);
  });

  it('loses nothing when it is merged while a deletion of the conversation is begun and taken back', async () => {
    await grow(31);
    const tombstone = homeLayout.conversationTombstone('c1');
    const deleting = interceptFileStore(files, async (operation, path) => {
      if (operation === 'write' && path === manifest) {
        await files.write(tombstone, '{"decided":false}');
      }
    });
    const store = open(deleting);
    await store.append({});
    await store.close();
    await files.write(tombstone, '');
    expect(await readIds(open().search())).toEqual(upTo(32));
  });

  it('leaves nothing of a later merging either', async () => {
    await grow(70);
    const deleting = interceptFileStore(files, async (operation, path) => {
      if (operation === 'write' && String(path).startsWith(`${directory}/merged/`)) {
        await files.write(homeLayout.conversationTombstone('c1'), '{"decided":true}');
        await files.delete('conversations/c1');
      }
    });
    const store = open(deleting);
    for (let n = 0; n < 70 && !(await files.exists(homeLayout.conversationTombstone('c1'))); n += 1) {
      await store.append({}).catch((error: unknown) => expect(error).toEqual(withCode('not-found')));
    }
    await store.close();
    expect(await files.exists(homeLayout.conversationTombstone('c1'))).toBe(true);
    expect(await files.list('conversations')).toEqual([]);
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

  /** Deletes the conversation and makes it anew, once, before the first request of its merging that is `when`. */
  async function mergeAndMakeAnew(when: (operation: string, path: string, asked: readonly string[]) => boolean): Promise<void> {
    const asked: string[] = [];
    let isAnew = false;
    const held = interceptFileStore(files, async (operation, path) => {
      asked.push(`${operation} ${path}`);
      if (!isAnew && when(operation, String(path), asked)) {
        isAnew = true;
        await files.delete('conversations/c1');
        const anew = open();
        for (const n of [100, 101, 102]) {
          await anew.append({ n });
        }
      }
    });
    const segments = new SegmentFiles(held, directory);
    const compactor = new SegmentCompactor(held, segments, eventAddress('c1', undefined, homeLayout), undefined);
    compactor.consider(64);
    await compactor.close();
    expect(isAnew).toBe(true);
  }

  it.each<[string, (operation: string, path: string, asked: readonly string[]) => boolean]>([
    ['written', (operation, path) => operation === 'write' && path.startsWith(`${directory}/merged/`)],
    ['named', (operation, _path, asked) => operation === 'entries' && asked.filter((each) => each === `write ${manifest}`).length === 2],
    ['looked through', (operation, path) => operation === 'list' && path === `${directory}/merged`],
    ['cleaned up', (operation, path) => operation === 'delete' && path === slot(0)],
  ])('loses nothing of a conversation that is made anew when its merged segments are %s', async (_when, when) => {
    const store = open();
    for (let n = 0; n < 31; n += 1) {
      await store.append({ n });
    }
    await files.write(slot(31), '{"id":31,"timestamp":"t"}\n');
    await mergeAndMakeAnew(when);
    expect((await readAll(open().search())).map(({ id, n }) => [id, n])).toEqual([0, 1, 2].map((id) => [id, 100 + id]));
    expect(await open().append({})).toMatchObject({ id: 3 });
    expect(await files.list(`${directory}/merged`)).toEqual([]);
  });

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

  it('goes on behind a file of lines that was copied from a store that appends, and keeps it when it merges', async () => {
    const appending = new FileEventStore({ files: memory, conversationId: 'c1' });
    await appending.appendAll(
      upTo(10).map((n) => ({ n })),
      { operationId: 'op', fencingToken: 7 },
    );
    expect(await open().latestId()).toBe(9);
    expect(await open().append({}, { operationId: 'op' })).toMatchObject({ id: 0 });
    await expect(open().append({}, { fencingToken: 6 })).rejects.toEqual(withCode('version-mismatch'));
    let count = 10;
    for (const more of [1, 60, 60]) {
      await grow(more);
      count += more;
      expect(await readIds(open().search())).toEqual(upTo(count));
      expect(await readIds(open().search({ reverse: true }))).toEqual(upTo(count).reverse());
      expect(await readIds(open().search({ startId: 8, endId: 10, reverse: true }))).toEqual([10, 9, 8]);
    }
    expect(await files.exists(manifest)).toBe(true);
    const copied = new FileEventStore({ files: memory, conversationId: 'c1' });
    expect(await copied.append({})).toMatchObject({ id: 131 });
    expect(await readIds(copied.search())).toEqual(upTo(132));
  });

  it('reports what cannot be read in such a file of lines', async () => {
    const line = (id: number): string => `{"id":${id},"timestamp":"t"}\n`;
    await memory.write('conversations/c1/events.json', `${line(0)}bad\nbad\n${line(3)}`);
    await grow(2);
    for (const reverse of [false, true]) {
      const events = open().search({ reverse });
      expect(await readIds(events)).toEqual(reverse ? [5, 4, 3, 0] : [0, 3, 4, 5]);
      expect(events.unreadable.map(({ first_id, last_id }) => [first_id, last_id])).toEqual([[1, 2]]);
    }
  });

  it.each(['', 'garbage', 'garbage\n'])('goes on behind a last segment that is damaged: %j', async (text) => {
    await grow(2);
    const store = open();
    expect(await store.latestId()).toBe(1);
    await files.write(slot(2), text);
    expect(await store.append({ n: 'next' })).toMatchObject({ id: 3 });
    expect(await open().append({ n: 'after' })).toMatchObject({ id: 4 });
    await files.write(slot(5), text);
    expect(await open().append({ n: 'last' })).toMatchObject({ id: 6 });
    const stream = open().search();
    expect(await readIds(stream)).toEqual([0, 1, 3, 4, 6]);
    expect(stream.unreadable.map(({ first_id, last_id }) => [first_id, last_id])).toEqual([
      [2, 2],
      [5, 5],
    ]);
  });

  it('knows the fencing token of merged events, also behind a last segment that is damaged', async () => {
    const store = open();
    for (let n = 0; n < 40; n += 1) {
      await store.append({ n }, { fencingToken: 7 });
    }
    await store.close();
    expect(JSON.parse(await files.read(manifest))).toMatchObject({ fencing_token: 7 });
    await files.write(slot(39), 'garbage');
    await expect(open().append({}, { fencingToken: 6 })).rejects.toEqual(withCode('version-mismatch'));
    expect(await open().append({})).toMatchObject({ id: 40, fencing_token: 7 });
  });

  it('is another one when the conversation was deleted and made anew', async () => {
    const old = open();
    await old.append({ n: 'old 0' });
    await old.append({ n: 'old 1' });
    await files.delete('conversations/c1');
    const anew = open();
    await anew.append({ n: 'new 0' });
    await anew.appendAll([{ n: 'new 1' }, { n: 'new 2' }]);
    expect((await readAll(old.search())).map((event) => event['n'])).toEqual(['new 0', 'new 1', 'new 2']);
    expect(await old.latestId()).toBe(2);
    expect(await old.append({ n: 'new 3' })).toMatchObject({ id: 3 });
    expect((await readAll(open().search())).map((event) => event['n'])).toEqual(['new 0', 'new 1', 'new 2', 'new 3']);
  });

  it('has no gap from a writer that goes on without a look after the conversation was deleted and made anew', async () => {
    const old = open();
    for (let n = 0; n < 5; n += 1) {
      await old.append({ n });
    }
    await files.delete('conversations/c1');
    await open().append({ n: 'new 0' });
    expect(await old.append({ n: 'new 1' })).toMatchObject({ id: 1 });
    expect(await open().append({ n: 'new 2' })).toMatchObject({ id: 2 });
    const events = open().search();
    expect((await readAll(events)).map(({ id, n }) => [id, n])).toEqual([0, 1, 2].map((id) => [id, `new ${id}`]));
    expect(events.unreadable).toEqual([]);
    expect(await slots()).toEqual([0, 1, 2].map(slot));
  });

  it('has no gap where the log that had gone was a file of lines, copied from a store that appends', async () => {
    await memory.write('conversations/c1/events.json', [0, 1, 2].map((id) => `{"id":${id},"timestamp":"t"}\n`).join(''));
    const old = open();
    expect(await old.latestId()).toBe(2);
    await files.delete('conversations/c1');
    await open().append({ n: 'new 0' });
    expect(await old.append({ n: 'new 1' })).toMatchObject({ id: 1 });
    const events = open().search();
    expect((await readAll(events)).map(({ id, n }) => [id, n])).toEqual([0, 1].map((id) => [id, `new ${id}`]));
    expect(events.unreadable).toEqual([]);
    expect(await slots()).toEqual([0, 1].map(slot));
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

  it('passes over what others have put beside its segments', async () => {
    await grow(3);
    await files.write(`${slot(1)}.bak`, 'x');
    await grow(60);
    expect(await readIds(open().search())).toEqual(upTo(63));
    expect(await open().latestId()).toBe(62);
    expect(await files.read(`${slot(1)}.bak`)).toBe('x');
  });

  it('reports segments that are damaged or gone, and hides nothing else', async () => {
    await grow(6);
    await files.write(slot(2), 'garbage');
    await files.delete(slot(4));
    const stream = open().search();
    expect(await readIds(stream)).toEqual([0, 1, 3, 5]);
    expect(stream.unreadable.map(({ first_id, last_id }) => [first_id, last_id])).toEqual([
      [2, 2],
      [4, 4],
    ]);
    await expect(open().get(4)).rejects.toEqual(withCode('corrupt'));
    await grow(70);
    const merged = open().search({ reverse: true });
    expect(await readIds(merged)).toEqual(
      upTo(76)
        .filter((id) => id !== 2 && id !== 4)
        .reverse(),
    );
    expect(merged.unreadable.map(({ first_id }) => first_id)).toEqual([4, 2]);
  });

  it('reports a merged segment that is damaged', async () => {
    await grow(70);
    const [path = ''] = await files.list(`${directory}/merged`);
    const bytes = Buffer.from(await files.readBytes(path));
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    await files.write(path, bytes);
    const { boundary } = JSON.parse(await files.read(manifest));
    const stream = open().search();
    expect(await readIds(stream)).toEqual(upTo(70).slice(boundary));
    expect(stream.unreadable.map(({ first_id, last_id }) => [first_id, last_id])).toEqual([[0, boundary - 1]]);
    expect(await open().append({})).toMatchObject({ id: 70 });
  });

  it('takes no failure to read a segment for its absence', async () => {
    await grow(40);
    const [{ path: merged }] = JSON.parse(await files.read(manifest)).segments;
    for (const closed of [`conversations/c1/${merged}`, slot(39)]) {
      const failing = interceptFileStore(files, (operation, path) => {
        if (operation === 'open' && path === closed) {
          throw new FileStoreError('permission-denied', 'it belongs to root', { path: closed });
        }
      });
      const stream = open(failing).search();
      await expect(readIds(stream)).rejects.toEqual(withCode('permission-denied'));
      expect(stream.unreadable).toEqual([]);
    }
  });

  it('adds nothing when the manifest cannot be read', async () => {
    await grow(3);
    const segment = { path: 'events/merged/1-0-1.jsonl.zst', first_id: 0, end_id: 1, size: 1 };
    const whole = { format: 1, sequence: 1, boundary: 0, fencing_token: 0, segments: [] };
    const damaged: readonly object[] = [
      { format: 2 },
      { sequence: -1 },
      { boundary: '0' },
      { boundary: 0.5 },
      { fencing_token: null },
      { segments: { length: 0, map: 0 } },
      ...[null, 1, [], { ...segment, path: 1 }, { ...segment, first_id: -1 }, { ...segment, size: 2 ** 53 }].map((each) => ({
        segments: [each],
      })),
    ];
    for (const text of ['{', '[]', 'null', ...damaged.map((fields) => JSON.stringify({ ...whole, ...fields }))]) {
      await files.write(manifest, text);
      await expect(open().append({})).rejects.toThrow(`[corrupt] the manifest at "${manifest}" cannot be read`);
      await expect(readIds(open().search())).rejects.toEqual(withCode('corrupt'));
    }
    await files.write(manifest, 'canary');
    expect(inspect(await readIds(open().search()).catch((error: unknown) => error), { showHidden: true })).not.toContain('canary');
    await files.delete(manifest);
    expect(await readIds(open().search())).toEqual([0, 1, 2]);
  });

  it('leaves nothing behind of an append that meets the deletion of the conversation', async () => {
    const store = open();
    await store.append({});
    const deleting = interceptFileStore(files, async (operation, path) => {
      if (operation === 'write' && path === slot(1)) {
        await files.write(homeLayout.conversationTombstone('c1'), '{"decided":true}');
        await files.delete('conversations/c1');
      }
    });
    await expect(open(deleting).append({})).rejects.toEqual(withCode('not-found'));
    expect(await files.list('conversations')).toEqual([]);
    await expect(store.append({})).rejects.toEqual(withCode('not-found'));
    expect(await store.latestId()).toBeNull();
    expect(await files.list('conversations')).toEqual([]);
  });

  it('lets an append be repeated of which the file store cannot tell whether it was made', async () => {
    let isLost = true;
    const lossy = interceptFileStore(files, async (operation, path) => {
      if (operation === 'write' && path === slot(0) && isLost) {
        isLost = false;
        await open().append({ n: 'same' }, { operationId: 'op' });
        throw new FileStoreError('unavailable', 'the answer was lost, and the file has been changed since', { retryable: false });
      }
    });
    const store = open(lossy);
    await expect(store.append({ n: 'same' }, { operationId: 'op' })).rejects.toMatchObject({ code: 'unavailable', retryable: true });
    expect(await store.append({ n: 'same' }, { operationId: 'op' })).toMatchObject({ id: 0 });
    expect(await store.latestId()).toBe(0);
  });

  it('needs conditions', () => {
    const weak = new Proxy(files, {
      get: (target, key) => (key === 'capabilities' ? { append: false, conditions: false } : Reflect.get(target, key, target)),
    });
    expect(() => open(weak)).toThrow('[unsupported]');
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

  it('says of a merged segment that is gone which events are missing, and goes on', async () => {
    await grow(70);
    const { boundary, segments } = JSON.parse(await files.read(manifest));
    expect(segments).toHaveLength(1);
    await files.delete(`conversations/c1/${segments[0].path}`);
    for (const reverse of [false, true]) {
      const stream = open().search({ reverse });
      expect((await readIds(stream)).sort((a, b) => a - b)).toEqual(upTo(70).slice(boundary));
      expect(stream.unreadable.map(({ first_id, last_id }) => [first_id, last_id])).toEqual([[0, boundary - 1]]);
    }
    await expect(open().get(3)).rejects.toEqual(withCode('corrupt'));
    expect(await open().append({}, { operationId: 'op' })).toMatchObject({ id: 70 });
  });
});
