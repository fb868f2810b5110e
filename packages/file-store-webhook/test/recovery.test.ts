import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AbortOptions, type FileStore, MemoryFileStore, raceAbort } from '@oh/file-store-core';
import { createFaultyFileStore, interceptFileStore } from '@oh/file-store-core/testing';
import { LocalFileStore } from '@oh/file-store-local';
import { describe, expect, it } from 'vitest';
import { BatchedWebHookFileStore, WebHookFileStore } from '../src/index.ts';
import { Receiver } from './receiver.ts';

const never = { failures: 1_000_000 };

/** An outbox in which a change was about to be made, and nothing more is known. */
async function leaveIntent(change: object, path = 'd'): Promise<MemoryFileStore> {
  const outbox = new MemoryFileStore();
  const intent = { t: 'intent', id: 'the-id', n: 0, path, change };
  await outbox.write('log/000000000001/000000000000', `{"t":"open","v":1}\n${JSON.stringify(intent)}\n`);
  return outbox;
}

describe('after a crash', () => {
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

/** Answers so many requests to views of stores, then none until its signal ends it; what is added to the new log is answered. */
class Answers {
  /** What was asked without a signal, when it was not to be answered. */
  readonly deaf: string[] = [];
  readonly #silence = Promise.withResolvers<true>();
  #left: number;

  constructor(count: number) {
    this.#left = count;
  }

  /** Resolves with the first request that is not answered. */
  get silence(): Promise<true> {
    return this.#silence.promise;
  }

  of(store: FileStore): FileStore {
    return interceptFileStore(store, async (operation, path, options) => {
      const asked = `${operation} ${String(path)}`;
      if (asked.startsWith('append log/000000000002')) {
        return;
      }
      this.#left -= 1;
      if (this.#left < 0) {
        this.#silence.resolve(true);
        const { signal } = (options ?? {}) as AbortOptions;
        if (signal === undefined) {
          this.deaf.push(asked);
        } else {
          await raceAbort(new Promise<never>(() => undefined), signal);
        }
      }
    });
  }
}

it.each([
  ['a write', { kind: 'written', text: 'new' }, { d: 'old' }],
  ['a delete', { kind: 'deleted' }, { 'd/x': 'old' }],
] as const)('a store can be closed whatever is not answered while it finds out what became of %s', async (_, change, present) => {
  await using receiver = await Receiver.start();
  const deaf: string[] = [];
  for (let count = 0, isSilent = true; isSilent; count += 1) {
    const outbox = await leaveIntent(change);
    const files = new MemoryFileStore();
    for (const [path, contents] of Object.entries(present)) {
      await files.write(path, contents);
    }
    const answers = new Answers(count);
    const store = new WebHookFileStore(answers.of(files), { baseUrl: receiver.baseUrl, outbox: answers.of(outbox), closeTimeoutMs: 0 });
    const flushed = store.flush().then(
      () => false,
      () => false,
    );
    isSilent = await Promise.race([answers.silence, flushed]);
    await store.close();
    deaf.push(...answers.deaf);
  }
  expect(deaf).toEqual([]);
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
