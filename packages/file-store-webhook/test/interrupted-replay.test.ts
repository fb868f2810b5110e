import { FileStoreError, MemoryFileStore } from '@oh/file-store-core';
import { interceptFileStore } from '@oh/file-store-core/testing';
import { expect, it } from 'vitest';
import { BatchedWebHookFileStore } from '../src/index.ts';
import { ManualClock } from './manual-clock.ts';
import { Receiver } from './receiver.ts';

/** A store whose receiver refuses everything, and whose next deletion of a dead letter fails. */
function openFailing(receiver: Receiver, memory: MemoryFileStore, files: MemoryFileStore): BatchedWebHookFileStore {
  receiver.answer = () => 500;
  let isFailing = true;
  const outbox = interceptFileStore(memory, (operation, path) => {
    if (operation === 'delete' && String(path).startsWith('dead-letters/') && isFailing) {
      isFailing = false;
      throw new FileStoreError('unavailable', 'no');
    }
  });
  const clock = new ManualClock();
  return new BatchedWebHookFileStore(files, { baseUrl: receiver.baseUrl, outbox, clock, attempts: 1, retryDelaysMs: [] });
}

it('a letter whose replay was interrupted and repeated is not lost when the process is killed then', async () => {
  await using receiver = await Receiver.start();
  const [memory, files] = [new MemoryFileStore(), new MemoryFileStore()];
  const store = openFailing(receiver, memory, files);
  await store.write('a', '1');
  await store.flush();
  await expect(store.replay()).rejects.toThrow(/^\[unavailable\]/);
  expect(await store.replay()).toEqual({ replayed: 1, superseded: 0 });
  // With the next notice everything is kept that is known.
  await store.write('b', '2');
  receiver.answer = () => 200;
  await using next = new BatchedWebHookFileStore(files, { baseUrl: receiver.baseUrl, outbox: memory });
  await next.flush();
  const bodies = receiver.received.map(({ body }) => body.toString());
  expect(bodies.at(-1)).toContain('"path":"a"');
  expect(await Array.fromAsync(next.deadLetters())).toEqual([]);
});

it('a letter whose replay was interrupted, and that died again, is replayed once', async () => {
  await using receiver = await Receiver.start();
  const [memory, files] = [new MemoryFileStore(), new MemoryFileStore()];
  await using store = openFailing(receiver, memory, files);
  await store.write('a', '1');
  await store.flush();
  await expect(store.replay()).rejects.toThrow(/^\[unavailable\]/);
  await store.flush();
  receiver.answer = () => 200;
  expect(await store.replay()).toEqual({ replayed: 1, superseded: 0 });
  await store.flush();
  expect(await Array.fromAsync(store.deadLetters())).toEqual([]);
});

it('a letter is not lost that is replayed before the others of its batch are letters too', async () => {
  await using receiver = await Receiver.start();
  const [memory, files] = [new MemoryFileStore(), new MemoryFileStore()];
  receiver.answer = () => 500;
  const replays: unknown[] = [];
  const outbox = interceptFileStore(memory, async (operation, path) => {
    if (operation === 'write' && String(path).startsWith('dead-letters/') && (await memory.list('dead-letters')).length === 1) {
      replays.push(await store.replay());
    }
  });
  const options = { baseUrl: receiver.baseUrl, outbox, clock: new ManualClock(), attempts: 1, retryDelaysMs: [] };
  await using store = new BatchedWebHookFileStore(files, options);
  await store.write('a', '1');
  await store.write('b', '2');
  await store.flush();
  expect(replays).toEqual([{ replayed: 0, superseded: 0 }]);
  expect((await Array.fromAsync(store.deadLetters())).map(({ path }) => path)).toEqual(['a', 'b']);
  receiver.answer = () => 200;
  expect(await store.replay()).toEqual({ replayed: 2, superseded: 0 });
});

it('a letter is replayed later whose replay was given up before its notice was kept', async () => {
  await using receiver = await Receiver.start();
  const [memory, files] = [new MemoryFileStore(), new MemoryFileStore()];
  receiver.answer = () => 500;
  const giveUp = new AbortController();
  let isArmed = false;
  const outbox = interceptFileStore(memory, async (operation) => {
    if (operation === 'append' && isArmed) {
      isArmed = false;
      giveUp.abort(new Error('given up'));
    }
  });
  const options = { baseUrl: receiver.baseUrl, outbox, clock: new ManualClock(), attempts: 1, retryDelaysMs: [] };
  await using store = new BatchedWebHookFileStore(files, options);
  await store.write('a', '1');
  await store.flush();
  isArmed = true;
  await expect(store.replay({ signal: giveUp.signal })).rejects.toThrow('given up');
  receiver.answer = () => 200;
  expect(await store.replay()).toEqual({ replayed: 1, superseded: 0 });
  await store.flush();
  expect(receiver.received).toHaveLength(2);
});
