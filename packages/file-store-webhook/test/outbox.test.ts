import { FileStoreError, MemoryFileStore, withPrefix } from '@oh/file-store-core';
import { createFaultyFileStore } from '@oh/file-store-core/testing';
import { describe, expect, it } from 'vitest';
import { BatchedWebHookFileStore, WebHookFileStore } from '../src/index.ts';
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

it('refuses a store without conditions as an outbox', () => {
  const outbox = new MemoryFileStore();
  Object.defineProperty(outbox, 'capabilities', { value: { ...outbox.capabilities, conditions: false } });
  expect(() => new WebHookFileStore(new MemoryFileStore(), { baseUrl: 'http://localhost/', outbox })).toThrow(TypeError);
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
