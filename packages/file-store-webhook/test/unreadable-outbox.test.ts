import { MemoryFileStore } from '@oh/file-store-core';
import { createFaultyFileStore } from '@oh/file-store-core/testing';
import { describe, expect, it } from 'vitest';
import { readOutbox, WebHookFileStore } from '../src/index.ts';
import { ManualClock } from './manual-clock.ts';
import { Receiver } from './receiver.ts';
import { SlotFileStore } from './slot-file-store.ts';

const turn = async (): Promise<void> => await new Promise((resolve) => setImmediate(resolve));

/** A store that is closed before its receiver, which fails, has taken its only change, and what it leaves. */
async function leaveOneNotice(receiver: Receiver) {
  receiver.answer = () => 500;
  const outbox = new MemoryFileStore();
  const files = new MemoryFileStore();
  const options = { baseUrl: receiver.baseUrl, outbox, attempts: 1, retryDelaysMs: [3_600_000] };
  const store = new WebHookFileStore(files, options);
  await store.write('a', '1');
  await store.close();
  return { files, outbox, options };
}

describe('an outbox that cannot be read', () => {
  it('is an error that names it; nothing is changed, nothing sent, and the outbox stays as it is', async () => {
    await using receiver = await Receiver.start();
    const { files, outbox, options } = await leaveOneNotice(receiver);
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
      const { files, outbox, options } = await leaveOneNotice(receiver);
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
      await expect(readOutbox(outbox)).rejects.toMatchObject({ code: 'corrupt', path: 'log/000000000007' });
      const store = new WebHookFileStore(new MemoryFileStore(), { baseUrl: receiver.baseUrl, outbox });
      await expect(store.flush()).rejects.toMatchObject({ code: 'corrupt', path: 'log/000000000007' });
      await store.close();
      expect(receiver.received).toEqual([]);
    },
  );

  it.each([
    '{"t":"done"}',
    '{"t":"batch","id":"x","ids":"y"}',
    '{"t":"outcome","ids":["x"],"outcome":"unheard-of"}',
    '{"t":"tried","ids":["x"],"attempts":-1}',
    '{"t":"looked","id":"x"}',
    '{"t":"intent","id":"x\\r\\ny","n":1,"path":"a","change":{"kind":"deleted"}}',
    '{"t":"intent","id":"x","n":"1","path":"a","change":{"kind":"deleted"}}',
    '{"t":"intent","id":"x","n":1,"change":{"kind":"deleted"}}',
    '{"t":"intent","id":"x","n":1,"path":"a","change":{"kind":"unheard-of"}}',
    '{"t":"intent","id":"x","n":1,"path":"a","change":{"kind":"written"}}',
    '{"t":"intent","id":"x","n":1,"path":"a","change":{"kind":"summarized","size":1}}',
    '{"t":"unheard-of"}',
    '17',
    'null',
  ])('because %s is JSON and no record is an error, also at its end', async (line) => {
    await using receiver = await Receiver.start();
    for (const end of ['', '{"t":"done","ids":["x"]}\n']) {
      const outbox = new MemoryFileStore();
      await outbox.write('log/000000000007/000000000000', `{"t":"open","v":1}\n${line}\n${end}`);
      await expect(readOutbox(outbox)).rejects.toMatchObject({ code: 'corrupt', path: 'log/000000000007' });
      const store = new WebHookFileStore(new MemoryFileStore(), { baseUrl: receiver.baseUrl, outbox });
      await expect(store.write('b', '1')).rejects.toMatchObject({ code: 'corrupt', path: 'log/000000000007' });
      await store.close();
    }
    expect(receiver.received).toEqual([]);
  });

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
