import { type FileStore, FileStoreError, MemoryFileStore } from '@oh/file-store-core';
import { interceptFileStore } from '@oh/file-store-core/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BatchedWebHookFileStore, type BatchedWebHookFileStoreOptions, WebHookFileStore } from '../src/index.ts';
import { FileReceiver } from './file-receiver.ts';
import { ManualClock } from './manual-clock.ts';
import { drainClock } from './open-failing.ts';
import { type Received, Receiver } from './receiver.ts';

/** The paths that a batch tells of. */
function pathsOf({ body }: Received): string[] {
  return (JSON.parse(String(body)) as { path: string }[]).map(({ path }) => path);
}

function names(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `file-${String(i).padStart(4, '0')}`);
}

async function writeAll(store: FileStore, paths: readonly string[], contents = 'x'): Promise<void> {
  for (const path of paths) {
    await store.write(path, contents);
  }
}

/** A store whose receiver refuses every batch with a bad path in it, and what the receiver took, in order. */
async function openPicky(status: number, isBad: (path: string) => boolean, options: Partial<BatchedWebHookFileStoreOptions> = {}) {
  const receiver = await Receiver.start();
  const taken: string[] = [];
  receiver.answer = (request) => {
    const paths = pathsOf(request);
    if (paths.some(isBad)) {
      return status;
    }
    taken.push(...paths);
    return 200;
  };
  const store = new BatchedWebHookFileStore(new MemoryFileStore(), { baseUrl: receiver.baseUrl, attemptDelayMs: 0, ...options });
  const dead = async (): Promise<string[]> => await Array.fromAsync(store.deadLetters(), ({ path }) => path);
  const close = async (): Promise<void> => {
    await store.close();
    await receiver[Symbol.asyncDispose]();
  };
  return { receiver, taken, store, dead, [Symbol.asyncDispose]: close };
}

