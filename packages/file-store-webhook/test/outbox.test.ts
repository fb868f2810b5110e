import { FileStoreError, MemoryFileStore, withPrefix } from '@oh/file-store-core';
import { createFaultyFileStore } from '@oh/file-store-core/testing';
import { describe, expect, it } from 'vitest';
import { BatchedWebHookFileStore, WebHookFileStore } from '../src/index.ts';
import { ManualClock } from './manual-clock.ts';
import { readLog } from './read-log.ts';
import { Receiver } from './receiver.ts';
import { SlotFileStore } from './slot-file-store.ts';

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
