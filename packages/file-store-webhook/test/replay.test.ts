import { MemoryFileStore } from '@oh/file-store-core';
import { createFaultyFileStore } from '@oh/file-store-core/testing';
import { expect, it } from 'vitest';
import { WebHookFileStore } from '../src/index.ts';
import { Receiver } from './receiver.ts';

/** A store whose receiver answers 500 until told otherwise, and which makes one attempt. */
async function openFailing(outbox?: MemoryFileStore) {
  const receiver = await Receiver.start();
  receiver.answer = () => 500;
  const files = new MemoryFileStore();
  const store = new WebHookFileStore(files, { baseUrl: receiver.baseUrl, outbox, attempts: 1, retryDelaysMs: [] });
  const close = async (): Promise<void> => {
    await store.close();
    await receiver[Symbol.asyncDispose]();
  };
  return { receiver, files, store, [Symbol.asyncDispose]: close };
}

it.each([undefined, new MemoryFileStore()])('tells of an append again, with what the file holds by then', async (outbox) => {
  await using hook = await openFailing(outbox);
  await hook.store.append('log', '1');
  await hook.store.flush();
  await hook.files.append('log', '2');
  hook.receiver.answer = () => 200;
  expect(await hook.store.replay()).toEqual({ replayed: 1, superseded: 0 });
  await hook.store.flush();
  expect(hook.receiver.received.map(({ body }) => String(body))).toEqual(['1', '12']);
  expect(await Array.fromAsync(hook.store.deadLetters())).toEqual([]);
});

it('counts what it queues', async () => {
  await using hook = await openFailing();
  await hook.store.write('a', '123');
  await hook.store.flush();
  const release = hook.receiver.hold();
  await hook.store.replay();
  expect(hook.store.pending()).toEqual({ notices: 1, bytes: 3 });
  release();
  await hook.store.flush();
  expect(hook.store.pending()).toEqual({ notices: 0, bytes: 0 });
});

it.each([undefined, new MemoryFileStore()])('keeps a letter whose path cannot be read, and queues all the others', async (outbox) => {
  await using receiver = await Receiver.start();
  receiver.answer = () => 500;
  let isUnreadable = true;
  const fault = {
    operations: ['open'] as const,
    match: (path: string) => isUnreadable && path === 'a',
    code: 'permission-denied' as const,
  };
  const files = createFaultyFileStore(new MemoryFileStore(), { faults: [fault] });
  await using store = new WebHookFileStore(files, { baseUrl: receiver.baseUrl, outbox, attempts: 1, retryDelaysMs: [] });
  for (const path of ['a', 'b']) {
    await store.write(path, '1');
    await store.flush();
  }
  receiver.answer = () => 200;
  await expect(store.replay()).rejects.toMatchObject({ code: 'permission-denied' });
  expect(await Array.fromAsync(store.deadLetters(), ({ path }) => path)).toEqual(['a']);
  isUnreadable = false;
  expect(await store.replay()).toEqual({ replayed: 1, superseded: 0 });
  await store.flush();
  expect(receiver.told).toEqual(['POST a', 'POST b', 'POST b', 'POST a']);
});
