import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type FaultProxy, startFaultProxy } from '../src/index.ts';
import { Client } from './client.ts';
import { startUpstream, type Upstream } from './upstream.ts';

it('lets its process end after clients that ended in the midst of their requests', async () => {
  const program = fileURLToPath(new URL('half-closing-clients.ts', import.meta.url));
  await promisify(execFile)(process.execPath, ['--conditions=@oh/source', program], { timeout: 20_000 });
});

describe('a proxy without rules', () => {
  let upstream: Upstream;
  let proxy: FaultProxy;
  let client: Client;

  beforeEach(async () => {
    upstream = await startUpstream();
    proxy = await startFaultProxy({ upstream: upstream.origin });
    client = new Client(proxy.endpoint);
  });

  afterEach(async () => {
    client[Symbol.dispose]();
    await proxy.close();
    await upstream[Symbol.asyncDispose]();
  });

  it('forwards path, headers in their order and body as they are, the host that the client called included', async () => {
    const headers = { Host: 'signed.example:1', 'X-Mixed-Case': 'a, b', 'Content-Length': 4 };
    const path = '/bucket/a%20b%2Bc%26?x-id=PutObject&prefix=%2F';
    const outcome = await client.send({ method: 'PUT', path, headers, body: 'body' });
    expect(outcome).toMatchObject({ status: 200, body: 'answer 1', error: undefined });
    expect(upstream.committed).toMatchObject([{ method: 'PUT', url: path, body: 'body' }]);
    expect(upstream.committed[0]?.rawHeaders.slice(0, 6)).toEqual([
      'Host',
      'signed.example:1',
      'X-Mixed-Case',
      'a, b',
      'Content-Length',
      '4',
    ]);
  });

  it('forwards status and headers of the answer, and adds none', async () => {
    await using other = await startUpstream((_, response) => {
      response.sendDate = false;
      response.writeHead(412, 'Lost', ['ETag', '"x"', 'Content-Length', '0', 'X-Twice', '1', 'X-Twice', '2']).end();
    });
    await using direct = await startFaultProxy({ upstream: other.origin });
    using caller = new Client(direct.endpoint);
    using bare = new Client(other.origin);
    const outcome = await caller.send();
    expect(outcome.status).toBe(412);
    expect(outcome.headers).toEqual((await bare.send()).headers);
  });

  it('answers HEAD with the length of a body that does not follow', async () => {
    await using other = await startUpstream((_, response) => void response.writeHead(200, { 'Content-Length': 1_000 }).end());
    await using direct = await startFaultProxy({ upstream: other.origin });
    using caller = new Client(direct.endpoint);
    expect(await caller.send({ method: 'HEAD' })).toMatchObject({ status: 200, headers: { 'content-length': '1000' }, error: undefined });
    expect(await caller.send({ method: 'HEAD' })).toMatchObject({ status: 200 });
  });

  it('keeps a connection alive on both sides', async () => {
    for (let n = 1; n <= 20; n += 1) {
      expect(await client.send({ method: 'PUT', body: `${n}` })).toMatchObject({ body: `answer ${n}` });
    }
    expect(upstream.connections.size).toBe(1);
    expect(proxy.openConnections).toBe(1);
  });

  it('closes the connection of a client whose upstream closed its own while idle', async () => {
    await client.send();
    for (const socket of upstream.connections) {
      socket.end();
    }
    await vi.waitFor(() => expect(proxy.openConnections).toBe(0));
    expect(await client.send()).toMatchObject({ status: 200, error: undefined });
  });

  it('lets a body wait for "100 Continue" of the upstream', async () => {
    const headers = { Expect: '100-continue', 'Content-Length': 4 };
    expect(await client.send({ method: 'PUT', headers, body: 'body' })).toMatchObject({ status: 200, continued: true });
    expect(upstream.committed).toMatchObject([{ body: 'body' }]);
  });

  it('gives the final answer of an upstream that does not want the body', async () => {
    const refusing = createServer().on('checkContinue', (_, response) => void response.writeHead(412).end());
    await once(refusing.listen(0, '127.0.0.1'), 'listening');
    await using direct = await startFaultProxy({ upstream: `http://127.0.0.1:${(refusing.address() as AddressInfo).port}` });
    using caller = new Client(direct.endpoint);
    const headers = { Expect: '100-continue', 'Content-Length': 4 };
    expect(await caller.send({ method: 'PUT', headers, body: 'body' })).toMatchObject({ status: 412, continued: false });
    refusing.close();
    refusing.closeAllConnections();
  });

  it('outlives an upstream that answers, and breaks off before it has read the body', async () => {
    const { promise: accepted, resolve: accept } = Promise.withResolvers<Socket>();
    const hasty = createTcpServer((socket) => {
      socket.once('data', () => {
        socket.pause().write('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n');
        accept(socket);
      });
    });
    await once(hasty.listen(0, '127.0.0.1'), 'listening');
    await using direct = await startFaultProxy({ upstream: `http://127.0.0.1:${(hasty.address() as AddressInfo).port}` });
    using caller = new Client(direct.endpoint);
    expect(await caller.send({ method: 'PUT', body: 'x'.repeat(32 * 2 ** 20) })).toMatchObject({ status: 403, error: undefined });
    (await accepted).resetAndDestroy();
    await vi.waitFor(() => expect(direct.openConnections).toBe(0));
    hasty.close();
  });

  it('streams bodies in bounded memory both ways', async () => {
    const size = 400 * 2 ** 20;
    const echo = createServer((incoming, response) => void incoming.pipe(response));
    await once(echo.listen(0, '127.0.0.1'), 'listening');
    await using direct = await startFaultProxy({ upstream: `http://127.0.0.1:${(echo.address() as AddressInfo).port}` });
    const outgoing = request(direct.endpoint, { method: 'PUT', headers: { 'Content-Length': size } });
    outgoing.on('response', (unread) => unread.pause()).on('error', () => undefined);
    const chunk = Buffer.alloc(2 ** 20);
    const quiet = (): Promise<false> => delay(500, false as const);
    let written = 0;
    // What comes back is never read, so that all buffers on the way fill up and writing comes to a stand.
    while (written < size && (outgoing.write(chunk) || (await Promise.race([once(outgoing, 'drain'), quiet()])))) {
      written += chunk.length;
    }
    expect(written).toBeLessThan(64 * 2 ** 20);
    outgoing.destroy();
    echo.close();
    echo.closeAllConnections();
  });

  it('passes the abort of a client on to the upstream', async () => {
    const abort = new AbortController();
    const headers = { 'Content-Length': 10, Expect: '100-continue' };
    const arrived = proxy.nextRequest();
    const sending = client.send({ method: 'PUT', headers, body: 'half' }, abort.signal);
    await arrived;
    await vi.waitFor(() => expect(upstream.connections.size).toBe(1));
    abort.abort();
    expect((await sending).error).toBe('ABORT_ERR');
    await vi.waitFor(() => expect(upstream.broken).toBe(1));
    expect(upstream.committed).toEqual([]);
  });

  it('breaks the connection when the upstream is not there', async () => {
    await upstream[Symbol.asyncDispose]();
    expect(await client.send()).toMatchObject({ status: undefined, error: 'ECONNRESET' });
    upstream = await startUpstream();
  });

  it('counts requests by method and kind until it is told to start again', async () => {
    await using counting = await startFaultProxy({ upstream: upstream.origin, kindOf: ({ url = '' }) => url.slice(1) });
    using caller = new Client(counting.endpoint);
    await caller.send({ path: '/list' });
    await caller.send({ path: '/read' });
    await caller.send({ method: 'PUT', path: '/write', body: '' });
    expect(counting.requests.byKind).toEqual({ list: 1, read: 1, write: 1 });
    expect(counting.requests.byMethod).toEqual({ GET: 2, PUT: 1 });
    expect(counting.requests.total).toBe(3);
    counting.requests.reset();
    expect(counting.requests.byMethod).toEqual({});
    expect(counting.requests.byKind).toEqual({});
    expect(counting.requests.total).toBe(0);
  });

  it('tells of the next request that matches', async () => {
    const next = proxy.nextRequest(({ url }) => url === '/second');
    await client.send({ path: '/first' });
    await client.send({ path: '/second', headers: { 'X-Mine': '1' } });
    expect(await next).toMatchObject({ method: 'GET', url: '/second', kind: 'GET', headers: { 'x-mine': '1' } });
  });

  it('refuses an upstream with TLS', async () => {
    await expect(startFaultProxy({ upstream: 'https://127.0.0.1:1' })).rejects.toThrow(
      new TypeError('the proxy forwards to http: only, not to https://127.0.0.1:1'),
    );
  });

  it('ends open exchanges when it is closed, and may be closed twice', async () => {
    proxy.rules.set([{ fault: { type: 'half-open' } }]);
    const arrived = proxy.nextRequest();
    const sending = client.send();
    await arrived;
    await proxy.close();
    await proxy.close();
    expect((await sending).error).toBe('ECONNRESET');
  });
});
