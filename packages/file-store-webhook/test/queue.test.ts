import { getEventListeners } from 'node:events';
import { MemoryFileStore } from '@oh/file-store-core';
import { interceptFileStore } from '@oh/file-store-core/testing';
import { describe, expect, it } from 'vitest';
import { BatchedWebHookFileStore, readOutbox, WebHookFileStore } from '../src/index.ts';
import { ManualClock } from './manual-clock.ts';
import { type Received, Receiver } from './receiver.ts';

/** A receiver that answers when it is told to. */
async function startGated() {
  const receiver = await Receiver.start();
  const release = receiver.hold();
  return { receiver, open: release, [Symbol.asyncDispose]: () => receiver[Symbol.asyncDispose]() };
}

const turn = async (): Promise<void> => await new Promise((resolve) => setImmediate(resolve));

describe('appends that wait', () => {
  it('are read when they are sent, and what was read counts', async () => {
    await using gated = await startGated();
    let reads = 0;
    const files = interceptFileStore(new MemoryFileStore(), (operation) => {
      reads += operation === 'readStream' ? 1 : 0;
    });
    const store = new WebHookFileStore(files, { baseUrl: gated.receiver.baseUrl, maxInFlight: 2 });
    for (let i = 0; i < 20; i += 1) {
      await store.append(`log-${i}`, '12345');
    }
    await gated.receiver.count(2);
    await turn();
    expect(reads).toBe(2);
    expect(store.pending()).toEqual({ notices: 20, bytes: 10 });
    gated.open();
    await store.flush();
    expect(reads).toBe(20);
    expect(store.pending()).toEqual({ notices: 0, bytes: 0 });
    await store.close();
  });

  it('are not read while the receiver counts as down', async () => {
    await using receiver = await Receiver.start();
    receiver.answer = () => 503;
    let reads = 0;
    const files = interceptFileStore(new MemoryFileStore(), (operation) => {
      reads += operation === 'readStream' ? 1 : 0;
    });
    const clock = new ManualClock();
    const store = new WebHookFileStore(files, {
      baseUrl: receiver.baseUrl,
      maxInFlight: 1,
      attempts: 1,
      circuitBreaker: { failures: 1 },
      clock,
    });
    await store.append('first', '1');
    await receiver.count(1);
    for (let i = 0; i < 20; i += 1) {
      await store.append(`log-${i}`, '1');
      await turn();
    }
    expect(reads).toBe(1);
    await store.close();
    expect(store.pending()).toEqual({ notices: 0, bytes: 0 });
  });
});

describe('a full queue', () => {
  it('keeps writers waiting before they write, until there is room', async () => {
    await using gated = await startGated();
    const files = new MemoryFileStore();
    const store = new WebHookFileStore(files, { baseUrl: gated.receiver.baseUrl, maxPending: 2 });
    await store.write('a', '1');
    await store.write('b', '2');
    let isWritten = false;
    const { signal } = new AbortController();
    const writing = store.write('c', '3', { signal }).then(() => {
      isWritten = true;
    });
    await gated.receiver.count(2);
    await turn();
    expect(isWritten).toBe(false);
    expect(await files.exists('c')).toBe(false);
    expect(store.pending()).toEqual({ notices: 2, bytes: 2 });
    expect(getEventListeners(signal, 'abort')).not.toEqual([]);
    gated.open();
    await writing;
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    await store.flush();
    expect(gated.receiver.told.toSorted()).toEqual(['POST a', 'POST b', 'POST c']);
    await store.close();
  });

  it('counts bytes too, and takes what is larger than all of it when nothing else is there', async () => {
    await using gated = await startGated();
    const files = new MemoryFileStore();
    const store = new WebHookFileStore(files, { baseUrl: gated.receiver.baseUrl, maxPendingBytes: 10 });
    await store.write('large', 'x'.repeat(100));
    const writing = store.write('small', 'x');
    await gated.receiver.count(1);
    await turn();
    expect(await files.exists('small')).toBe(false);
    gated.open();
    await writing;
    await store.close();
    expect(gated.receiver.told).toEqual(['POST large', 'POST small']);
  });

  it('lets go a writer that is aborted while it waits, with the reason, and nothing is written', async () => {
    await using gated = await startGated();
    const files = new MemoryFileStore();
    const store = new WebHookFileStore(files, { baseUrl: gated.receiver.baseUrl, maxPending: 1 });
    await store.write('a', '1');
    const controller = new AbortController();
    const aborted = store.write('b', '2', { signal: controller.signal });
    const behind = store.write('c', '3');
    await gated.receiver.count(1);
    const reason = new Error('given up');
    controller.abort(reason);
    await expect(aborted).rejects.toBe(reason);
    gated.open();
    await behind;
    await store.close();
    expect(await files.list()).toEqual(['a', 'c']);
    expect(gated.receiver.told).toEqual(['POST a', 'POST c']);
  });

  it('lets in who fits when one before, who did not, gives up', async () => {
    await using gated = await startGated();
    const store = new WebHookFileStore(new MemoryFileStore(), { baseUrl: gated.receiver.baseUrl, maxPendingBytes: 10 });
    await store.write('a', 'x'.repeat(9));
    const controller = new AbortController();
    const large = store.write('b', 'x'.repeat(9), { signal: controller.signal });
    const small = store.write('c', 'x');
    await turn();
    controller.abort();
    await expect(large).rejects.toMatchObject({ name: 'AbortError' });
    await small;
    gated.open();
    await store.close();
  });

  it('drops notices where that is the policy, and reports each', async () => {
    await using gated = await startGated();
    const dropped: string[] = [];
    const store = new WebHookFileStore(new MemoryFileStore(), {
      baseUrl: gated.receiver.baseUrl,
      maxPending: 1,
      whenFull: 'drop',
      onDrop: ({ method, path, reason }) => dropped.push(`${method} ${path}: ${reason}`),
    });
    await store.write('a', '1');
    await store.write('b', '2');
    await store.delete('a');
    await expect(store.write('b', '3', { ifAbsent: true })).rejects.toMatchObject({ code: 'already-exists' });
    gated.open();
    await store.close();
    expect(await store.pending()).toEqual({ notices: 0, bytes: 0 });
    expect(dropped).toEqual(['POST b: full', 'DELETE a: full']);
    expect(gated.receiver.told).toEqual(['POST a']);
  });
});

