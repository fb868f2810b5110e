import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished, vi } from 'vitest';
import { S3FileStore } from '../src/index.ts';

it('keeps neither an abort nor the closing of the store waiting for ever when the server does not say which upload it has begun', async () => {
  const server = createServer(() => undefined);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const store = new S3FileStore({ bucket: 'b', endpoint, credentials: { accessKeyId: 'id', secretAccessKey: 'secret' } });
  onTestFinished(() => {
    vi.useRealTimers();
    server.closeAllConnections();
    server.close();
  });
  const controller = new AbortController();
  const arrived = once(server, 'request');
  const writing = store.write('file', Buffer.alloc(16 * 1024 * 1024), { signal: controller.signal });
  await Promise.race([arrived, writing]);
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  controller.abort();
  const isAborted = expect(writing).rejects.toMatchObject({ name: 'AbortError' });
  await vi.advanceTimersByTimeAsync(10_000);
  await isAborted;
  const closing = store.close();
  await vi.advanceTimersByTimeAsync(10_000);
  await closing;
});
