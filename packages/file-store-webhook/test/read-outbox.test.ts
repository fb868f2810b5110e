import { type AbortOptions, MemoryFileStore } from '@oh/file-store-core';
import { interceptFileStore } from '@oh/file-store-core/testing';
import { describe, expect, it } from 'vitest';
import { readOutbox, WebHookFileStore } from '../src/index.ts';
import { Receiver } from './receiver.ts';
import { SlotFileStore } from './slot-file-store.ts';

describe.each([MemoryFileStore, SlotFileStore])('readOutbox of a %o', (Store) => {
  it('finds nothing where nobody has opened one', async () => {
    const { pending, deadLetters } = await readOutbox(new Store());
    expect({ pending, letters: await Array.fromAsync(deadLetters) }).toEqual({ pending: [], letters: [] });
  });

  it('tells what waits and what was given up, and leaves the outbox to whoever has it open', async () => {
    await using receiver = await Receiver.start();
    receiver.answer = () => 500;
    const outbox = new Store();
    const options = { baseUrl: receiver.baseUrl, outbox, attempts: 1, circuitBreaker: { failures: 1_000_000 } };
    const givingUp = new WebHookFileStore(new MemoryFileStore(), { ...options, retryDelaysMs: [] });
    await givingUp.write('lost', 'secret contents');
    await givingUp.flush();
    await givingUp.close();
    const store = new WebHookFileStore(new MemoryFileStore(), { ...options, retryDelaysMs: [3_600_000] });
    await store.write('a', '12345');
    await store.delete('b');
    await receiver.count(2);
    const { pending, deadLetters } = await readOutbox(outbox);
    expect(pending).toMatchObject([
      { path: 'a', method: 'POST', bytes: 5 },
      { path: 'b', method: 'DELETE', bytes: 0 },
    ]);
    expect(await Array.fromAsync(deadLetters)).toMatchObject([{ path: 'lost', method: 'POST', reason: 'HTTP 500', failedAttempts: 1 }]);
    await store.write('c', '');
    expect((await readOutbox(outbox)).pending.map(({ path }) => path)).toEqual(['a', 'b', 'c']);
    await store.close();
    expect((await readOutbox(outbox)).pending).toMatchObject(
      ['a', 'b', 'c'].map((path) => ({ path, failedAttempts: 1, lastFailure: 'HTTP 500' })),
    );
  });

  it('tells why the last attempt failed, also after the store was opened anew', async () => {
    await using receiver = await Receiver.start();
    receiver.answer = () => 401;
    const options = { baseUrl: receiver.baseUrl, outbox: new Store(), attempts: 1, retryDelaysMs: [3_600_000] };
    const first = new WebHookFileStore(new MemoryFileStore(), options);
    await first.write('a', '1');
    await receiver.count(1);
    await first.close();
    const release = receiver.hold();
    await using second = new WebHookFileStore(new MemoryFileStore(), options);
    await receiver.count(2);
    expect((await readOutbox(options.outbox)).pending).toMatchObject([{ failedAttempts: 1, lastFailure: 'HTTP 401' }]);
    release();
    await second.flush();
  });

  it('finds the log that was made while it was looking for one', async () => {
    await using receiver = await Receiver.start();
    receiver.answer = () => 500;
    const outbox = new Store();
    const options = { baseUrl: receiver.baseUrl, outbox, attempts: 1, retryDelaysMs: [3_600_000, 3_600_000] };
    const files = new MemoryFileStore();
    const first = new WebHookFileStore(files, options);
    await first.write('a', '1');
    await first.close();
    const { entries } = outbox;
    let isTakenOver = false;
    outbox.entries = (...args) => takingOver(() => entries.apply(outbox, args));
    async function* takingOver(list: () => ReturnType<typeof entries>): ReturnType<typeof entries> {
      if (!isTakenOver) {
        isTakenOver = true;
        await new WebHookFileStore(files, options).close();
      }
      yield* list();
    }
    expect((await readOutbox(outbox)).pending.map(({ path }) => path)).toEqual(['a']);
    expect(isTakenOver).toBe(true);
  });

  it('refuses an outbox that is damaged, and is aborted', async () => {
    const outbox = new Store();
    await outbox.write('log/000000000001/000000', 'no record\n{"t":"open","v":1}\n');
    await expect(readOutbox(outbox)).rejects.toMatchObject({ code: 'corrupt' });
    const reason = new Error('enough');
    await expect(readOutbox(outbox, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it('hands its signal to every request', async () => {
    await using receiver = await Receiver.start();
    receiver.answer = () => 500;
    const outbox = new Store();
    const store = new WebHookFileStore(new MemoryFileStore(), { baseUrl: receiver.baseUrl, outbox, attempts: 1, retryDelaysMs: [] });
    await store.write('a', '1');
    await store.close();
    const { signal } = new AbortController();
    const requests: string[] = [];
    const watched = interceptFileStore(outbox, (operation, path, options) => {
      requests.push(operation);
      expect((options as AbortOptions | undefined)?.signal, `${operation} of ${String(path)}`).toBe(signal);
    });
    const { deadLetters } = await readOutbox(watched, { signal });
    expect(await Array.fromAsync(deadLetters)).toMatchObject([{ path: 'a' }]);
    expect(await readOutbox(watched, { signal })).toMatchObject({ pending: [] });
    expect([...new Set(requests)].sort()).toEqual(['entries', 'list', 'readBytes']);
  });
});
