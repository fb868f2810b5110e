import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { promisify } from 'node:util';
import { MemoryFileStore } from '@oh/file-store-core';
import { describe, expect, it } from 'vitest';
import { BatchedWebHookFileStore, type DroppedNotice, WebHookFileStore } from '../src/index.ts';
import { ManualClock } from './manual-clock.ts';
import { Receiver } from './receiver.ts';

describe('close', () => {
  it('sends what waits, and leaves the store beneath open', async () => {
    await using receiver = await Receiver.start();
    const files = new MemoryFileStore();
    const store = new BatchedWebHookFileStore(files, { baseUrl: receiver.baseUrl });
    await store.write('a', '1');
    await store.close();
    expect(receiver.received).toHaveLength(1);
    expect(await files.read('a')).toBe('1');
    await expect(store.write('a', '2')).rejects.toMatchObject({ code: 'closed' });
  });

  it('makes the quick attempts, then gives up and reports what is left, in no other order', async () => {
    await using receiver = await Receiver.start();
    const dropped: DroppedNotice[] = [];
    receiver.answer = ({ target }) => (target.endsWith('/a') ? 500 : 200);
    const store = new WebHookFileStore(new MemoryFileStore(), {
      baseUrl: receiver.baseUrl,
      attemptDelayMs: 1,
      maxInFlight: 1,
      onDrop: (notice) => dropped.push(notice),
    });
    await store.write('d/a', '1');
    await store.write('d/a', '2');
    await store.write('b', '3');
    await store.delete('d');
    await store.close();
    expect(receiver.told.toSorted()).toEqual(['POST b', 'POST d/a', 'POST d/a', 'POST d/a']);
    expect(dropped.map(({ method, path, reason }) => `${method} ${path}: ${reason}`)).toEqual([
      'POST d/a: closed',
      'POST d/a: closed',
      'DELETE d: closed',
    ]);
  });

  it('keeps nobody waiting for room in the queue, nor itself for him', async () => {
    await using receiver = await Receiver.start();
    receiver.answer = () => 500;
    const files = new MemoryFileStore();
    const options = { baseUrl: receiver.baseUrl, maxPending: 1, attempts: 1 };
    const store = new WebHookFileStore(files, options);
    await store.write('a', '1');
    const waiting = store.write('b', '2');
    await receiver.count(1);
    const closing = store.close();
    await expect(waiting).rejects.toMatchObject({ code: 'closed' });
    await closing;
    expect(await files.list()).toEqual(['a']);
  });

  it('sends no batch past one that is left', async () => {
    await using receiver = await Receiver.start();
    const dropped: DroppedNotice[] = [];
    receiver.answer = ({ body }) => (String(body).includes('"a"') ? 500 : 200);
    const store = new BatchedWebHookFileStore(new MemoryFileStore(), {
      baseUrl: receiver.baseUrl,
      batchSizeLimitBytes: 1,
      attemptDelayMs: 1,
      onDrop: (notice) => dropped.push(notice),
    });
    await store.write('a', '1');
    await store.write('b', '2');
    await store.close();
    expect(receiver.received).toHaveLength(3);
    expect(dropped.map(({ path }) => path)).toEqual(['a', 'b']);
  });

  it('wakes who waits for hours, and makes no further attempt', async () => {
    await using receiver = await Receiver.start();
    const dropped: DroppedNotice[] = [];
    receiver.answer = () => 500;
    const clock = new ManualClock();
    const store = new WebHookFileStore(new MemoryFileStore(), {
      baseUrl: receiver.baseUrl,
      clock,
      attempts: 1,
      random: () => 0.5,
      onDrop: (notice) => dropped.push(notice),
    });
    await store.write('a', '1');
    await clock.timer((delay) => delay === 5_000);
    await store.close();
    expect(receiver.received).toHaveLength(1);
    expect(dropped).toMatchObject([{ path: 'a', reason: 'closed' }]);
    expect(clock.delays).toEqual([]);
  });

  it('keeps the pauses between the quick attempts', async () => {
    await using receiver = await Receiver.start();
    receiver.answer = () => 500;
    const clock = new ManualClock();
    const store = new WebHookFileStore(new MemoryFileStore(), { baseUrl: receiver.baseUrl, clock, attempts: 2, retryDelaysMs: [] });
    await store.write('a', '1');
    await clock.timer((delay) => delay === 1_000);
    const closing = store.close();
    expect(clock.delays).toContain(1_000);
    clock.advance(1_000);
    await closing;
    expect(receiver.received).toHaveLength(2);
  });

  it('waits no longer than it is told for a receiver that is silent', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const clock = new ManualClock();
    const dropped: DroppedNotice[] = [];
    const store = new WebHookFileStore(new MemoryFileStore(), {
      baseUrl: `http://127.0.0.1:${port}/`,
      clock,
      closeTimeoutMs: 7_000,
      onDrop: (notice) => dropped.push(notice),
    });
    const connected = once(server, 'connection');
    await store.write('a', '1');
    await connected;
    const closing = store.close();
    await clock.timer((delay) => delay === 7_000);
    clock.advance(7_000);
    await closing;
    expect(dropped).toMatchObject([{ path: 'a', reason: 'closed' }]);
    server.close();
  });

  it('leaves nothing that keeps the process alive', async () => {
    await using receiver = await Receiver.start();
    receiver.answer = () => 500;
    const program = `
      import { MemoryFileStore } from '@oh/file-store-core';
      import { WebHookFileStore } from '@oh/file-store-webhook';
      const store = new WebHookFileStore(new MemoryFileStore(), { baseUrl: process.argv[1], attemptDelayMs: 1 });
      await store.write('a', '1');
      await store.close();
      console.log(JSON.stringify(process.getActiveResourcesInfo().filter((each) => each !== 'PipeWrap')));`;
    expect(await run(program, receiver.baseUrl)).toBe('[]\n');
  });
});

