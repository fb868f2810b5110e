import { inspect } from 'node:util';
import { type AbortOptions, MemoryFileStore } from '@oh/file-store-core';
import { createFaultyFileStore, interceptFileStore } from '@oh/file-store-core/testing';
import { describe, expect, it } from 'vitest';
import { readOutbox, WebHookFileStore } from '../src/index.ts';
import { ManualClock } from './manual-clock.ts';
import { Receiver } from './receiver.ts';

const never = { failures: 1_000_000 };
const turn = async (): Promise<void> => await new Promise((resolve) => setImmediate(resolve));

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

  it('are listed and read with the signal of who asks for them', async () => {
    await using receiver = await Receiver.start();
    receiver.answer = () => 500;
    const { signal } = new AbortController();
    const asked: string[] = [];
    const outbox = interceptFileStore(new MemoryFileStore(), (operation, path, options) => {
      if (['entries', 'readBytes'].includes(operation) && String(path).startsWith('dead-letters')) {
        asked.push(operation);
        expect((options as AbortOptions | undefined)?.signal, `${operation} of ${String(path)}`).toBe(signal);
      }
    });
    const options = { baseUrl: receiver.baseUrl, outbox, attempts: 1, retryDelaysMs: [], circuitBreaker: never };
    await using store = new WebHookFileStore(new MemoryFileStore(), options);
    await store.write('a', '1');
    await store.flush();
    expect(await Array.fromAsync(store.deadLetters({ signal }), ({ path }) => path)).toEqual(['a']);
    expect(asked).toEqual(['entries', 'readBytes']);
  });
});
