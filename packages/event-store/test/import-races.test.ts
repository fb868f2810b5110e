import { setImmediate as nextTurn } from 'node:timers/promises';
import { type FileStore, MemoryFileStore, sessionsLayout } from '@oh/file-store-core';
import { interceptFileStore } from '@oh/file-store-core/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { exportEvents } from '../src/export-events.ts';
import { FileEventStore } from '../src/file-event-store.ts';
import { importEvents } from '../src/import-events.ts';
import { chunks, collect } from './chunks.ts';
import { readAll } from './read-all.ts';
import { withCode } from './with-code.ts';

const path = 'conversations/c1/events.json';

describe('a bundle', () => {
  let files: MemoryFileStore;

  beforeEach(() => {
    files = new MemoryFileStore();
  });

  function open(conversationId = 'c1'): FileEventStore {
    return new FileEventStore({ files, conversationId });
  }

  it('is refused when somebody else appends meanwhile', async () => {
    let isFirst = true;
    const busy = interceptFileStore(files, async (operation) => {
      if (operation === 'append' && isFirst) {
        isFirst = false;
        await open('c2').append({ n: 'other' });
      }
    });
    const target = new FileEventStore({ files: busy, conversationId: 'c2' });
    await expect(importEvents(target, chunks('{"id":0,"n":0}\n'))).rejects.toEqual(withCode('version-mismatch'));
    expect((await readAll(open('c2').search())).map((event) => event['n'])).toEqual(['other']);
  });

  it('is made once by several that import it at the same time', async () => {
    for (let n = 0; n < 300; n += 1) {
      await open().append({ n });
    }
    await files.write('bundle.jsonl', exportEvents(open()));
    const imports = [1, 2, 3].map(async () => importEvents(open('c2'), await files.readStream('bundle.jsonl')));
    expect(await Promise.all(imports)).toEqual([300, 300, 300]);
    expect(await files.read('conversations/c2/events.json')).toBe(await files.read(path));
  });

  it.each([1, 600])("is made once in OpenHands' own files where another import overtakes one at the event %i", async (at) => {
    await open().appendAll([{ n: 0 }, { n: 1 }, { n: 2 }], { operationId: 'three' });
    const many = Array.from({ length: 700 }, (_, i) => ({ n: 3 + i }));
    await open().appendAll(many, { operationId: 'many' });
    await files.write('bundle.jsonl', exportEvents(open()));
    const openTarget = (store: FileStore) => new FileEventStore({ files: store, conversationId: 'c1', layout: sessionsLayout });
    let isOvertaken = false;
    const overtaken = interceptFileStore(files, async (operation, target) => {
      if (operation === 'write' && target === `sessions/c1/events/${at}.json` && !isOvertaken) {
        isOvertaken = true;
        expect(await importEvents(openTarget(files), await files.readStream('bundle.jsonl'))).toBe(703);
      }
    });
    expect(await importEvents(openTarget(overtaken), await files.readStream('bundle.jsonl'))).toBe(703);
    const events = await readAll(openTarget(files).search());
    expect(events.map(({ n }) => n)).toEqual(Array.from({ length: 703 }, (_, n) => n));
  });

  it("is refused when somebody else appends between the events of one append, as in OpenHands' own files", async () => {
    const openTarget = (store: FileStore) => new FileEventStore({ files: store, conversationId: 'c1', layout: sessionsLayout });
    const busy = interceptFileStore(files, async (operation, target) => {
      if (operation === 'write' && target === 'sessions/c1/events/1.json') {
        await files.write(target, '{"id": 1, "n": "other"}', { ifAbsent: true }).catch(() => undefined);
      }
    });
    const text = '{"id":0,"operation_id":"a","n":0}\n{"id":1,"operation_id":"a","n":1}\n';
    await expect(importEvents(openTarget(busy), chunks(text))).rejects.toEqual(withCode('version-mismatch'));
    expect((await readAll(openTarget(files).search())).map(({ n }) => n)).toEqual([0, 'other', 1]);
  });

  it('is followed with few requests where another import is ahead', async () => {
    const lines = Array.from({ length: 2000 }, (_, id) => `${JSON.stringify({ id, timestamp: 't', n: id })}\n`);
    let requests = 0;
    const counted = interceptFileStore(files, async () => {
      requests += 1;
      await new Promise((resolve) => setImmediate(resolve));
    });
    const behind = new FileEventStore({ files: counted, conversationId: 'c1' });
    expect(await Promise.all([importEvents(open(), chunks(...lines)), importEvents(behind, chunks(...lines))])).toEqual([2000, 2000]);
    expect(requests).toBeLessThan(1000);
  });

  it("is followed in OpenHands' own files with few listings of their directory", async () => {
    const lines = Array.from({ length: 500 }, (_, id) => `${JSON.stringify({ id, timestamp: 't', n: id })}\n`);
    let listings = 0;
    const counted = interceptFileStore(files, async (operation) => {
      listings += operation === 'list' ? 1 : 0;
    });
    const target = (): FileEventStore => new FileEventStore({ files: counted, conversationId: 'c1', layout: sessionsLayout });
    expect(await Promise.all([1, 2].map(() => importEvents(target(), chunks(...lines))))).toEqual([500, 500]);
    expect(listings).toBeLessThan(100);
  });

  it('keeps the tokens of an append that another lease has made the rest of', async () => {
    const bundle = '{"id":0,"operation_id":"op","fencing_token":1}\n{"id":1,"operation_id":"op","fencing_token":2}\n';
    for (let round = 0; round < 2; round += 1) {
      expect(await importEvents(open(), chunks(bundle))).toBe(2);
    }
    expect((await readAll(open().search())).map(({ fencing_token }) => fencing_token)).toEqual([1, 2]);
  });

  it('is appended by a bounded number of appends at a time, of which none is under way after a failure', async () => {
    const source = open();
    await source.appendAll(Array.from({ length: 200 }, () => ({ timestamp: 't' })));
    const lines = (await collect(exportEvents(source))).trimEnd().split('\n');
    let read = 0;
    const bundle = async function* (): AsyncGenerator<Uint8Array> {
      for (const text of lines) {
        read += 1;
        yield Buffer.from(`${text}\n`);
      }
      throw new Error('the bundle ends');
    };
    const waiting: { readonly signal: AbortSignal | undefined; readonly go: () => void; readonly isEnded: boolean }[] = [];
    const target = Object.assign(open('c2'), {
      appendAll: async (_events: unknown, { signal }: { signal?: AbortSignal }) => {
        const { promise, resolve, reject } = Promise.withResolvers<void>();
        const append = { signal, go: resolve, isEnded: false };
        waiting.push(append);
        signal?.addEventListener('abort', () => setImmediate(() => reject(signal.reason)), { once: true });
        await promise.finally(() => {
          append.isEnded = true;
        });
        return [];
      },
    });
    const importing = importEvents(target, bundle()).then(
      () => undefined,
      (error: unknown) => ({ error, allEnded: waiting.every(({ isEnded }) => isEnded) }),
    );
    for (const most of [64, 128, 192]) {
      await nextTurn();
      expect(waiting).toHaveLength(most);
      expect(read).toBeLessThan(most + 5);
      for (const { go } of waiting) {
        go();
      }
    }
    expect(await importing).toMatchObject({ error: { message: 'the bundle ends' }, allEnded: true });
    expect(waiting.at(-1)?.signal?.aborted).toBe(true);
  });

  it('is refused where events of another append are', async () => {
    await open().append({}, { operationId: 'mine' });
    for (const text of ['{"id":0}\n', '{"id":0,"operation_id":"yours"}\n']) {
      await expect(importEvents(open(), chunks(text))).rejects.toEqual(withCode('already-exists'));
    }
  });
});
