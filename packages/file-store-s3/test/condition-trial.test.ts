import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished, vi } from 'vitest';
import { S3FileStore, type S3FileStoreOptions } from '../src/index.ts';

/** A store on a server that deletes, and answers nothing else; with the methods and the URLs of the requests that came. */
async function openOnSilent(
  onWrite: (request: IncomingMessage, response: ServerResponse) => void,
  options: Partial<S3FileStoreOptions> = {},
): Promise<{ store: S3FileStore; methods: string[]; urls: string[]; server: Server }> {
  const methods: string[] = [];
  const urls: string[] = [];
  const server = createServer((request, response) => {
    methods.push(request.method ?? '');
    urls.push(`${request.method} ${request.url}`);
    if (request.method === 'DELETE') {
      response.writeHead(204).end();
    } else {
      onWrite(request, response);
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
  return { store, methods, urls, server };
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

it.each(['before', 'after'])('leaves no upload that was begun %s the store was closed', async (when) => {
  const late: (() => void)[] = [];
  const begun: string[] = [];
  const { store, urls } = await openOnSilent(({ method, url }, response) => {
    if (method === 'GET') {
      response.writeHead(404).end('<Error><Code>NoSuchUpload</Code></Error>');
    }
    if (method !== 'POST') {
      return;
    }
    const id = `upload-${begun.push(url ?? '')}`;
    const answer = (): void =>
      void response.end(`<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`);
    if (when === 'before') {
      answer();
    } else {
      late.push(answer);
    }
  });
  const controller = new AbortController();
  const writing = store.write('file', Buffer.alloc(16 * 1024 * 1024), { ifAbsent: true, signal: controller.signal });
  writing.catch(() => undefined);
  await vi.waitUntil(() => (when === 'before' ? urls.filter((url) => url.includes('partNumber')) : late).length === 8);
  controller.abort();
  await expect(writing).rejects.toMatchObject({ name: 'AbortError' });
  const closing = store.close();
  for (const answer of late) {
    answer();
  }
  await closing;
  const aborted = urls.flatMap((url) => /^DELETE .*uploadId=(upload-\d)/.exec(url)?.[1] ?? []);
  expect(new Set(aborted)).toEqual(new Set(begun.map((_, i) => `upload-${i + 1}`)));
});
