import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { S3FileStore, type S3FileStoreOptions } from '../src/index.ts';

/** A store on a server that deletes, and answers nothing else; with the methods of the requests that came. */
async function openOnSilent(
  onWrite: (request: IncomingMessage) => void,
  options: Partial<S3FileStoreOptions> = {},
): Promise<{ store: S3FileStore; methods: string[]; server: Server }> {
  const methods: string[] = [];
  const server = createServer((request, response) => {
    methods.push(request.method ?? '');
    if (request.method === 'DELETE') {
      response.writeHead(204).end();
    } else {
      onWrite(request);
    }
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const store = new S3FileStore({ bucket: 'b', endpoint, credentials: { accessKeyId: 'id', secretAccessKey: 'secret' }, ...options });
  onTestFinished(async () => {
    await store.close();
    server.closeAllConnections();
    server.close();
  });
  return { store, methods, server };
}

it('asks a server once that answers nobody', async () => {
  const { store, methods } = await openOnSilent(({ socket }) => void socket.destroy(), { maxAttempts: 1 });
  await expect(store.write('file', 'x', { ifAbsent: true })).rejects.toMatchObject({ code: 'unavailable' });
  expect(methods.filter((method) => method === 'PUT')).toHaveLength(32);
});

it('ends with the store when nobody waits for it, and removes what it may have made', async () => {
  const { store, methods, server } = await openOnSilent(() => undefined);
  const controller = new AbortController();
  const arrived = once(server, 'request');
  const writing = store.write('file', 'x', { ifAbsent: true, signal: controller.signal });
  await Promise.race([arrived, writing]);
  controller.abort();
  await expect(writing).rejects.toMatchObject({ name: 'AbortError' });
  await store.close();
  expect(methods.at(-1)).toBe('DELETE');
});
