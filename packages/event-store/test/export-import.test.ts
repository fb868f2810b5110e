import { MemoryFileStore, sessionsLayout } from '@oh/file-store-core';
import { createFaultyFileStore } from '@oh/file-store-core/testing';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { EventSecrets } from '../src/event-secrets.ts';
import { exportEvents, exportTrajectory } from '../src/export-events.ts';
import { FileEventStore } from '../src/file-event-store.ts';
import { importEvents } from '../src/import-events.ts';
import { chunks, collect } from './chunks.ts';
import { readAll, readIds } from './read-all.ts';
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

  it('brings back the same log: ids, names, tokens, unknown fields and digits', async () => {
    const append = fc.record({
      events: fc.array(fc.dictionary(fc.stringMatching(/^[a-h]$/), fc.jsonValue()), { minLength: 1, maxLength: 4 }),
      isNamed: fc.boolean(),
      fencingToken: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(append, { maxLength: 12 }), async (appends) => {
        files = new MemoryFileStore();
        const store = open();
        for (const [i, { events, isNamed, fencingToken }] of appends.entries()) {
          await store.appendAll(events, { operationId: isNamed ? `"${i}` : undefined, fencingToken }).catch(() => undefined);
        }
        await files.write('bundle.jsonl', exportEvents(store));
        const count = await importEvents(open('c2'), await files.readStream('bundle.jsonl'));
        expect(count).toBe(((await store.latestId()) ?? -1) + 1);
        const before = count === 0 ? '' : await files.read(path);
        expect(await files.read('bundle.jsonl')).toBe(before);
        expect(count === 0 ? '' : await files.read('conversations/c2/events.json')).toBe(before);
        expect(await importEvents(open('c2'), await files.readStream('bundle.jsonl'))).toBe(count);
        expect(count === 0 ? '' : await files.read('conversations/c2/events.json')).toBe(before);
      }),
      { numRuns: 100 },
    );
  });

  it('is imported to the end after an interruption', async () => {
    const store = open();
    for (let n = 0; n < 40; n += 1) {
      await store.appendAll([{ n }, { n }, { n }], n % 2 === 0 ? { operationId: `op-${n}` } : {});
    }
    await files.write('bundle.jsonl', exportEvents(store));
    const cut = (await files.read(path)).split('\n').slice(0, 62).join('\n');
    await files.write('conversations/c2/events.json', `${cut}\n`);
    const faulty = createFaultyFileStore(files, { faults: [{ operations: ['append'], at: 'after', times: 1 }] });
    await expect(
      importEvents(new FileEventStore({ files: faulty, conversationId: 'c2' }), await files.readStream('bundle.jsonl')),
    ).rejects.toEqual(withCode('unavailable'));
    expect(await importEvents(open('c2'), await files.readStream('bundle.jsonl'))).toBe(120);
    expect(await files.read('conversations/c2/events.json')).toBe(await files.read(path));
  });

  it('keeps the name of the first 500 events of an append, and is imported to the end after an interruption in the others', async () => {
    const events = Array.from({ length: 600 }, (_, n) => ({ n }));
    await open().appendAll(events, { operationId: 'all' });
    await files.write('bundle.jsonl', exportEvents(open()));
    const read = async (): Promise<Uint8Array[]> => [await files.readBytes('bundle.jsonl')];
    expect(await importEvents(open('c2'), chunks(...(await read())))).toBe(600);
    const imported = await files.read('conversations/c2/events.json');
    expect(imported.split('\n').filter((line) => line.includes('"operation_id":"all"'))).toHaveLength(500);
    expect((await readIds(open('c2').search())).length).toBe(600);
    for (const there of [1, 500, 550]) {
      await files.write('conversations/c3/events.json', `${imported.split('\n').slice(0, there).join('\n')}\n`);
      expect(await importEvents(open('c3'), chunks(...(await read())))).toBe(600);
      expect((await readAll(open('c3').search())).map((event) => event['n'])).toEqual(events.map(({ n }) => n));
    }
  });

  it('is refused where events of the same time are others, and goes on behind those from which a secret was taken', async () => {
    const files = new MemoryFileStore();
    const target = new FileEventStore({ files, conversationId: 'c1', secrets: new EventSecrets({ key: 'hush' }) });
    const bundle = '{"id":0,"message":"hush, b"}\n{"id":1,"timestamp":"t","message":"c","cause":null}\n';
    expect(await importEvents(target, chunks(bundle))).toBe(2);
    expect(await importEvents(target, chunks(bundle, '{"id":2}\n'))).toBe(3);
    for (const other of ['"message":"d"', '"message":"c","n":1', '"message":null']) {
      const text = bundle.replace('"message":"c"', other);
      await expect(importEvents(target, chunks(text))).rejects.toEqual(withCode('already-exists'));
    }
    const names = '{"id":0,"a":1,"hush":1}\n{"id":1,"b":{"hush":1,"<secret_hidden>":2}}\n';
    for (let round = 0; round < 2; round += 1) {
      const named = new FileEventStore({ files, conversationId: 'c3', secrets: { key: 'hush' } });
      expect(await importEvents(named, chunks(names))).toBe(2);
    }
    for (const other of ['what is not masked', 'hush, bb', 'b', ', ']) {
      await expect(importEvents(target, chunks(bundle.replace('hush, b', other)))).rejects.toEqual(withCode('already-exists'));
    }
    const masked = '{"id":0,"timestamp":"t","message":"hush"}\n';
    const late = new FileEventStore({ files, conversationId: 'c5', secrets: { key: 'hush' } });
    expect(await importEvents(late, chunks(masked))).toBe(1);
    await expect(importEvents(late, chunks(masked.replace('"t"', '"u"')))).rejects.toEqual(withCode('already-exists'));
    const busy = new FileEventStore({ files, conversationId: 'c2' });
    await busy.append({ message: 'a' });
    await expect(importEvents(busy, chunks('{"id":0,"message":"b"}\n'))).rejects.toEqual(withCode('already-exists'));
  });

  it('goes on behind an event of many megabytes from which a secret was taken', { timeout: 30_000 }, async () => {
    const target = new FileEventStore({ files: new MemoryFileStore(), conversationId: 'c1', secrets: { key: 'hush' } });
    const bundle = JSON.stringify({ id: 0, message: 'hush, '.repeat(1000), rest: `hush${'x'.repeat(16 * 1024 * 1024)}` });
    expect(await importEvents(target, chunks(`${bundle}\n`))).toBe(1);
    expect(await importEvents(target, chunks(`${bundle}\n`))).toBe(1);
    await expect(importEvents(target, chunks(`${bundle.replace('rest', 'last')}\n`))).rejects.toEqual(withCode('already-exists'));
  });

  it('is refused where an event cannot be read, though all are alike', async () => {
    const event = (id: number): string => `{"id":${id},"timestamp":"t"}\n`;
    const bundle = [0, 1, 2].map(event).join('');
    for (const there of [`${event(0)}bad\n${event(2)}${event(3)}`, `${event(0)}${event(1)}bad\n`]) {
      await files.write(path, there);
      await expect(importEvents(open(), chunks(bundle))).rejects.toEqual(withCode('already-exists'));
      expect(await files.read(path)).toBe(there);
    }
  });

  it('is nothing when it is empty', async () => {
    expect(await importEvents(open(), chunks())).toBe(0);
    expect(await importEvents(open(), chunks(''))).toBe(0);
  });

  it("is imported once into OpenHands' own files, which have other fields first and some of them never as null", async () => {
    const bundle = '{"id":0,"z":1,"timestamp":"t","message":null,"action":"run"}\n{"id":1,"source":"user","z":null,"timestamp":"t"}\n';
    const target = (): FileEventStore => new FileEventStore({ files, conversationId: 'c1', layout: sessionsLayout });
    for (let round = 0; round < 2; round += 1) {
      expect(await importEvents(target(), chunks(bundle))).toBe(2);
    }
    await expect(importEvents(target(), chunks(bundle.replace('"z":1', '"z":2')))).rejects.toEqual(withCode('already-exists'));
  });

  it('is refused where other events are, and when a line is not the one that comes next', async () => {
    await open().append({ timestamp: 'other' });
    await expect(importEvents(open(), chunks('{"id":0,"timestamp":"t"}\n'))).rejects.toEqual(withCode('already-exists'));
    for (const text of ['{"id":1}\n', 'x\n', '{"id":0}\n{"id":0}\n', '{"id":0}\n{"id":']) {
      await expect(importEvents(open('c2'), chunks(text))).rejects.toEqual(withCode('corrupt'));
    }
    expect(await importEvents(open('c3'), chunks('{"id":0,"timestamp":"t"}\n', '{"id":1,"time', 'stamp":"t"}'))).toBe(2);
    for (let round = 0; round < 2; round += 1) {
      expect(await importEvents(open('c4'), chunks('{"id":0,"timestamp":["t"]}\n'))).toBe(1);
    }
    const notText = Buffer.from('{"id":0,"text":"\u00e9"}', 'latin1');
    await expect(importEvents(open('c4'), chunks(notText))).rejects.toEqual(withCode('corrupt'));
  });

  it('says at its end that an event cannot be read, or leaves it out when told to', async () => {
    await files.write(path, '{"id":0}\nbad\n{"id":2}\n');
    const texts: string[] = [];
    await expect(
      (async () => {
        for await (const chunk of exportEvents(open())) {
          texts.push(Buffer.from(chunk).toString());
        }
      })(),
    ).rejects.toEqual(withCode('corrupt'));
    expect(await collect(exportEvents(open(), { skipUnreadable: true }))).toBe('{"id":0}\n{"id":2}\n');
    await expect(files.write('out.json', exportTrajectory(open()))).rejects.toEqual(withCode('corrupt'));
    expect(await files.exists('out.json')).toBe(false);
    const reason = new Error('enough');
    await expect(collect(exportEvents(open(), { signal: AbortSignal.abort(reason) }))).rejects.toBe(reason);
    await expect(importEvents(open('c2'), chunks('{"id":0}\n'), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

describe('a trajectory', () => {
  it('is a JSON array without what only the browser needs', async () => {
    const store = new FileEventStore({ files: new MemoryFileStore(), conversationId: 'c1' });
    expect(JSON.parse(await collect(exportTrajectory(store)))).toEqual([]);
    const extras = { url: 'u', dom_object: {}, axtree_object: {}, focused_element_bid: 'b', screenshot: 's', set_of_marks: 'm' };
    await store.append({ timestamp: 't', observation: 'browse', content: 'c', extras });
    await store.append({ timestamp: 't', action: 'run', args: { dom_object: 1 }, extras: null });
    const last = { id: 1, timestamp: 't', action: 'run', args: { dom_object: 1 }, extras: null };
    expect(JSON.parse(await collect(exportTrajectory(store)))).toEqual([
      { id: 0, timestamp: 't', observation: 'browse', content: 'c', extras: { url: 'u' } },
      last,
    ]);
    expect(JSON.parse(await collect(exportTrajectory(store, { screenshots: true })))).toEqual([
      { id: 0, timestamp: 't', observation: 'browse', content: 'c', extras: { url: 'u', screenshot: 's', set_of_marks: 'm' } },
      last,
    ]);
    expect(await readIds(store.search())).toEqual([0, 1]);
  });
});
