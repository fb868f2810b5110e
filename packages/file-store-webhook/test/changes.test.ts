import { createHash } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { type FileContents, type FileInfo, FileStoreError, MemoryFileStore, type WriteOptions } from '@oh/file-store-core';
import { createFaultyFileStore } from '@oh/file-store-core/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BatchedWebHookFileStore, summaryMediaType, type WebHookEvent, WebHookFileStore, webHookChannelName } from '../src/index.ts';
import { Receiver } from './receiver.ts';

let receiver: Receiver;
beforeEach(async () => {
  receiver = await Receiver.start();
});
afterEach(async () => {
  await receiver[Symbol.asyncDispose]();
});

const open = (options = {}, files = new MemoryFileStore()): WebHookFileStore =>
  new WebHookFileStore(files, { baseUrl: receiver.baseUrl, maxInFlight: 1, ...options });

const bodies = (): string[] => receiver.received.map(({ body }) => String(body));

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('every change is told', () => {
  it('a write of text, bytes and a stream, under a condition or not', async () => {
    const store = open();
    const { version } = await store.write('a', 'text', { ifAbsent: true });
    const bytes = Buffer.from('bytes');
    const writing = store.write('a', bytes, { ifVersion: version });
    bytes.fill('?');
    await writing;
    await store.write('a', new Blob(['stream']).stream());
    await store.close();
    expect(receiver.told).toEqual(['POST a', 'POST a', 'POST a']);
    expect(bodies()).toEqual(['text', 'bytes', 'stream']);
  });

  it('an append, a copy and a move, with what the store then holds', async () => {
    const store = open();
    await store.append('log', '1');
    await store.flush();
    await store.append('log', '2');
    await store.flush();
    await store.copy('log', 'copy');
    await store.flush();
    await store.move('copy', 'moved');
    await store.close();
    expect(receiver.told.slice(0, 3)).toEqual(['POST log', 'POST log', 'POST copy']);
    expect(receiver.told.slice(3).toSorted()).toEqual(['DELETE copy', 'POST moved']);
    expect(bodies().toSorted()).toEqual(['', '1', '12', '12', '12']);
  });

  it('a delete, of what is missing too, and of a directory once', async () => {
    const store = open();
    await store.write('d/x', '1');
    await store.delete('d');
    await store.delete('missing');
    await store.close();
    expect(receiver.told.filter((each) => each !== 'DELETE missing')).toEqual(['POST d/x', 'DELETE d']);
    expect(receiver.told).toHaveLength(3);
    expect(receiver.received.find(({ method }) => method === 'DELETE')?.headers).not.toHaveProperty('content-type');
  });

  it('not what failed, nor what was aborted', async () => {
    const store = open();
    await store.write('a', '1');
    await expect(store.write('a', '2', { ifAbsent: true })).rejects.toMatchObject({ code: 'already-exists' });
    await expect(store.delete('a', { ifVersion: 'other' })).rejects.toMatchObject({ code: 'version-mismatch' });
    await expect(store.copy('missing', 'b')).rejects.toMatchObject({ code: 'not-found' });
    await expect(store.write('a', '2', { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' });
    await store.close();
    expect(receiver.told).toEqual(['POST a']);
    expect(store.pending()).toEqual({ notices: 0, bytes: 0 });
  });

  it.each(['unavailable', 'timeout', 'rate-limited', 'unknown'] as const)('what failed although it was made, with %s', async (code) => {
    const fault = { operations: ['write', 'delete'] as const, at: 'after' as const, times: 2, code };
    const files = createFaultyFileStore(new MemoryFileStore(), { faults: [fault] });
    const store = new WebHookFileStore(files, { baseUrl: receiver.baseUrl, maxInFlight: 1 });
    await expect(store.write('a', '1')).rejects.toMatchObject({ code });
    await store.flush();
    await expect(store.delete('a')).rejects.toMatchObject({ code });
    await store.close();
    expect(receiver.told).toEqual(['POST a', 'DELETE a']);
    expect(bodies()).toEqual(['1', '']);
  });

  it('what failed and was not made, with what the store holds', async () => {
    const files = createFaultyFileStore(new MemoryFileStore(), { faults: [{ operations: ['write'], skip: 1, times: 1 }] });
    const store = new WebHookFileStore(files, { baseUrl: receiver.baseUrl, maxInFlight: 1 });
    await store.write('a', 'old');
    await store.flush();
    await expect(store.write('a', 'new')).rejects.toMatchObject({ code: 'unavailable' });
    await store.close();
    expect(bodies()).toEqual(['old', 'old']);
  });

  it('what failed although it was made, in a store whose errors are its own', async () => {
    const files = new MemoryFileStore();
    const write = files.write.bind(files);
    files.write = async (...args) => {
      await write(...args);
      throw new Error('socket hang up');
    };
    const store = open({}, files);
    await expect(store.write('a', '1')).rejects.toThrow('socket hang up');
    await store.close();
    expect([receiver.told, bodies()]).toEqual([['POST a'], ['1']]);
  });

  it('what was made although it was aborted under way', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const files = new MemoryFileStore();
    const write = files.write.bind(files);
    files.write = async (...args) => {
      await write(...args);
      controller.abort(reason);
      throw reason;
    };
    const store = open({}, files);
    await expect(store.write('a', '1', { signal: controller.signal })).rejects.toBe(reason);
    await store.close();
    expect([receiver.told, bodies()]).toEqual([['POST a'], ['1']]);
  });

  it('with the contents at the time of the write, whatever becomes of the array', async () => {
    const store = open();
    const bytes = Buffer.from('as written');
    await store.write('a', bytes);
    bytes.fill('!');
    await store.close();
    expect(bodies()).toEqual(['as written']);
  });

  it('never as a DELETE of what lies below a file that was deleted alone', async () => {
    const store = open();
    await store.write('d/x', 'below');
    const { version } = await store.write('d', 'file');
    await store.delete('d', { ifVersion: version });
    await store.close();
    expect(receiver.told.filter((each) => each.startsWith('DELETE'))).toEqual([]);
  });

  it('of a stream too whose write has failed, with what the store then holds, and the next of its path', async () => {
    const files = createFaultyFileStore(new MemoryFileStore(), { faults: [{ operations: ['write'], at: 'after', times: 1 }] });
    const store = new WebHookFileStore(files, { baseUrl: receiver.baseUrl });
    await expect(store.write('a', new Blob(['1']).stream())).rejects.toMatchObject({ code: 'unavailable' });
    await store.write('a', '2');
    await store.close();
    expect(bodies().at(-1)).toBe('2');
    expect(store.pending()).toEqual({ notices: 0, bytes: 0 });
  });

  it('never as a DELETE of what lies below a file that has gone alone', async () => {
    const store = open();
    await store.write('d/x', 'below');
    await store.write('d', 'file');
    await store.move('d', 'elsewhere');
    await store.close();
    expect(receiver.told.toSorted()).toEqual(['POST d', 'POST d/x', 'POST elsewhere']);
  });
});

describe('large contents', () => {
  it('are told by path, size and hash, as streams too', async () => {
    const store = open({ maxContentBytes: 10 });
    await store.write('a', 'x'.repeat(10));
    await store.write('b', 'x'.repeat(11));
    await store.write('c', new Blob(['y'.repeat(1_000)]).stream());
    await store.append('b', 'x');
    await store.close();
    expect(receiver.received[0]?.body).toHaveLength(10);
    expect(receiver.received.slice(1).map(({ headers }) => headers['content-type'])).toEqual(Array(3).fill(summaryMediaType));
    expect(
      bodies()
        .slice(1)
        .map((body) => JSON.parse(body)),
    ).toEqual([
      { path: 'b', size: 11, sha256: sha256('x'.repeat(11)) },
      { path: 'c', size: 1_000, sha256: sha256('y'.repeat(1_000)) },
      { path: 'b', size: 12, sha256: sha256('x'.repeat(12)) },
    ]);
  });

  it('and all contents, where only summaries are wanted', async () => {
    const store = new BatchedWebHookFileStore(new MemoryFileStore(), { baseUrl: receiver.baseUrl, contents: 'summary' });
    await store.write('a', 'x');
    await store.write('b', new Blob([]).stream());
    await store.close();
    expect(JSON.parse(bodies()[0] ?? '')).toEqual([
      { method: 'POST', path: 'a', size: 1, sha256: sha256('x') },
      { method: 'POST', path: 'b', size: 0, sha256: sha256('') },
    ]);
  });
});

describe('a slow stream', () => {
  it('keeps nobody else from its path, and is told when it is written', async () => {
    const store = open();
    const gate = Promise.withResolvers<void>();
    const slow = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from('slow');
      await gate.promise;
    };
    const writing = store.write('a', slow());
    await store.write('a', 'quick');
    await store.flush();
    gate.resolve();
    await writing;
    await store.close();
    expect(bodies()).toEqual(['quick', 'slow']);
  });
});

describe('a stream whose store fails while its path is waited for', () => {
  it('keeps nobody from its path afterwards, and holds no room', async () => {
    const gate = Promise.withResolvers<void>();
    const isWaiting = Promise.withResolvers<void>();
    // As an object store does: a part fails while the next one is being read.
    const files = new (class extends MemoryFileStore {
      override async write(path: string, contents: FileContents, options?: WriteOptions): Promise<FileInfo> {
        if (typeof contents === 'object' && Symbol.asyncIterator in contents) {
          const chunks = contents[Symbol.asyncIterator]();
          await chunks.next();
          chunks.next().catch(() => undefined);
          await isWaiting.promise;
          throw new FileStoreError('unavailable', 'a part failed');
        }
        await gate.promise;
        return await super.write(path, contents, options);
      }
    })();
    const store = open({}, files);
    const holding = store.write('a', 'held');
    const streaming = store.write('a', new Blob(['stream']).stream());
    await expect.poll(() => store.pending().notices).toBe(2);
    isWaiting.resolve();
    await expect(streaming).rejects.toMatchObject({ code: 'unavailable' });
    gate.resolve();
    await holding;
    await store.write('a', 'next');
    await store.close();
    expect(bodies()).toEqual(['held', 'next']);
    expect(store.pending()).toEqual({ notices: 0, bytes: 0 });
  });
});

describe('the channel oh:file-store-webhook', () => {
  it('tells attempts, what was settled and what was dropped, without contents and URLs', async () => {
    const events: WebHookEvent[] = [];
    const listen = (message: unknown): void => void events.push(message as WebHookEvent);
    subscribe(webHookChannelName, listen);
    try {
      receiver.answer = () => (receiver.received.length === 1 ? 500 : 200);
      const store = open({ attemptDelayMs: 0, headers: { authorization: 'canary' }, circuitBreaker: { failures: 1, probeAfterMs: 0 } });
      await store.write('file', 'canary');
      await store.close();
    } finally {
      unsubscribe(webHookChannelName, listen);
    }
    expect(events.map((event) => event.event)).toEqual(['circuit', 'attempt', 'circuit', 'attempt', 'settled']);
    expect(events[1]).toMatchObject({ attempt: 1, notices: 1, bytes: 6, status: 500, outcome: 'refused' });
    expect(events[4]).toMatchObject({ outcome: 'delivered', notices: 1 });
    expect(JSON.stringify(events)).not.toMatch(/canary|127\.0\.0\.1/);
  });
});
