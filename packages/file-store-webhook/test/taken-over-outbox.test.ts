import { randomUUID } from 'node:crypto';
import { MemoryFileStore } from '@oh/file-store-core';
import { interceptFileStore } from '@oh/file-store-core/testing';
import { describe, expect, it } from 'vitest';
import { WebHookFileStore } from '../src/index.ts';
import { Outbox } from '../src/outbox.ts';
import { FileReceiver } from './file-receiver.ts';
import { ManualClock } from './manual-clock.ts';
import { readLog } from './read-log.ts';
import { Receiver } from './receiver.ts';
import { SlotFileStore } from './slot-file-store.ts';

const never = { failures: 1_000_000 };
const turn = async (): Promise<void> => await new Promise((resolve) => setImmediate(resolve));

describe.each([MemoryFileStore, SlotFileStore])('an outbox in a %o', (Store) => {
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

  it.each([
    ['its next attempt', '"tried"', { circuitBreaker: never, retryDelaysMs: [3_600_000] }],
    ['the circuit breaker', '"done","ids":["', { circuitBreaker: { failures: 1, probeAfterMs: 3_600_000 }, retryDelaysMs: [] }],
  ])('is not sent from by who waited for %s when another store took it over', async (_, written, waiting) => {
    await using receiver = await Receiver.start();
    receiver.answer = () => 500;
    const outbox = new Store();
    const files = new MemoryFileStore();
    const clock = new ManualClock();
    const options = { baseUrl: receiver.baseUrl, outbox, attempts: 1, random: () => 0.5 };
    const first = new WebHookFileStore(files, { ...options, ...waiting, clock, maxInFlight: 1 });
    for (const path of waiting.retryDelaysMs.length > 0 ? ['a'] : ['dead', 'a']) {
      await first.write(path, '1');
    }
    while (!(await readLog(outbox)).includes(written)) {
      clock.advance(100);
      await turn();
    }
    receiver.answer = () => 200;
    const second = new WebHookFileStore(files, options);
    await second.write('a', '2');
    await second.flush();
    expect(receiver.received.slice(1).map(({ body }) => String(body))).toEqual(['1', '2']);
    const flushed = first.flush();
    clock.advance(4_000_000);
    await expect(flushed).rejects.toMatchObject({ code: 'closed' });
    await expect(first.flush()).rejects.toMatchObject({ code: 'closed' });
    expect(receiver.received).toHaveLength(3);
    await first.close();
    await second.close();
  });
});

it('makes no change that the next store has looked for already, when it takes over while the log is replaced', async () => {
  await using receiver = await Receiver.start();
  const [disk, files] = [new MemoryFileStore(), new MemoryFileStore()];
  const options = { baseUrl: receiver.baseUrl, contents: 'full' } as const;
  let second: WebHookFileStore | undefined;
  const outbox = interceptFileStore(disk, async (operation, path) => {
    if (operation === 'write' && String(path).startsWith('log/000000000002') && second === undefined) {
      second = new WebHookFileStore(files, { ...options, outbox: disk });
      await second.write('other', '1');
    }
  });
  const first = new WebHookFileStore(files, { ...options, outbox });
  const large = 'x'.repeat(3_000_000);
  await first.write('a', large);
  await first.write('b', large);
  await expect(first.write('c', large)).rejects.toMatchObject({ code: 'closed' });
  expect(await files.list()).toEqual(['a', 'b', 'other']);
  await first.close();
  await second?.close();
});

it('leaves no dead letter of what the next store delivers, where it is taken over in the middle of the last attempt', async () => {
  await using receiver = await Receiver.start();
  const [outbox, files] = [new MemoryFileStore(), new MemoryFileStore()];
  const options = { baseUrl: receiver.baseUrl, outbox, attempts: 1 };
  const answered = Promise.withResolvers<void>();
  receiver.answer = async () => {
    if (receiver.received.length > 1) {
      return 200;
    }
    await answered.promise;
    return 413;
  };
  const first = new WebHookFileStore(files, options);
  await first.write('a', '1');
  await receiver.count(1);
  await using second = new WebHookFileStore(files, options);
  await second.flush();
  answered.resolve();
  await first.flush().catch(() => undefined);
  await first.close();
  expect(receiver.told).toEqual(['POST a', 'POST a']);
  expect(await Array.fromAsync(second.deadLetters())).toEqual([]);
});

it('gets one line, besides one that is being added, for all who ask at the same moment whether it was taken over', async () => {
  const store = new MemoryFileStore();
  const ignore = (): void => undefined;
  const options = { store, files: store, clock: new ManualClock(), newId: randomUUID, onRecovered: ignore, onTakenOver: ignore };
  const outbox = new Outbox(options);
  await outbox.ready(undefined);
  await Promise.all(Array.from({ length: 100 }, () => outbox.confirm()));
  expect(await readLog(store)).toBe(`{"t":"open","v":1}\n${'{"t":"done","ids":[]}\n'.repeat(2)}`);
  await outbox.close();
});