describe('a program that forgets to close', () => {
  it('still sends its batch, and ends', async () => {
    await using receiver = await Receiver.start();
    const program = `
      import { MemoryFileStore } from '@oh/file-store-core';
      import { BatchedWebHookFileStore } from '@oh/file-store-webhook';
      const store = new BatchedWebHookFileStore(new MemoryFileStore(), { baseUrl: process.argv[1], batchTimeoutSeconds: 0.1 });
      await store.write('a', '1');`;
    await run(program, receiver.baseUrl);
    expect(receiver.received).toHaveLength(1);
  });
});

describe('flush', () => {
  it('ends for each who waits for the same notices, when they have left', async () => {
    await using receiver = await Receiver.start();
    const release = receiver.hold();
    await using store = new WebHookFileStore(new MemoryFileStore(), { baseUrl: receiver.baseUrl });
    await store.write('a', '1');
    const ended: string[] = [];
    const first = store.flush().then(() => ended.push('first'));
    const second = store.flush().then(() => ended.push('second'));
    await receiver.count(1);
    expect(ended).toEqual([]);
    release();
    await Promise.all([first, second]);
    expect(store.pending()).toEqual({ notices: 0, bytes: 0 });
  });

  it('fails when the store is closed before all is delivered', async () => {
    await using receiver = await Receiver.start();
    receiver.answer = () => 500;
    const store = new WebHookFileStore(new MemoryFileStore(), { baseUrl: receiver.baseUrl, attempts: 1 });
    await store.write('a', '1');
    const flushing = store.flush();
    await Promise.all([expect(flushing).rejects.toMatchObject({ code: 'closed' }), store.close()]);
    await expect(store.flush()).rejects.toMatchObject({ code: 'closed' });
  });

  it('ends with the reason of its signal, before and in flight, and what waits goes on waiting', async () => {
    await using receiver = await Receiver.start();
    const release = receiver.hold();
    const store = new WebHookFileStore(new MemoryFileStore(), { baseUrl: receiver.baseUrl });
    await store.write('a', '1');
    const reason = new Error('given up');
    await expect(store.flush({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const controller = new AbortController();
    const flushing = store.flush({ signal: controller.signal });
    await receiver.count(1);
    controller.abort(reason);
    await expect(flushing).rejects.toBe(reason);
    expect(store.pending().notices).toBe(1);
    release();
    await store.flush();
    expect(store.pending().notices).toBe(0);
    await store.close();
  });
});

describe('an attempt', () => {
  it('ends after its time in all, however the receiver dribbles', async () => {
    await using receiver = await Receiver.start();
    const clock = new ManualClock();
    const headOnly = Promise.withResolvers<void>();
    receiver.answer = () => () => headOnly.resolve();
    const store = new WebHookFileStore(new MemoryFileStore(), { baseUrl: receiver.baseUrl, clock, attempts: 1, retryDelaysMs: [] });
    await store.write('a', '1');
    await headOnly.promise;
    clock.advance(15_000);
    await store.flush();
    expect(await Array.fromAsync(store.deadLetters(), ({ reason }) => reason)).toEqual(['timeout']);
    await store.close();
  });

  it('fails by the time-out of the head of the answer, and of the connection', async () => {
    await using receiver = await Receiver.start();
    receiver.answer = () => () => undefined;
    const limits = { headersTimeoutMs: 50, attempts: 1, retryDelaysMs: [] };
    const store = new WebHookFileStore(new MemoryFileStore(), { baseUrl: receiver.baseUrl, ...limits });
    await store.write('a', '1');
    await store.flush();
    expect(await Array.fromAsync(store.deadLetters(), ({ reason }) => reason)).toEqual(['UND_ERR_HEADERS_TIMEOUT']);
    await store.close();
  });

  it('reads no more of an answer than it is told, and goes by its status', async () => {
    await using receiver = await Receiver.start();
    let sent = 0;
    const ended = Promise.withResolvers<void>();
    receiver.answer = () => (response) => {
      response.writeHead(200);
      const write = (): void => {
        sent += 65_536;
        if (!response.destroyed) {
          response.write(Buffer.alloc(65_536), () => setImmediate(write));
        }
      };
      response.on('close', () => ended.resolve());
      write();
    };
    const store = new WebHookFileStore(new MemoryFileStore(), { baseUrl: receiver.baseUrl });
    await store.write('a', '1');
    await store.flush();
    await ended.promise;
    expect(sent).toBeLessThan(16_000_000);
    expect(await Array.fromAsync(store.deadLetters())).toEqual([]);
    await store.close();
  });

  it('tells by its reason that nobody listens', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    server.close();
    await once(server, 'close');
    await expect(once(connect(port, '127.0.0.1'), 'connect')).rejects.toThrow();
    const options = { baseUrl: `http://127.0.0.1:${port}/`, attempts: 1, retryDelaysMs: [] };
    const store = new WebHookFileStore(new MemoryFileStore(), options);
    await store.write('a', '1');
    await store.flush();
    expect(await Array.fromAsync(store.deadLetters(), ({ reason }) => reason)).toEqual(['ECONNREFUSED']);
    await store.close();
  });
});

async function run(program: string, ...args: string[]): Promise<string> {
  const options = ['--conditions=@oh/source', '--input-type=module', '--eval', program, '--', ...args];
  const { stdout } = await promisify(execFile)(process.execPath, options, { cwd: import.meta.dirname });
  return stdout;
}
