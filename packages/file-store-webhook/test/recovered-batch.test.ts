import { MemoryFileStore } from '@oh/file-store-core';
import { createFaultyFileStore } from '@oh/file-store-core/testing';
import { expect, it } from 'vitest';
import { BatchedWebHookFileStore, WebHookFileStore, type WebHookOptions } from '../src/index.ts';
import { ManualClock } from './manual-clock.ts';
import { Receiver } from './receiver.ts';

const files = new MemoryFileStore();

/** More than are looked at at once. */
const paths = Array.from({ length: 10 }, (_, i) => `file-${i}`);

/** An outbox with a batch that a receiver has refused once. */
async function leaveBatch(receiver: Receiver, retryDelaysMs: readonly number[]): Promise<WebHookOptions> {
  receiver.answer = () => 500;
  const options = { baseUrl: receiver.baseUrl, outbox: new MemoryFileStore(), clock: new ManualClock(), attempts: 1, retryDelaysMs };
  const store = new BatchedWebHookFileStore(files, options);
  for (const path of paths) {
    await store.write(path, '1');
  }
  await store.close();
  expect(receiver.received).toHaveLength(1);
  return options;
}

it('a batch that was sent is sent whole again, however small batches are by now', async () => {
  await using receiver = await Receiver.start();
  const options = await leaveBatch(receiver, [60_000]);
  receiver.answer = () => 200;
  await using store = new BatchedWebHookFileStore(files, { ...options, batchSizeLimitBytes: 1 });
  await store.flush();
  const [before, after, ...others] = receiver.received;
  expect(after?.headers['webhook-id']).toBe(before?.headers['webhook-id']);
  expect(after?.body).toEqual(before?.body);
  expect(others).toEqual([]);
});

it('a batch that was sent is told one by one by a store that sends none', async () => {
  await using receiver = await Receiver.start();
  const options = await leaveBatch(receiver, [60_000]);
  receiver.answer = () => 200;
  await using store = new WebHookFileStore(files, options);
  await store.flush();
  expect(receiver.told.slice(1).toSorted()).toEqual(paths.map((path) => `POST ${path}`));
  expect(store.pending().notices).toBe(0);
});

it('the attempts for a batch are counted on, however often a process starts', async () => {
  await using receiver = await Receiver.start();
  const options = await leaveBatch(receiver, [60_000, 60_000]);
  const second = new BatchedWebHookFileStore(files, options);
  await receiver.count(2);
  await second.close();
  await using third = new BatchedWebHookFileStore(files, options);
  await third.flush();
  expect(receiver.received).toHaveLength(3);
  expect(await Array.fromAsync(third.deadLetters(), ({ failedAttempts }) => failedAttempts)).toEqual(paths.map(() => 3));
});

it('a batch keeps its id when the outbox could not keep it at first, and its sender is killed after it was sent', async () => {
  await using receiver = await Receiver.start();
  const disk = new MemoryFileStore();
  let isDown = false;
  const outbox = createFaultyFileStore(disk, { faults: [{ operations: ['append'], match: () => isDown, times: 1 }] });
  const clock = new ManualClock();
  const first = new BatchedWebHookFileStore(files, { baseUrl: receiver.baseUrl, outbox, clock, attemptDelayMs: 1_000 });
  await first.write('file-0', '1');
  await first.write('file-1', '1');
  const killed = new MemoryFileStore();
  receiver.answer = async () => {
    for await (const { path } of disk.entries('', { recursive: true })) {
      await killed.write(path, await disk.readBytes(path));
    }
    return 200;
  };
  isDown = true;
  const flushed = first.flush();
  await clock.timer((delayMs) => delayMs === 1_000);
  clock.advance(1_000);
  await flushed;
  await first.close();
  await using second = new BatchedWebHookFileStore(files, { baseUrl: receiver.baseUrl, outbox: killed });
  await second.flush();
  const [before, after, ...others] = receiver.received;
  expect(after?.headers['webhook-id']).toBe(before?.headers['webhook-id']);
  expect(after?.body).toEqual(before?.body);
  expect(others).toEqual([]);
});

it('a batch of 130,000 notices that were left is one like any other', { timeout: 60_000 }, async () => {
  await using receiver = await Receiver.start();
  const outbox = new MemoryFileStore();
  const lines = Array.from({ length: 130_000 }, (_, n) => {
    const intent = { t: 'intent', id: `id-${n}`, n, path: `file-${n}`, change: { kind: 'deleted' } };
    return `${JSON.stringify(intent)}\n{"t":"outcome","ids":["id-${n}"],"outcome":"made"}\n`;
  });
  await outbox.write('log/000000000001/000000000000', `{"t":"open","v":1}\n${lines.join('')}`);
  await using store = new BatchedWebHookFileStore(files, { baseUrl: receiver.baseUrl, outbox });
  await store.flush();
  expect(receiver.received.map(({ body }) => (JSON.parse(String(body)) as unknown[]).length)).toEqual([130_000]);
});
