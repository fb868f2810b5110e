import { MemoryFileStore } from '@oh/file-store-core';
import { createFaultyFileStore, interceptFileStore } from '@oh/file-store-core/testing';
import { describe, expect, it } from 'vitest';
import { BatchedWebHookFileStore, standardRetryDelaysMs, WebHookFileStore } from '../src/index.ts';
import { ManualClock } from './manual-clock.ts';
import { drainClock, openFailing } from './open-failing.ts';
import { Receiver } from './receiver.ts';

const requestTimeoutMs = 15_000;

/** Waits for the pause after a failed attempt, and moves on to its end. @returns The pause in milliseconds. */
async function pass(clock: ManualClock): Promise<number> {
  const delay = await clock.timer((each) => each !== requestTimeoutMs && each !== 60_000);
  clock.advance(delay);
  return delay;
}

describe('a failed request', () => {
  it('is tried 3 times 1 second apart, then as the Standard Webhooks schedule has it, with one id and one body', async () => {
    await using hook = await openFailing();
    await hook.store.write('file', 'x');
    const pauses: number[] = [];
    for (let i = 0; i < 11; i += 1) {
      pauses.push(await pass(hook.clock));
    }
    await hook.store.flush();
    expect(pauses).toEqual([1000, 1000, ...standardRetryDelaysMs]);
    expect(standardRetryDelaysMs.reduce((sum, each) => sum + each, 0)).toBe((75 * 60 + 35) * 60_000 + 5_000);
    expect(hook.receiver.received).toHaveLength(12);
    expect(new Set(hook.receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(new Set(hook.receiver.received.map(({ headers }) => headers['webhook-timestamp'])).size).toBe(12);
    const letters = await Array.fromAsync(hook.store.deadLetters());
    expect(letters).toMatchObject([{ path: 'file', method: 'POST', reason: 'HTTP 500', failedAttempts: 12 }]);
    expect(hook.store.pending()).toEqual({ notices: 0, bytes: 0 });
  });

  it('is delivered by the attempt that is accepted, and by no further one', async () => {
    await using hook = await openFailing();
    hook.receiver.answer = () => (hook.receiver.received.length < 3 ? 503 : 204);
    await hook.store.write('file', 'x');
    await pass(hook.clock);
    await pass(hook.clock);
    await hook.store.flush();
    expect(hook.receiver.told).toEqual(['POST file', 'POST file', 'POST file']);
    expect(await Array.fromAsync(hook.store.deadLetters())).toEqual([]);
  });

  it.each([301, 302, 304, 307, 400, 404, 409])('with status %d has failed: no redirect is followed', async (status) => {
    await using hook = await openFailing({ attempts: 1, retryDelaysMs: [] });
    hook.receiver.answer = () => ({ status, headers: { location: `${hook.receiver.baseUrl}elsewhere` } });
    await hook.store.write('file', 'x');
    await hook.store.flush();
    expect(hook.receiver.told).toEqual(['POST file']);
    expect(await Array.fromAsync(hook.store.deadLetters(), ({ reason }) => reason)).toEqual([`HTTP ${status}`]);
  });

  it.each([400, 413, 414, 415, 422, 431])(
    'with status %d is given up after the quick attempts, and holds up nothing behind it',
    async (status) => {
      await using hook = await openFailing({ attempts: 2 });
      hook.receiver.answer = () => (hook.receiver.received.length <= 2 ? status : 200);
      await hook.store.write('file', 'x');
      await pass(hook.clock);
      await expect.poll(() => hook.store.pending().notices).toBe(0);
      expect(await Array.fromAsync(hook.store.deadLetters())).toMatchObject([
        { path: 'file', reason: `HTTP ${status}`, failedAttempts: 2 },
      ]);
      await hook.store.write('file', 'y');
      await hook.store.flush();
      expect(hook.receiver.told).toEqual(['POST file', 'POST file', 'POST file']);
    },
  );

  it.each([401, 403, 404, 405, 408, 409, 425, 429])(
    'with status %d, which says nothing of the request, is tried again later',
    async (status) => {
      await using hook = await openFailing({ attempts: 1 });
      hook.receiver.answer = () => (hook.receiver.received.length <= 1 ? status : 200);
      await hook.store.write('file', 'x');
      expect(await pass(hook.clock)).toBe(5_000);
      await hook.store.flush();
      expect(hook.receiver.told).toEqual(['POST file', 'POST file']);
      expect(await Array.fromAsync(hook.store.deadLetters())).toEqual([]);
    },
  );

  it.each([
    ['120', 120_000],
    [new Date(Date.UTC(2026, 0, 1) + 300_000).toUTCString(), 300_000],
    ['999999999', 86_400_000],
    ['0', 1_000],
    ['-5', 1_000],
    ['soon', 1_000],
  ])('waits as Retry-After: %s asks, but a day at most', async (header, expected) => {
    await using hook = await openFailing();
    hook.receiver.answer = () => ({ status: 400, headers: { 'retry-after': header } });
    await hook.store.write('file', 'x');
    // The store's own pause is not shortened.
    expect(await hook.clock.timer((delay) => delay !== requestTimeoutMs)).toBe(expected);
  });

  it('draws the pauses of the schedule from 80 % to 120 %', async () => {
    for (const [random, factor] of [
      [0, 0.8],
      [0.999_999_999, 1.2],
    ] as const) {
      await using hook = await openFailing({ attempts: 1, random: () => random });
      await hook.store.write('file', 'x');
      expect(await pass(hook.clock)).toBeCloseTo(5_000 * factor, 0);
    }
  });

  it('whose contents cannot be read from the store is tried again, and tells no absence', async () => {
    const receiver = await Receiver.start();
    const clock = new ManualClock();
    const files = createFaultyFileStore(new MemoryFileStore(), { faults: [{ operations: ['open'], times: 1 }] });
    const store = new WebHookFileStore(files, { baseUrl: receiver.baseUrl, clock });
    await store.append('log', 'line\n');
    await pass(clock);
    await store.flush();
    expect(receiver.told).toEqual(['POST log']);
    expect(receiver.received[0]?.body.toString()).toBe('line\n');
    await store.close();
    await receiver[Symbol.asyncDispose]();
  });
});

describe('a receiver that answers 410', () => {
  it('gets nothing more: what waits and what comes are dead letters, until they are replayed', async () => {
    await using hook = await openFailing();
    hook.receiver.answer = () => 410;
    await hook.store.write('a', '1');
    await hook.store.flush();
    await hook.store.write('b', '2');
    await hook.store.delete('a');
    await hook.store.flush();
    expect(hook.receiver.told).toEqual(['POST a']);
    const letters = await Array.fromAsync(hook.store.deadLetters(), ({ path, method, reason }) => `${method} ${path}: ${reason}`);
    expect(letters).toEqual(['POST a: HTTP 410', 'POST b: HTTP 410', 'DELETE a: HTTP 410']);
    hook.receiver.answer = () => 200;
    expect(await hook.store.replay()).toEqual({ replayed: 2, superseded: 1 });
    await hook.store.flush();
    expect(hook.receiver.told.slice(1).toSorted()).toEqual(['DELETE a', 'POST b']);
    expect(await Array.fromAsync(hook.store.deadLetters())).toEqual([]);
  });

  it('gets nothing either of what was being read when it answered', async () => {
    const read = Promise.withResolvers<void>();
    const isReading = Promise.withResolvers<void>();
    const files = interceptFileStore(new MemoryFileStore(), async (operation) => {
      if (operation === 'readStream') {
        isReading.resolve();
        await read.promise;
      }
    });
    await using hook = await openFailing({}, files);
    hook.receiver.answer = () => 410;
    await hook.store.append('read', '1');
    await isReading.promise;
    await hook.store.write('a', '1');
    await expect.poll(() => hook.store.pending().notices).toBe(1);
    read.resolve();
    await hook.store.flush();
    expect(hook.receiver.told).toEqual(['POST a']);
  });

  it('wakes those who wait for their next attempt', async () => {
    await using hook = await openFailing({ attempts: 1 });
    await hook.store.write('a', '1');
    await hook.clock.timer((delay) => delay === 5_000);
    hook.receiver.answer = () => 410;
    await hook.store.write('b', '2');
    await hook.store.flush();
    expect(await Array.fromAsync(hook.store.deadLetters(), ({ path }) => path)).toHaveLength(2);
  });
});

describe('dead letters', () => {
  it('are replayed with their ids, one by one too', async () => {
    await using hook = await openFailing({ attempts: 1, retryDelaysMs: [] });
    await hook.store.write('a', '1');
    await hook.store.write('b', '2');
    await hook.store.flush();
    const ids = await Array.fromAsync(hook.store.deadLetters(), ({ id }) => id);
    hook.receiver.answer = () => 200;
    expect(await hook.store.replay({ ids: ids.slice(1) })).toEqual({ replayed: 1, superseded: 0 });
    await hook.store.flush();
    expect(hook.receiver.received.at(-1)?.headers['webhook-id']).toBe(ids[1]);
    expect(await Array.fromAsync(hook.store.deadLetters(), ({ id }) => id)).toEqual(ids.slice(0, 1));
  });

  it('never bring back what the store has no more', async () => {
    await using hook = await openFailing({ attempts: 1, retryDelaysMs: [] });
    await hook.store.write('a', 'old');
    await hook.store.delete('b');
    await hook.store.flush();
    hook.receiver.answer = () => 200;
    await hook.store.write('a', 'new');
    await hook.store.write('b', 'there again');
    await hook.store.flush();
    const before = hook.receiver.received.length;
    expect(await hook.store.replay()).toEqual({ replayed: 0, superseded: 2 });
    await hook.store.flush();
    expect(hook.receiver.received).toHaveLength(before);
  });

  it('are bounded: the oldest is dropped and reported', async () => {
    const dropped: string[] = [];
    await using hook = await openFailing({
      attempts: 1,
      retryDelaysMs: [],
      maxDeadLetters: 2,
      onDrop: ({ path, reason }) => dropped.push(`${path}: ${reason}`),
    });
    for (const path of ['a', 'b', 'c']) {
      await hook.store.write(path, 'x');
      await hook.store.flush();
    }
    expect(dropped).toEqual(['a: dead-letters-full']);
    expect(await Array.fromAsync(hook.store.deadLetters(), ({ path }) => path)).toEqual(['b', 'c']);
  });

  it('are bounded in bytes too, and the newest is kept however large it is', async () => {
    const dropped: string[] = [];
    await using hook = await openFailing({
      attempts: 1,
      retryDelaysMs: [],
      maxPendingBytes: 10,
      onDrop: ({ path, reason }) => dropped.push(`${path}: ${reason}`),
    });
    for (const [path, contents] of Object.entries({ a: '1234', b: '1234', c: '123', large: 'x'.repeat(20), d: '1' })) {
      await hook.store.write(path, contents);
      await hook.store.flush();
      if (path === 'large') {
        expect(await Array.fromAsync(hook.store.deadLetters(), (letter) => letter.path)).toEqual(['large']);
      }
    }
    expect(dropped).toEqual(['a', 'b', 'c', 'large'].map((path) => `${path}: dead-letters-full`));
    expect(await Array.fromAsync(hook.store.deadLetters(), ({ path }) => path)).toEqual(['d']);
  });
});

it('what waits for hours, since the receiver was down, is sent at once by replay', async () => {
  await using hook = await openFailing({ attempts: 1, retryDelaysMs: [3_600_000] });
  await hook.store.write('a', '1');
  await hook.clock.timer((delay) => delay === 3_600_000);
  hook.receiver.answer = () => 200;
  expect(await hook.store.replay()).toEqual({ replayed: 0, superseded: 0 });
  await hook.store.flush();
  expect(hook.receiver.told).toEqual(['POST a', 'POST a']);
});

it.each([{}, { 'retry-after': '3600' }])('replay probes at once a receiver that counts as down, and answered with %j', async (headers) => {
  await using hook = await openFailing({ attempts: 1, retryDelaysMs: [36_000_000], circuitBreaker: { failures: 1 }, maxInFlight: 1 });
  hook.receiver.answer = () => (response) => response.writeHead(503, headers).end();
  await Promise.all([hook.store.write('a', '1'), hook.store.write('b', '1')]);
  await hook.clock.timer((delay) => delay === 36_000_000);
  hook.receiver.answer = () => 200;
  await hook.store.replay();
  await hook.store.flush();
  expect(hook.receiver.told.slice(-2).toSorted()).toEqual(['POST a', 'POST b']);
});

it('what answers, but not in HTTP, is named as that', async () => {
  await using hook = await openFailing({ attempts: 1, retryDelaysMs: [] });
  hook.receiver.answer = () => (response) => response.socket?.end('SSH-2.0-OpenSSH_9\r\n');
  await hook.store.write('a', '1');
  await hook.store.flush();
  expect(await Array.fromAsync(hook.store.deadLetters(), ({ reason }) => reason)).toEqual(['HTTPParserError']);
});

it('keeps a batch together, and everything behind it, while it is tried again', async () => {
  await using receiver = await Receiver.start();
  receiver.answer = () => (receiver.received.length < 3 ? 500 : 200);
  const clock = new ManualClock();
  const store = new BatchedWebHookFileStore(new MemoryFileStore(), { baseUrl: receiver.baseUrl, clock });
  await store.write('a', '1');
  const flushing = store.flush();
  await receiver.count(1);
  await store.write('a', '2');
  const flushingAgain = store.flush();
  await drainClock(clock, Promise.all([flushing, flushingAgain]));
  const bodies = receiver.received.map(({ headers, body }) => `${headers['webhook-id']} ${body}`);
  expect(bodies).toHaveLength(4);
  expect(new Set(bodies.slice(0, 3)).size).toBe(1);
  expect(bodies[3]).toContain('"content":"2"');
  await store.close();
});
