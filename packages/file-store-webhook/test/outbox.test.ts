import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { FileStoreError, MemoryFileStore, withPrefix } from '@oh/file-store-core';
import { createFaultyFileStore } from '@oh/file-store-core/testing';
import { LocalFileStore } from '@oh/file-store-local';
import { describe, expect, it } from 'vitest';
import { BatchedWebHookFileStore, readOutbox, WebHookFileStore } from '../src/index.ts';
import { FileReceiver } from './file-receiver.ts';
import { ManualClock } from './manual-clock.ts';
import { Receiver } from './receiver.ts';
import { SlotFileStore } from './slot-file-store.ts';

const never = { failures: 1_000_000 };
const turn = async (): Promise<void> => await new Promise((resolve) => setImmediate(resolve));

/** What the log of an outbox has, as text. */
async function readLog(outbox: MemoryFileStore): Promise<string> {
  const texts = await Array.fromAsync(outbox.entries('log', { recursive: true }), ({ path }) => outbox.read(path));
  return texts.join('');
}

describe.each([MemoryFileStore, SlotFileStore])('an outbox in a %o', (Store) => {
  it('has a notice before its change is made, and no more when it is delivered', async () => {
    await using receiver = await Receiver.start();
    const outbox = new Store();
    const files = new MemoryFileStore();
    const logs: string[] = [];
    const write = files.write.bind(files);
    files.write = async (...args) => {
      logs.push(await readLog(outbox));
      return await write(...args);
    };
    const store = new WebHookFileStore(files, { baseUrl: receiver.baseUrl, outbox });
    await store.write('file', 'contents');
    expect(logs[0]).toMatch(/"t":"intent".*"path":"file","change":\{"kind":"written","text":"contents"\}/);
    await store.close();
    expect(await readLog(outbox)).toContain('"t":"done"');
    const next = new WebHookFileStore(files, { baseUrl: receiver.baseUrl, outbox });
    await next.flush();
    expect(await readLog(outbox)).toBe('{"t":"open","v":1}\n');
    await next.close();
    expect(receiver.received).toHaveLength(1);
  });

  it('has what close could not deliver: the next store delivers it without being asked, in order, with the same ids', async () => {
    await using receiver = await Receiver.start();
    receiver.answer = () => 500;
    const outbox = new Store();
    const files = new MemoryFileStore();
    const dropped: unknown[] = [];
    const options = {
      baseUrl: receiver.baseUrl,
      outbox,
      attempts: 1,
      retryDelaysMs: [3_600_000],
      onDrop: (drop: unknown) => dropped.push(drop),
    };
    const first = new WebHookFileStore(files, options);
    await first.write('a', '1');
    await first.write('a', '2');
    await first.write('binary', Buffer.from([0xff, 0x00]));
    await receiver.count(2);
    await first.close();
    const before = receiver.received.map(({ headers }) => headers['webhook-id']);
    receiver.answer = () => 200;
    receiver.received.length = 0;
    const second = new WebHookFileStore(files, options);
    await receiver.count(3);
    await second.close();
    expect(receiver.told.filter((each) => each === 'POST a')).toHaveLength(2);
    expect(receiver.received.filter(({ target }) => target.endsWith('/a')).map(({ body }) => String(body))).toEqual(['1', '2']);
    expect(receiver.received.find(({ target }) => target.endsWith('binary'))?.body).toEqual(Buffer.from([0xff, 0x00]));
    expect(receiver.received.map(({ headers }) => headers['webhook-id'])).toEqual(expect.arrayContaining(before));
    expect(dropped).toEqual([]);
  });

  it('belongs to the store that opened it last: the one before makes no change any more, and sends nothing', async () => {
    await using receiver = await Receiver.start();
    receiver.answer = () => 500;
    const outbox = new Store();
    const files = new MemoryFileStore();
    const options = {
      baseUrl: receiver.baseUrl,
      outbox,
      circuitBreaker: never,
      attemptDelayMs: 0,
      retryDelaysMs: [3_600_000],
    };
    const first = new WebHookFileStore(files, { ...options, headers: { 'x-run': '1' } });
    await first.write('a', '1');
    await receiver.count(3);
    const second = new WebHookFileStore(files, { ...options, headers: { 'x-run': '2' } });
    await second.write('b', '1');
    await expect(first.write('a', '2')).rejects.toMatchObject({ code: 'closed', message: expect.stringContaining('taken it over') });
    await expect(first.delete('a')).rejects.toMatchObject({ code: 'closed', message: expect.stringContaining('"instance"') });
    expect(await files.read('a')).toBe('1');
    receiver.answer = () => 200;
    receiver.received.length = 0;
    await second.write('a', '3');
    await first.close();
    await second.close();
    const third = new WebHookFileStore(files, { ...options, headers: { 'x-run': '3' } });
    await third.flush();
    await third.close();
    expect(receiver.received.every(({ headers }) => headers['x-run'] !== '1')).toBe(true);
    expect(receiver.received.filter(({ target }) => target.endsWith('/a')).map(({ body }) => String(body))).toEqual(['1', '3']);
  });

  it('is sealed before it is read: nothing is added while the next store looks at what is in doubt', async () => {
    await using receiver = await Receiver.start();
    const outbox = new Store();
    const files = new MemoryFileStore();
    const [made, looked, looking] = [Promise.withResolvers<void>(), Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const [write, readStream] = [files.write.bind(files), files.readStream.bind(files)];
    files.write = async (path, ...rest) => {
      await (path === 'doubtful' ? made.promise : undefined);
      return await write(path, ...rest);
    };
    files.readStream = async (...args) => {
      looking.resolve();
      await looked.promise;
      return await readStream(...args);
    };
    const options = { baseUrl: receiver.baseUrl, outbox };
    const first = new WebHookFileStore(files, options);
    const writing = first.write('doubtful', '1');
    while (!(await readLog(outbox)).includes('doubtful')) {
      await turn();
    }
    const second = new WebHookFileStore(files, options);
    await looking.promise;
    await expect(first.write('other', '1')).rejects.toMatchObject({ code: 'closed' });
    expect(await files.list()).toEqual([]);
    looked.resolve();
    made.resolve();
    await writing;
    await second.flush();
    await Promise.all([first.close(), second.close()]);
  });

  it('lets a store close that does not know yet that another one has taken over', async () => {
    await using receiver = await Receiver.start();
    const outbox = new Store();
    const files = new MemoryFileStore();
    const options = { baseUrl: receiver.baseUrl, outbox, clock: new ManualClock() };
    const first = new WebHookFileStore(files, options);
    await first.write('a', '1');
    const second = new WebHookFileStore(files, options);
    await second.flush();
    await first.close();
    await second.close();
    expect(new Set(receiver.told)).toEqual(new Set(['POST a']));
  });

  it('is won by one of 16 stores that open it at once, and loses nothing to the others', async () => {
    await using receiver = await Receiver.start();
    const kept = new FileReceiver();
    receiver.answer = () => 500;
    const outbox = new Store();
    const files = new MemoryFileStore();
    const options = { baseUrl: receiver.baseUrl, outbox, attempts: 1, retryDelaysMs: [3_600_000], circuitBreaker: never };
    const first = new WebHookFileStore(files, options);
    for (let i = 0; i < 20; i += 1) {
      await first.write(`file-${i % 5}`, String(i));
    }
    receiver.answer = (request) => {
      kept.take(request);
      return 200;
    };
    const racers = Array.from({ length: 16 }, () => new WebHookFileStore(files, options));
    const results = await Promise.allSettled(racers.map((racer, i) => racer.write(`racer-${i}`, 'x')));
    await Promise.all([...racers, first].map((racer) => racer.close()));
    const last = new WebHookFileStore(files, options);
    await last.flush();
    await last.close();
    const present = await Array.fromAsync(files.entries(''), async ({ path }) => [path, await files.read(path)]);
    expect(Object.fromEntries(kept.files)).toEqual(Object.fromEntries(present));
    expect(results.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThanOrEqual(1);
    for (const result of results) {
      expect(result.status === 'fulfilled' ? 'closed' : result.reason.code, String(result)).toBe('closed');
    }
    expect(kept.history.get('file-4')).toEqual(['4', '9', '14', '19']);
    expect(kept.changedIds.size).toBe(0);
  });

  it('refuses changes that it cannot keep, with the error, before they are made; and goes on when it can again', async () => {
    await using receiver = await Receiver.start();
    const disk = new Store();
    const outbox = createFaultyFileStore(disk, { faults: [{ operations: ['append', 'write'], code: 'no-space', skip: 2, times: 1 }] });
    const files = new MemoryFileStore();
    const store = new WebHookFileStore(files, { baseUrl: receiver.baseUrl, outbox, clock: new ManualClock() });
    await store.write('a', '1');
    await expect(store.write('b', '2')).rejects.toMatchObject({ code: 'no-space' });
    expect(await files.list()).toEqual(['a']);
    await store.write('b', '3');
    await store.close();
    expect(receiver.told.toSorted()).toEqual(['POST a', 'POST b']);
  });

  it('keeps no contents of the changes that it refuses, however long it cannot be written, and no timer after close', async () => {
    await using receiver = await Receiver.start();
    const outbox = new Store();
    const clock = new ManualClock();
    const store = new WebHookFileStore(new MemoryFileStore(), { baseUrl: receiver.baseUrl, outbox, clock });
    await store.write('a', '1');
    let largest = 0;
    const addition = outbox.capabilities.append ? 'append' : 'write';
    outbox[addition] = async (path, contents) => {
      largest = Math.max(largest, (contents as Uint8Array).byteLength);
      throw new FileStoreError('no-space', 'the disk is full', { path });
    };
    for (let i = 0; i < 20; i += 1) {
      await expect(store.write('b', 'x'.repeat(100_000))).rejects.toMatchObject({ code: 'no-space' });
    }
    expect(largest).toBeLessThan(200_000);
    await expect(store.close()).rejects.toMatchObject({ code: 'no-space' });
    expect(clock.delays).toEqual([]);
  });

  it('knows an addition whose answer was lost, and takes nobody for its heir', async () => {
    await using receiver = await Receiver.start();
    const disk = new Store();
    const outbox = createFaultyFileStore(disk, {
      faults: [{ operations: ['append', 'write'], at: 'after', skip: 1, probability: 0.3 }],
      seed: 3,
    });
    const files = new MemoryFileStore();
    const store = new WebHookFileStore(files, { baseUrl: receiver.baseUrl, outbox });
    let failed = 0;
    for (let i = 0; i < 60; i += 1) {
      await store.write(`file-${i}`, 'x').catch((error: { code: string }) => {
        expect(error.code).toBe('unavailable');
        failed += 1;
      });
    }
    await store.close().catch(() => undefined);
    expect(failed).toBeGreaterThan(3);
    const next = new WebHookFileStore(files, { baseUrl: receiver.baseUrl, outbox: disk });
    await next.flush();
    await next.close();
    expect(new Set(receiver.told)).toEqual(new Set((await files.list()).map((path) => `POST ${path}`)));
  });

  it('stays short, however much goes through it', async () => {
    await using receiver = await Receiver.start();
    const outbox = new Store();
    const store = new BatchedWebHookFileStore(new MemoryFileStore(), { baseUrl: receiver.baseUrl, outbox });
    const contents = 'x'.repeat(1_000_000);
    let largest = 0;
    for (let i = 0; i < 30; i += 1) {
      await store.write('file', contents);
      largest = Math.max(largest, (await readLog(outbox)).length);
    }
    await store.close();
    expect(largest).toBeLessThan(20_000_000);
    expect(largest).toBeGreaterThan(5_000_000);
  });
});

describe('an outbox that cannot be read', () => {
  it('is an error that names it; nothing is changed, nothing sent, and the outbox stays as it is', async () => {
    await using receiver = await Receiver.start();
    receiver.answer = () => 500;
    const outbox = new MemoryFileStore();
    const files = new MemoryFileStore();
    const options = { baseUrl: receiver.baseUrl, outbox, attempts: 1, retryDelaysMs: [3_600_000] };
    const first = new WebHookFileStore(files, options);
    await first.write('a', '1');
    await first.close();
    receiver.received.length = 0;
    const [log = ''] = await Array.fromAsync(outbox.entries('log', { recursive: true }), ({ path }) => path);
    const text = await outbox.read(log);
    await outbox.write(log, text.replace('"t":"intent"', '"t":"int'));
    const second = new WebHookFileStore(files, options);
    await expect(second.write('b', '2')).rejects.toMatchObject({ code: 'corrupt', path: 'log/000000000001' });
    const sealed = await outbox.read(log);
    await expect(second.flush()).rejects.toMatchObject({ code: 'corrupt' });
    expect(await outbox.read(log)).toBe(sealed);
    await second.close();
    expect(await files.list()).toEqual(['a']);
    expect(await outbox.list('log')).toEqual(['log/000000000001/']);
    expect(receiver.received).toEqual([]);
    await outbox.write(log, text);
    receiver.answer = () => 200;
    const third = new WebHookFileStore(files, options);
    await third.flush();
    await third.close();
    expect(receiver.told).toEqual(['POST a']);
  });

  it.each(['{"t":"int', '{"t":"intent","id":"x"', '\u0000\u0000\u0000', '\n\n{', '{"t":"outcome","ids":["'])(
    'but for the end %j that a killed process left, of which nothing was acknowledged',
    async (end) => {
      await using receiver = await Receiver.start();
      receiver.answer = () => 500;
      const outbox = new MemoryFileStore();
      const files = new MemoryFileStore();
      const options = { baseUrl: receiver.baseUrl, outbox, attempts: 1, retryDelaysMs: [3_600_000] };
      const first = new WebHookFileStore(files, options);
      await first.write('a', '1');
      await first.close();
      await outbox.append('log/000000000001/000000000000', end);
      receiver.answer = () => 200;
      receiver.received.length = 0;
      const second = new WebHookFileStore(files, options);
      await second.flush();
      await second.close();
      expect(receiver.told).toEqual(['POST a']);
    },
  );

  it.each(['{"t":"intent"', '{"t":"intent","id":"x","n":0,"path":"a","change":{"kind":"deleted"}}\n', '{"t":"open","v":2}\n'])(
    'because it begins with %j is an error, not an empty one',
    async (beginning) => {
      await using receiver = await Receiver.start();
      const outbox = new MemoryFileStore();
      await outbox.write('log/000000000007/000000000000', beginning);
      const store = new WebHookFileStore(new MemoryFileStore(), { baseUrl: receiver.baseUrl, outbox });
      await expect(store.flush()).rejects.toMatchObject({ code: 'corrupt', path: 'log/000000000007' });
      await store.close();
      expect(receiver.received).toEqual([]);
    },
  );

  it('because its store is down is opened later, and changes fail until then', async () => {
    await using receiver = await Receiver.start();
    const outbox = createFaultyFileStore(new MemoryFileStore(), { faults: [{ times: 2 }] });
    const clock = new ManualClock();
    const store = new WebHookFileStore(new MemoryFileStore(), { baseUrl: receiver.baseUrl, outbox, clock });
    await expect(store.write('a', '1')).rejects.toMatchObject({ code: 'unavailable' });
    await clock.timer((delay) => delay === 5_000);
    await expect(store.write('a', '1')).rejects.toMatchObject({ code: 'unavailable' });
    await store.write('a', '1');
    await store.close();
    expect(receiver.told).toEqual(['POST a']);
  });

  it('keeps nobody waiting who gives up, nor close', async () => {
    await using receiver = await Receiver.start();
    const disk = new MemoryFileStore();
    const listed = Promise.withResolvers<void>();
    const entries = disk.entries.bind(disk);
    disk.entries = async function* (...args) {
      await listed.promise;
      yield* entries(...args);
    };
    const files = new MemoryFileStore();
    const clock = new ManualClock();
    const store = new WebHookFileStore(files, { baseUrl: receiver.baseUrl, outbox: disk, clock, closeTimeoutMs: 4_000 });
    const controller = new AbortController();
    const writing = store.write('a', '1', { signal: controller.signal });
    await turn();
    const reason = new Error('given up');
    controller.abort(reason);
    await expect(writing).rejects.toBe(reason);
    expect(await files.list()).toEqual([]);
    const stuck = store.write('a', '1');
    const closing = store.close();
    await clock.timer((delay) => delay === 4_000);
    clock.advance(4_000);
    await expect(stuck).rejects.toMatchObject({ code: 'closed' });
    listed.resolve();
    await closing;
  });
});

describe('after a crash', () => {
  /** An outbox in which a change was about to be made, and nothing more is known. */
  async function leaveIntent(change: object, path = 'd'): Promise<MemoryFileStore> {
    const outbox = new MemoryFileStore();
    const intent = { t: 'intent', id: 'the-id', n: 0, path, change };
    await outbox.write('log/000000000001/000000000000', `{"t":"open","v":1}\n${JSON.stringify(intent)}\n`);
    return outbox;
  }

  it.each([
    ['a write that was made', { kind: 'written', text: 'new' }, { d: 'new' }, ['POST d the-id new']],
    ['a write that was not', { kind: 'written', text: 'new' }, { d: 'old' }, ['POST d other old']],
    ['a write of a file that is missing', { kind: 'written', text: 'new' }, {}, ['DELETE d other ']],
    ['a write where a directory is', { kind: 'written', text: 'new' }, { 'd/x': '1' }, []],
    [
      'a write of bytes',
      { kind: 'written', base64: Buffer.from([0xff]).toString('base64') },
      { d: Buffer.from([0xff]) },
      ['POST d the-id \ufffd'],
    ],
    ['a delete that was made', { kind: 'deleted' }, {}, ['DELETE d the-id ']],
    ['a delete that was not', { kind: 'deleted' }, { d: 'old' }, ['DELETE d the-id ', 'POST d other old']],
    ['a delete of a directory half-way', { kind: 'deleted' }, { 'd/x/y': '1' }, ['DELETE d the-id ', 'POST d/x/y other 1']],
    ['an append', { kind: 'changed' }, { d: 'now' }, ['POST d the-id now']],
  ] as const)('%s is told as what the store holds', async (_, change, present, told) => {
    await using receiver = await Receiver.start();
    const outbox = await leaveIntent(change);
    const files = new MemoryFileStore();
    for (const [path, contents] of Object.entries(present)) {
      await files.write(path, contents);
    }
    const store = new WebHookFileStore(files, { baseUrl: receiver.baseUrl, outbox });
    await store.flush();
    await store.close();
    const seen = receiver.received.map(({ headers, body }, i) => {
      const id = headers['webhook-id'] === 'the-id' ? 'the-id' : 'other';
      return `${receiver.told[i]} ${id} ${body}`;
    });
    expect(seen).toEqual(told);
  });

  it.each([
    [{ t: 'outcome', ids: ['the-id'], outcome: 'made' }, ['POST new']],
    [{ t: 'outcome', ids: ['the-id'], outcome: 'failed' }, []],
    [{ t: 'outcome', ids: ['the-id'], outcome: 'unclear' }, ['POST old']],
    [{ t: 'looked', id: 'the-id', change: { kind: 'written', text: 'old' } }, ['POST old']],
    [{ t: 'looked', id: 'the-id', change: null }, []],
    [{ t: 'done', ids: ['the-id'] }, []],
  ])('a write is told as is known of it: %j', async (record, told) => {
    await using receiver = await Receiver.start();
    const outbox = await leaveIntent({ kind: 'written', text: 'new' });
    await outbox.append('log/000000000001/000000000000', `${JSON.stringify(record)}\n`);
    const files = new MemoryFileStore();
    await files.write('d', 'old');
    const store = new WebHookFileStore(files, { baseUrl: receiver.baseUrl, outbox });
    await store.flush();
    await store.close();
    expect(receiver.received.map(({ method, body }) => `${method} ${body}`)).toEqual(told);
    expect(receiver.received.every(({ headers }) => headers['webhook-id'] === 'the-id')).toBe(true);
  });

  it('a store that cannot be read is no absence: nothing is told until it can', async () => {
    await using receiver = await Receiver.start();
    const outbox = await leaveIntent({ kind: 'written', text: 'new' });
    const disk = new MemoryFileStore();
    await disk.write('d', 'new');
    const files = createFaultyFileStore(disk, { faults: [{ operations: ['open'], times: 1 }] });
    const store = new WebHookFileStore(files, { baseUrl: receiver.baseUrl, outbox });
    await expect(store.flush()).rejects.toMatchObject({ code: 'unavailable' });
    await store.flush();
    await store.close();
    expect(receiver.told).toEqual(['POST d']);
  });

  it.each([{ kind: 'written', text: 'new' }, { kind: 'deleted' }])(
    'a file that nobody may read keeps nothing from being told but itself (%j)',
    async (change) => {
      await using receiver = await Receiver.start();
      const outbox = await leaveIntent(change);
      const disk = new MemoryFileStore();
      await disk.write('d', 'old');
      const files = createFaultyFileStore(disk, {
        faults: [{ operations: ['open'], match: (path) => path === 'd', code: 'permission-denied' }],
      });
      const options = { baseUrl: receiver.baseUrl, outbox, attempts: 1, retryDelaysMs: [] };
      const store = new WebHookFileStore(files, options);
      await store.write('e', '1');
      await store.flush();
      expect(receiver.told).toEqual(['POST e']);
      expect(await Array.fromAsync(store.deadLetters(), ({ path, reason }) => [path, reason])).toEqual([['d', 'permission-denied']]);
      await store.close();
      const mended = new WebHookFileStore(disk, options);
      await mended.replay();
      await mended.close();
      expect(receiver.told).toEqual(['POST e', 'POST d']);
    },
  );

  it('a batch is sent again as it was, with what was read for it, and the rest behind it', async () => {
    await using receiver = await Receiver.start();
    const silent = Promise.withResolvers<void>();
    receiver.answer = () => () => silent.resolve();
    const outbox = new MemoryFileStore();
    const files = new MemoryFileStore();
    const first = new BatchedWebHookFileStore(files, { baseUrl: receiver.baseUrl, outbox, closeTimeoutMs: 0 });
    await first.append('log', '1');
    await first.write('a', '1');
    await first.delete('gone');
    void first.flush().catch(() => undefined);
    await silent.promise;
    await first.append('log', '2');
    await first.write('a', '2');
    await first.close();
    const [sent] = receiver.received;
    receiver.answer = () => 200;
    receiver.received.length = 0;
    const second = new BatchedWebHookFileStore(files, { baseUrl: receiver.baseUrl, outbox });
    await second.flush();
    await second.close();
    expect(receiver.received).toHaveLength(2);
    expect(receiver.received[0]?.headers['webhook-id']).toBe(sent?.headers['webhook-id']);
    expect(receiver.received[0]?.body).toEqual(sent?.body);
    expect(JSON.parse(String(receiver.received[1]?.body))).toEqual([
      { method: 'POST', path: 'log', content: '12' },
      { method: 'POST', path: 'a', content: '2' },
    ]);
  });

  it('attempts are counted on, so that the schedule comes to its end however often a process starts', async () => {
    await using receiver = await Receiver.start();
    receiver.answer = () => 500;
    const outbox = new MemoryFileStore();
    const files = new MemoryFileStore();
    const options = {
      baseUrl: receiver.baseUrl,
      outbox,
      attempts: 2,
      attemptDelayMs: 0,
      retryDelaysMs: [3_600_000, 3_600_000],
      circuitBreaker: never,
    };
    const first = new WebHookFileStore(files, options);
    await first.write('a', '1');
    await receiver.count(2);
    await first.close();
    const second = new WebHookFileStore(files, options);
    await receiver.count(3);
    await second.close();
    const third = new WebHookFileStore(files, options);
    await third.flush();
    expect(receiver.received).toHaveLength(4);
    expect(await Array.fromAsync(third.deadLetters())).toMatchObject([{ path: 'a', failedAttempts: 4 }]);
    await third.close();
  });
});

describe('dead letters in an outbox', () => {
  it('outlive the store, are listed in the order of the changes, and are replayed with their ids and contents', async () => {
    await using receiver = await Receiver.start();
    receiver.answer = () => 500;
    const outbox = new MemoryFileStore();
    const files = new MemoryFileStore();
    const options = { baseUrl: receiver.baseUrl, outbox, attempts: 1, retryDelaysMs: [], circuitBreaker: never };
    const first = new WebHookFileStore(files, options);
    for (const path of ['c', 'a', 'b']) {
      await first.write(path, `contents of ${path}`);
    }
    await first.delete('gone');
    await first.flush();
    await first.close();
    const second = new WebHookFileStore(files, options);
    const letters = await Array.fromAsync(second.deadLetters());
    expect(letters.map(({ path, method, reason }) => `${method} ${path} ${reason}`)).toEqual([
      'POST c HTTP 500',
      'POST a HTTP 500',
      'POST b HTTP 500',
      'DELETE gone HTTP 500',
    ]);
    receiver.answer = () => 200;
    receiver.received.length = 0;
    await files.write('b', 'something else');
    expect(await second.replay()).toEqual({ replayed: 3, superseded: 1 });
    await second.flush();
    expect(await Array.fromAsync(second.deadLetters())).toEqual([]);
    await second.close();
    expect(receiver.told.toSorted()).toEqual(['DELETE gone', 'POST a', 'POST c']);
    expect(receiver.received.map(({ headers }) => headers['webhook-id']).toSorted()).toEqual(
      letters
        .filter(({ path }) => path !== 'b')
        .map(({ id }) => id)
        .toSorted(),
    );
  });

  it('are listed from the oldest on, those of stores that had the outbox before included, and nothing else in their folder', async () => {
    await using receiver = await Receiver.start();
    receiver.answer = () => 500;
    const outbox = new MemoryFileStore();
    const files = new MemoryFileStore();
    const paths = ['c', 'a', 'b', 'e', 'd', 'f'];
    for (const path of paths) {
      const store = new WebHookFileStore(files, { baseUrl: receiver.baseUrl, outbox, attempts: 1, retryDelaysMs: [] });
      await store.write(path, path);
      await store.close();
      await outbox.write('dead-letters/.DS_Store', 'icons');
      await outbox.write('dead-letters/desktop.ini', 'icons');
    }
    const { deadLetters } = await readOutbox(outbox);
    expect(await Array.fromAsync(deadLetters, ({ path }) => path)).toEqual(paths);
  });

  it('that cannot be read are an error that names them, after all the others', async () => {
    await using receiver = await Receiver.start();
    receiver.answer = () => 500;
    const outbox = new MemoryFileStore();
    const store = new WebHookFileStore(new MemoryFileStore(), {
      baseUrl: receiver.baseUrl,
      outbox,
      attempts: 1,
      retryDelaysMs: [],
      circuitBreaker: never,
    });
    await store.write('a', '1');
    await store.write('b', '2');
    await store.flush();
    const head = (fields: object): string => JSON.stringify({ reason: 'x', failedAttempts: 1, diedAt: '2026-01-01T00:00:00Z', ...fields });
    const notice = '{"t":"intent","id":"bad","n":0,"path":"bad","change":{"kind":"deleted"}}';
    const bad = [
      '{"reason":canary ',
      `${head({})}\n`,
      `${head({})}\n{"t":"done","ids":["canary"]}\n`,
      `${head({})}\n${notice.slice(0, -1)}`,
      `${head({ reason: undefined })}\n${notice}\n`,
      `${head({ diedAt: 'canary' })}\n${notice}\n`,
    ];
    for (const letter of bad) {
      await outbox.write('dead-letters/000000000000000-bad', letter);
      const seen: string[] = [];
      const listing = (async () => {
        for await (const { path } of store.deadLetters()) {
          seen.push(path);
        }
      })();
      await expect(listing, letter).rejects.toMatchObject({ code: 'corrupt', path: 'dead-letters/000000000000000-bad' });
      expect(inspect(await listing.catch((error: unknown) => error), { showHidden: true })).not.toContain('canary');
      expect(seen.toSorted()).toEqual(['a', 'b']);
      expect(await outbox.read('dead-letters/000000000000000-bad')).toBe(letter);
    }
    await outbox.write('dead-letters/000000000000000-bad', `${head({})}\n${notice}\n`);
    expect(await Array.fromAsync(store.deadLetters())).toContainEqual({
      id: 'bad',
      path: 'bad',
      method: 'DELETE',
      reason: 'x',
      failedAttempts: 1,
      diedAt: new Date('2026-01-01T00:00:00Z'),
    });
    await store.close();
  });

  it('that cannot be kept are notices yet, and nothing of their path overtakes them', async () => {
    await using receiver = await Receiver.start();
    receiver.answer = () => 500;
    const disk = new MemoryFileStore();
    const outbox = createFaultyFileStore(disk, {
      faults: [{ operations: ['write'], match: (path) => path.startsWith('dead-letters/'), times: 1 }],
    });
    const clock = new ManualClock();
    const store = new WebHookFileStore(new MemoryFileStore(), { baseUrl: receiver.baseUrl, outbox, clock, attempts: 1, retryDelaysMs: [] });
    await store.write('a', '1');
    await clock.timer((delay) => delay === 5_000);
    receiver.answer = () => 200;
    await store.write('a', '2');
    await turn();
    expect(receiver.received).toHaveLength(1);
    clock.advance(5_000);
    await store.flush();
    expect(receiver.received.map(({ body }) => String(body))).toEqual(['1', '2']);
    expect(await Array.fromAsync(store.deadLetters(), ({ path }) => path)).toEqual(['a']);
    await store.close();
  });

  it('that are replayed while they are listed are left out', async () => {
    await using receiver = await Receiver.start();
    receiver.answer = () => 500;
    const outbox = new MemoryFileStore();
    const store = new WebHookFileStore(new MemoryFileStore(), { baseUrl: receiver.baseUrl, outbox, attempts: 1, retryDelaysMs: [] });
    await store.write('a', '1');
    await store.write('b', '2');
    await store.flush();
    const entries = outbox.entries.bind(outbox);
    outbox.entries = async function* (...args) {
      const [first, second] = await Array.fromAsync(entries(...args));
      await outbox.delete(first?.path ?? '');
      yield* [first, second].filter((entry) => entry !== undefined);
    };
    expect(await Array.fromAsync(store.deadLetters(), ({ path }) => path)).toHaveLength(1);
    await store.close();
  });

  it('are replayed once at a time, although those that die again come behind the others', async () => {
    await using receiver = await Receiver.start();
    receiver.answer = () => 410;
    const outbox = new MemoryFileStore();
    const store = new WebHookFileStore(new MemoryFileStore(), { baseUrl: receiver.baseUrl, outbox });
    await store.write('a', '1');
    await store.write('b', '2');
    await store.flush();
    const entries = outbox.entries.bind(outbox);
    // As a store gives them that has many: page by page.
    outbox.entries = async function* (path, options) {
      for (let startAfter: string | undefined; ; ) {
        const [next] = await Array.fromAsync(entries(path, { ...options, startAfter, limit: 1 }));
        if (next === undefined) {
          return;
        }
        yield next;
        startAfter = next.path;
        await store.flush();
      }
    };
    expect(await store.replay()).toEqual({ replayed: 2, superseded: 0 });
    expect(await Array.fromAsync(store.deadLetters(), ({ path }) => path)).toEqual(['a', 'b']);
    await store.close();
  });
});

it('refuses a store without conditions as an outbox', () => {
  const outbox = new MemoryFileStore();
  Object.defineProperty(outbox, 'capabilities', { value: { ...outbox.capabilities, conditions: false } });
  expect(() => new WebHookFileStore(new MemoryFileStore(), { baseUrl: 'http://localhost/', outbox })).toThrow(TypeError);
});

it('passes over a log that a killed process did not get to begin', async () => {
  await using receiver = await Receiver.start();
  const root = await mkdtemp(join(tmpdir(), 'oh-webhook-outbox-'));
  try {
    receiver.answer = () => 500;
    const files = new MemoryFileStore();
    const options = { baseUrl: receiver.baseUrl, attempts: 1, retryDelaysMs: [3_600_000] };
    await using outbox = new LocalFileStore({ root });
    const first = new WebHookFileStore(files, { ...options, outbox });
    await first.write('a', '1');
    await first.close();
    await mkdir(join(root, 'log', '000000000002'));
    receiver.answer = () => 200;
    receiver.received.length = 0;
    const second = new WebHookFileStore(files, { ...options, outbox });
    await second.flush();
    await second.close();
    expect(receiver.told).toEqual(['POST a']);
  } finally {
    await rm(root, { recursive: true });
  }
});

it('passes over what other programs leave in its folders, however often it is opened', async () => {
  await using receiver = await Receiver.start();
  receiver.answer = () => 500;
  for (const outbox of [new MemoryFileStore(), new SlotFileStore()]) {
    const files = new MemoryFileStore();
    const options = { baseUrl: receiver.baseUrl, outbox, attempts: 1, retryDelaysMs: new Array(9).fill(3_600_000) };
    for (const path of ['a', 'b', 'c']) {
      const store = new WebHookFileStore(files, options);
      await store.write(path, path);
      for (const log of (await outbox.list('log')).filter((entry) => entry.endsWith('/'))) {
        await outbox.write(`${log}.DS_Store`, 'icons');
        await outbox.write(`${log}desktop.ini`, 'icons');
      }
      await outbox.write('log/.DS_Store', 'icons');
      await store.write(path, path.repeat(2));
      await store.close();
    }
    expect((await readOutbox(outbox)).pending.map(({ path }) => path)).toEqual(['a', 'a', 'b', 'b', 'c', 'c']);
    expect(await outbox.list('log')).toEqual(['log/.DS_Store', 'log/000000000003/']);
  }
});

it('may lie in the very store, outside what is told', async () => {
  await using receiver = await Receiver.start();
  const disk = new MemoryFileStore();
  const store = new WebHookFileStore(withPrefix(disk, 'data'), { baseUrl: receiver.baseUrl, outbox: withPrefix(disk, 'outbox') });
  await store.write('a', '1');
  await store.close();
  expect(receiver.told).toEqual(['POST a']);
});

it('refuses ids that are none', async () => {
  await using receiver = await Receiver.start();
  const files = new MemoryFileStore();
  const store = new WebHookFileStore(files, { baseUrl: receiver.baseUrl, newId: () => 'a.b' });
  await expect(store.write('a', '1')).rejects.toMatchObject({ code: 'unknown', cause: expect.any(TypeError) });
  expect(await files.list()).toEqual([]);
  await store.close();
});