describe('a refused batch', () => {
  it.each([400, 413, 414, 415, 422, 431])('with status %d for one notice is halved until that one is alone', async (status) => {
    const paths = names(100);
    await using hook = await openPicky(status, (path) => path === paths[41]);
    await writeAll(hook.store, paths);
    await hook.store.flush();
    expect(hook.taken).toEqual(paths.toSpliced(41, 1));
    expect(await Array.fromAsync(hook.store.deadLetters())).toMatchObject([{ path: paths[41], reason: `HTTP ${status}` }]);
    const whole = status === 413 ? 1 : 3;
    expect(hook.receiver.received.length).toBeLessThanOrEqual(whole + 2 * Math.ceil(Math.log2(100)));
    expect(hook.receiver.received.filter((request) => pathsOf(request).length === 100)).toHaveLength(whole);
    expect(hook.store.pending()).toEqual({ notices: 0, bytes: 0 });
  });

  it('tells all others in order, with O(k log n) requests, whichever are bad', { timeout: 60_000 }, async () => {
    const property = fc.asyncProperty(fc.integer({ min: 1, max: 64 }), fc.uniqueArray(fc.nat(63), { maxLength: 8 }), async (n, bad) => {
      const paths = names(n);
      const isBad = (path: string): boolean => bad.includes(paths.indexOf(path));
      await using hook = await openPicky(422, isBad);
      await writeAll(hook.store, paths);
      await hook.store.flush();
      expect(hook.taken).toEqual(paths.filter((path) => !isBad(path)));
      expect(await hook.dead()).toEqual(paths.filter(isBad));
      const k = paths.filter(isBad).length;
      expect(hook.receiver.received.length).toBeLessThanOrEqual(3 + 2 * k * Math.ceil(Math.log2(n)));
      const ids = new Map(hook.receiver.received.map(({ headers, body }) => [headers['webhook-id'], String(body)]));
      expect(hook.receiver.received.every(({ headers, body }) => ids.get(headers['webhook-id']) === String(body))).toBe(true);
    });
    await fc.assert(property, { numRuns: 60 });
  });

  it('that is too large is halved at once, until what is left fits', async () => {
    const paths = names(64);
    await using hook = await openPicky(413, () => false);
    const take = hook.receiver.answer;
    hook.receiver.answer = (request) => (request.body.byteLength > 20_000 ? 413 : take(request));
    await writeAll(hook.store, paths.slice(0, 63), 'x'.repeat(1_000));
    await hook.store.write(paths[63] ?? '', 'x'.repeat(30_000));
    await hook.store.flush();
    expect(hook.taken).toEqual(paths.slice(0, 63));
    expect(await hook.dead()).toEqual(paths.slice(63));
    const bodies = hook.receiver.received.map(({ body }) => String(body));
    expect(new Set(bodies).size).toBe(bodies.length);
  });

  it('of two notices makes as many attempts for each as there are quick ones', async () => {
    await using hook = await openPicky(413, () => true);
    await writeAll(hook.store, ['a', 'b']);
    await hook.store.flush();
    expect(hook.receiver.received.map(pathsOf)).toEqual([['a', 'b'], ['a'], ['a'], ['b'], ['b']]);
    expect(await Array.fromAsync(hook.store.deadLetters(), ({ path, failedAttempts }) => [path, failedAttempts])).toEqual([
      ['a', 3],
      ['b', 3],
    ]);
  });

  it('that the contents have cut to one notice makes as many attempts for it as there are quick ones', async () => {
    await using hook = await openPicky(413, (path) => path === 'a', { batchSizeLimitBytes: 100 });
    await hook.store.append('a', 'x'.repeat(200));
    await hook.store.append('b', 'x');
    await hook.store.flush();
    expect(hook.receiver.received.map(pathsOf)).toEqual([['a'], ['a'], ['a'], ['b']]);
  });

  it('counts all attempts for a dead letter', async () => {
    await using hook = await openPicky(400, (path) => path === 'c');
    await writeAll(hook.store, ['a', 'b', 'c', 'd']);
    await hook.store.flush();
    expect(await Array.fromAsync(hook.store.deadLetters(), ({ path, failedAttempts }) => [path, failedAttempts])).toEqual([['c', 5]]);
  });

  it('whose half meets a receiver that is down holds up everything behind it, with one id', async () => {
    const clock = new ManualClock();
    await using hook = await openPicky(422, (path) => path === 'b', { clock });
    const take = hook.receiver.answer;
    hook.receiver.answer = async (request) => {
      if (hook.receiver.received.length === 3) {
        await hook.store.write('a', 'again');
      }
      return [4, 5].includes(hook.receiver.received.length) ? 503 : await take(request);
    };
    await writeAll(hook.store, ['a', 'b', 'c', 'd']);
    await drainClock(clock, hook.store.flush());
    await drainClock(clock, hook.store.flush());
    expect(hook.receiver.received.map((request) => pathsOf(request).join(''))).toEqual([
      ...['abcd', 'abcd', 'abcd'],
      ...['ab', 'ab', 'ab'],
      ...['a', 'b', 'cd', 'a'],
    ]);
    expect(new Set(hook.receiver.received.slice(3, 6).map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(await hook.dead()).toEqual(['b']);
  });

  it('is halved no further when the receiver answers 410', async () => {
    await using hook = await openPicky(422, () => true);
    hook.receiver.answer = () => (hook.receiver.received.length <= 3 ? 422 : 410);
    await writeAll(hook.store, ['a', 'b', 'c', 'd']);
    await hook.store.flush();
    expect(hook.receiver.received).toHaveLength(4);
    expect(await Array.fromAsync(hook.store.deadLetters(), ({ path, reason }) => `${path} ${reason}`)).toEqual([
      'a HTTP 410',
      'b HTTP 410',
      'c HTTP 410',
      'd HTTP 410',
    ]);
  });
});

describe('a receiver that refuses everything', () => {
  it('gets few requests for each batch, and is taken at its word for the notices it did not see alone', async () => {
    const paths = names(1_000);
    await using hook = await openPicky(400, () => true);
    await writeAll(hook.store, paths);
    await hook.store.flush();
    expect(hook.receiver.received.length).toBeLessThanOrEqual(3 + 2 * 16 + 2 * 10);
    const before = hook.receiver.received.length;
    await writeAll(hook.store, paths);
    await hook.store.flush();
    expect(hook.receiver.received.length - before).toBeLessThanOrEqual(3 + 2 * 10);
    expect((await hook.dead()).length).toBe(1_000);
  });

  it('and then all but one again, gets all but that one', async () => {
    let isRepaired = false;
    for (const bad of [0, 37, 99]) {
      isRepaired = false;
      const paths = names(100);
      await using hook = await openPicky(400, (path) => !isRepaired || path === paths[bad]);
      await writeAll(hook.store, paths);
      await hook.store.flush();
      isRepaired = true;
      await hook.store.replay();
      await hook.store.flush();
      expect(hook.taken).toEqual(paths.toSpliced(bad, 1));
      expect(await hook.dead()).toEqual([paths[bad]]);
    }
  });
});

it('many refused notices are found as long as others are accepted between them', async () => {
  const paths = names(200);
  const isBad = (path: string): boolean => paths.indexOf(path) % 5 === 0;
  await using hook = await openPicky(422, isBad);
  await writeAll(hook.store, paths);
  await hook.store.flush();
  expect(hook.taken).toEqual(paths.filter((path) => !isBad(path)));
});

describe('a refused batch in an outbox', () => {
  it('loses nothing, whenever its sender is killed', async () => {
    const paths = names(13);
    const bad = paths[5] ?? '';
    for (let kill = 1; ; kill += 1) {
      const files = new MemoryFileStore();
      const disk = new MemoryFileStore();
      const killed = new MemoryFileStore();
      const kept = new FileReceiver();
      await using hook = await openPicky(422, (path) => path === bad, { outbox: disk });
      const take = hook.receiver.answer;
      hook.receiver.answer = async (request) => {
        if (hook.receiver.received.length === kill) {
          for await (const { path } of disk.entries('', { recursive: true })) {
            await killed.write(path, await disk.readBytes(path));
          }
        }
        if (hook.receiver.received.length <= kill) {
          kept.take(request);
        }
        return await take(request);
      };
      await writeAll(files, paths);
      await writeAll(hook.store, paths);
      await hook.store.flush();
      if (hook.receiver.received.length < kill) {
        expect(kill).toBeGreaterThan(10);
        break;
      }
      const before = hook.receiver.received.length;
      const again: string[] = [];
      hook.receiver.answer = (request) => {
        kept.take(request);
        again.push(...pathsOf(request).filter((path) => path !== bad));
        return pathsOf(request).includes(bad) ? 422 : 200;
      };
      const options = { baseUrl: hook.receiver.baseUrl, outbox: killed, attemptDelayMs: 0 };
      await using second = new BatchedWebHookFileStore(files, options);
      await second.flush();
      expect([...kept.changedIds], `killed at request ${kill}`).toEqual([]);
      expect([...kept.files.keys()].toSorted(), `killed at request ${kill}`).toEqual(paths);
      const dead = await Array.fromAsync(second.deadLetters(), ({ path }) => path);
      expect(new Set(dead), `killed at request ${kill}`).toEqual(new Set([bad]));
      expect(hook.receiver.received.length - before).toBeLessThanOrEqual(1 + 3 + 2 * 4);
      expect(second.pending()).toEqual({ notices: 0, bytes: 0 });
    }
  });

  it('never has its id again once a part of it is under way, also where there is nothing left to tell of that part', async () => {
    const disk = new MemoryFileStore();
    const killed = new MemoryFileStore();
    const kept = new FileReceiver();
    let reads = 0;
    const files = interceptFileStore(new MemoryFileStore(), async (operation, path) => {
      reads += operation === 'readStream' && path === 'b' ? 1 : 0;
      if (operation === 'readStream' && path === 'b' && reads === 2) {
        await store.write('c', '1');
        for await (const entry of disk.entries('', { recursive: true })) {
          await killed.write(entry.path, await disk.readBytes(entry.path));
        }
      }
    });
    await using receiver = await Receiver.start();
    const options = { baseUrl: receiver.baseUrl, attemptDelayMs: 0 };
    const store: BatchedWebHookFileStore = new BatchedWebHookFileStore(files, { ...options, outbox: disk });
    receiver.answer = async (request) => {
      kept.take(request);
      if (receiver.received.length === 1) {
        await store.write('a', '2');
        return 413;
      }
      return 200;
    };
    await store.append('a', '1');
    await store.append('b', '1');
    await store.flush();
    await store.close();
    expect(reads).toBe(2);
    receiver.answer = (request) => {
      kept.take(request);
      return 200;
    };
    await using second = new BatchedWebHookFileStore(files, { ...options, outbox: killed });
    await second.flush();
    expect([...kept.changedIds]).toEqual([]);
    expect(Object.fromEntries(kept.files)).toEqual({ a: '2', b: '1', c: '1' });
  });

  it('is taken over by another store in the middle, which tells the rest in order', async () => {
    const paths = names(16);
    const disk = new MemoryFileStore();
    const isBad = (path: string): boolean => path === paths[9];
    await using hook = await openPicky(422, isBad, { outbox: disk });
    const take = hook.receiver.answer;
    const overtaken = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    hook.receiver.answer = async (request) => {
      if (pathsOf(request)[0] === paths[8] && pathsOf(request).length === 8) {
        overtaken.resolve();
        await release.promise;
      }
      return await take(request);
    };
    await writeAll(hook.store, paths);
    const flushed = hook.store.flush();
    flushed.catch(() => undefined);
    await overtaken.promise;
    await using second = new BatchedWebHookFileStore(new MemoryFileStore(), {
      baseUrl: hook.receiver.baseUrl,
      outbox: disk,
      attemptDelayMs: 0,
    });
    hook.receiver.answer = take;
    await second.flush();
    const before = hook.receiver.received.length;
    release.resolve();
    await expect(flushed).rejects.toMatchObject({ code: 'closed' });
    expect(hook.receiver.received).toHaveLength(before);
    expect(hook.taken).toEqual(paths.toSpliced(9, 1));
    expect(await Array.fromAsync(second.deadLetters(), ({ path }) => path)).toEqual([paths[9]]);
  });
});

it('an outbox that cannot be written for a while makes no dead letters', async () => {
  let isLocked = false;
  const disk = new MemoryFileStore();
  const outbox = interceptFileStore(disk, (operation) => {
    if (operation === 'append' && isLocked) {
      throw new FileStoreError('permission-denied', 'not yours');
    }
  });
  const clock = new ManualClock();
  await using hook = await openPicky(422, () => false, { clock, outbox, attempts: 1, retryDelaysMs: [60_000], random: () => 0.5 });
  await writeAll(hook.store, ['a', 'b']);
  isLocked = true;
  const flushed = hook.store.flush();
  await clock.timer((delay) => delay === 60_000);
  isLocked = false;
  clock.advance(60_000);
  await drainClock(clock, flushed);
  expect(hook.taken).toEqual(['a', 'b']);
  expect(await hook.dead()).toEqual([]);
});

describe('files that cannot be read', () => {
  it('take no other notices of their batch along, however many they are', async () => {
    const files = interceptFileStore(new MemoryFileStore(), (operation, path) => {
      if (operation === 'readStream' && String(path).startsWith('locked/')) {
        throw new FileStoreError('permission-denied', 'not yours');
      }
    });
    await using receiver = await Receiver.start();
    await using store = new BatchedWebHookFileStore(files, { baseUrl: receiver.baseUrl, attemptDelayMs: 0 });
    await writeAll(store, ['a', 'b']);
    for (const path of names(30)) {
      await store.append(`locked/${path}`, 'x');
    }
    await writeAll(store, ['c', 'd']);
    await store.flush();
    expect(receiver.received.flatMap(pathsOf)).toEqual(['a', 'b', 'c', 'd']);
    const dead = await Array.fromAsync(store.deadLetters(), ({ path, reason }) => `${path} ${reason}`);
    expect(dead).toEqual(names(30).map((path) => `locked/${path} permission-denied`));
  });

  it('let no look at a file be overtaken by another one', async () => {
    let looks = 0;
    let most = 0;
    const files = interceptFileStore(new MemoryFileStore(), async (operation, path) => {
      if (operation === 'readStream' && path === 'locked') {
        throw new FileStoreError('permission-denied', 'not yours');
      }
      if (operation === 'readStream') {
        looks += 1;
        most = Math.max(most, looks);
        for (let turns = 0; turns < 100; turns += 1) {
          await new Promise((resolve) => setImmediate(resolve));
        }
        looks -= 1;
      }
    });
    await using receiver = await Receiver.start();
    await using store = new BatchedWebHookFileStore(files, { baseUrl: receiver.baseUrl, attemptDelayMs: 0 });
    await store.append('locked', 'x');
    await store.append('slow', 'x');
    await store.flush();
    expect(receiver.received.flatMap(pathsOf)).toEqual(['slow']);
    expect(most).toBe(1);
  });

  it('are tried again later where each notice has its own request, which holds up nothing else', async () => {
    let isLocked = true;
    const files = interceptFileStore(new MemoryFileStore(), (operation) => {
      if (operation === 'readStream' && isLocked) {
        throw new FileStoreError('permission-denied', 'not yours');
      }
    });
    await using receiver = await Receiver.start();
    const clock = new ManualClock();
    await using store = new WebHookFileStore(files, { baseUrl: receiver.baseUrl, attempts: 1, clock, random: () => 0.5 });
    await store.append('locked', 'x');
    await clock.timer((delay) => delay === 5_000);
    isLocked = false;
    clock.advance(5_000);
    await store.flush();
    expect(receiver.told).toEqual(['POST locked']);
  });
});