it('keeps nothing in the outbox of what was dropped', async () => {
  await using gated = await startGated();
  const outbox = new MemoryFileStore();
  const options = { baseUrl: gated.receiver.baseUrl, outbox, maxPending: 1, whenFull: 'drop' } as const;
  const store = new WebHookFileStore(new MemoryFileStore(), options);
  await store.write('a', '1');
  await store.write('b', '2');
  expect((await readOutbox(outbox)).pending.map(({ path }) => path)).toEqual(['a']);
  gated.open();
  await store.close();
});

describe('batches', () => {
  it('are sent when their time is over since the first notice, however many come after it', async () => {
    await using receiver = await Receiver.start();
    const clock = new ManualClock();
    const store = new BatchedWebHookFileStore(new MemoryFileStore(), { baseUrl: receiver.baseUrl, clock });
    for (let i = 0; i < 5; i += 1) {
      await store.write(`file-${i}`, 'x');
      clock.advance(999);
    }
    await turn();
    expect(receiver.received).toEqual([]);
    clock.advance(5);
    await receiver.count(1);
    expect(JSON.parse(String(receiver.received[0]?.body))).toHaveLength(5);
    await store.close();
    expect(receiver.received).toHaveLength(1);
  });

  it('are sent at once when they are large enough', async () => {
    await using receiver = await Receiver.start();
    const store = new BatchedWebHookFileStore(new MemoryFileStore(), {
      baseUrl: receiver.baseUrl,
      clock: new ManualClock(),
      batchSizeLimitBytes: 10,
    });
    await store.write('a', 'x'.repeat(9));
    await store.write('b', 'x');
    await store.write('c', 'x');
    await receiver.count(1);
    expect(pathsOf(receiver.received[0])).toEqual(['a', 'b']);
    await store.close();
    expect(receiver.received.map(pathsOf)).toEqual([['a', 'b'], ['c']]);
  });

  it('have no timer any more when they are sent before their time', async () => {
    await using receiver = await Receiver.start();
    const clock = new ManualClock();
    await using store = new BatchedWebHookFileStore(new MemoryFileStore(), { baseUrl: receiver.baseUrl, clock });
    await store.write('a', 'x');
    await store.flush();
    expect(clock.delays).toEqual([]);
  });

  it('are one at a time, in order', async () => {
    await using receiver = await Receiver.start();
    let underWay = 0;
    receiver.answer = async () => {
      underWay += 1;
      expect(underWay).toBe(1);
      await turn();
      underWay -= 1;
      return 200;
    };
    const store = new BatchedWebHookFileStore(new MemoryFileStore(), { baseUrl: receiver.baseUrl, batchSizeLimitBytes: 1 });
    for (let i = 0; i < 50; i += 1) {
      await store.write(`file-${i % 7}`, String(i));
    }
    await store.close();
    const contents = receiver.received.flatMap(({ body }) =>
      (JSON.parse(String(body)) as { content: string }[]).map(({ content }) => content),
    );
    expect(contents).toEqual(Array.from({ length: 50 }, (_, i) => String(i)));
  });

  it('are no larger than a batch where the contents have to be read from the store', async () => {
    await using receiver = await Receiver.start();
    const files = new MemoryFileStore();
    const store = new BatchedWebHookFileStore(files, { baseUrl: receiver.baseUrl, batchSizeLimitBytes: 1_000 });
    await files.write('source', 'x'.repeat(400));
    for (let i = 0; i < 10; i += 1) {
      await store.copy('source', `copy-${i}`);
    }
    await store.close();
    expect(receiver.received.map((request) => pathsOf(request).length)).toEqual([3, 3, 3, 1]);
    expect(receiver.received.flatMap(pathsOf)).toEqual(Array.from({ length: 10 }, (_, i) => `copy-${i}`));
  });

  it('make one notice of many appends to a file, with all it then holds', async () => {
    await using receiver = await Receiver.start();
    const store = new BatchedWebHookFileStore(new MemoryFileStore(), { baseUrl: receiver.baseUrl });
    for (let i = 0; i < 10; i += 1) {
      await store.append('log', `${i}\n`);
    }
    await store.close();
    expect(JSON.parse(String(receiver.received[0]?.body))).toEqual([
      { method: 'POST', path: 'log', content: '0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n' },
    ]);
  });
});

function pathsOf(request: Received | undefined): string[] {
  return (JSON.parse(String(request?.body)) as { path: string }[]).map(({ path }) => path);
}
