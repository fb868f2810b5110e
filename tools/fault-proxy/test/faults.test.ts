import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Fault, type FaultProxy, type FaultRule, startFaultProxy } from '../src/index.ts';
import { Client } from './client.ts';
import { startUpstream, type Upstream } from './upstream.ts';

const contents = 'x'.repeat(10_000);

/** Answers a GET with 10,000 bytes of known length, any other request with an empty body, and `/chunked` in chunks. */
async function startContents(): Promise<Upstream> {
  return await startUpstream(({ method, url }, response) => {
    if (url === '/chunked') {
      response.write(contents);
      response.end(contents);
    } else {
      response.end(method === 'GET' ? contents : '');
    }
  });
}

describe('a fault', () => {
  let upstream: Upstream;
  let proxy: FaultProxy;
  let client: Client;

  const inject = (fault: Fault, rule: Omit<FaultRule, 'fault'> = { times: 1 }): void => proxy.rules.set([{ fault, ...rule }]);
  const isWhole = { status: 200, body: contents, error: undefined };
  const isBroken = { status: undefined, error: 'ECONNRESET' };

  beforeEach(async () => {
    upstream = await startContents();
    proxy = await startFaultProxy({ upstream: upstream.origin });
    client = new Client(proxy.endpoint);
  });

  afterEach(async () => {
    client[Symbol.dispose]();
    await proxy.close();
    await upstream[Symbol.asyncDispose]();
  });

  it('"latency" delays the request, and what comes after it still happens', async () => {
    proxy.rules.set([{ fault: { type: 'latency', minMs: 60, maxMs: 80 } }, { fault: { type: 'status', status: 503 }, times: 1 }]);
    const started = performance.now();
    expect(await client.send()).toMatchObject({ status: 503 });
    const first = performance.now();
    expect(await client.send()).toMatchObject(isWhole);
    expect(first - started).toBeGreaterThan(55);
    expect(performance.now() - first).toBeGreaterThan(55);
    expect(proxy.requests.faults).toEqual({ latency: 2, status: 1 });
  });

  it('"latency" forwards nothing for a client that has left meanwhile', async () => {
    const abort = new AbortController();
    proxy.rules.set([{ fault: { type: 'latency', minMs: 1_000, maxMs: 1_000 } }]);
    const arrived = proxy.nextRequest();
    const sending = client.send({ path: '/left' }, abort.signal);
    await arrived;
    abort.abort();
    await sending;
    await client.send({ path: '/later' });
    expect(upstream.committed.map(({ url }) => url)).toEqual(['/later']);
    expect(upstream.connections.size).toBe(1);
  });

  it('"status" answers without forwarding, and the connection lives on', async () => {
    inject({ type: 'status', status: 429, retryAfterSeconds: 2, body: '<Error><Code>SlowDown</Code></Error>' });
    const refused = await client.send({ method: 'PUT', body: contents });
    expect(refused).toMatchObject({ status: 429, headers: { 'retry-after': '2' }, body: '<Error><Code>SlowDown</Code></Error>' });
    expect(upstream.committed).toEqual([]);
    inject({ type: 'status', status: 500 });
    expect(await client.send()).toMatchObject({ status: 500, body: '', headers: expect.not.objectContaining({ 'retry-after': '' }) });
    expect(await client.send()).toMatchObject(isWhole);
    expect(proxy.openConnections).toBe(1);
  });

  it('"reset" at the start forwards nothing', async () => {
    inject({ type: 'reset', at: 'start' });
    expect(await client.send({ method: 'PUT', body: contents })).toMatchObject(isBroken);
    expect(upstream.connections.size).toBe(0);
    expect(await client.send()).toMatchObject(isWhole);
  });

  it('"reset" in the request body forwards part of it, which the upstream never takes for all', async () => {
    inject({ type: 'reset', at: 'request-body' });
    expect(await client.send({ method: 'PUT', body: contents })).toMatchObject(isBroken);
    await vi.waitFor(() => expect(upstream.broken).toBe(1));
    expect(upstream.committed).toEqual([]);
  });

  it('"reset" in the request body passes over requests without one', async () => {
    inject({ type: 'reset', at: 'request-body' }, {});
    expect(await client.send()).toMatchObject(isWhole);
    expect(proxy.requests.faults).toEqual({});
  });

  it('"reset" in the response body gives part of the answer at most, after the upstream committed', async () => {
    inject({ type: 'reset', at: 'response-body' });
    const { body, error } = await client.send();
    expect(error).toBe('ECONNRESET');
    expect(contents.length - body.length).toBeGreaterThan(0);
    expect(upstream.committed.length).toBe(1);
  });

  it('"truncate" gives the announced length and fewer bytes', async () => {
    inject({ type: 'truncate' });
    const { status, headers, body, error } = await client.send();
    expect({ status, error, length: headers['content-length'] }).toEqual({ status: 200, error: 'ECONNRESET', length: '10000' });
    expect(body.length).toBeGreaterThan(0);
    expect(body.length).toBeLessThan(10_000);
  });

  it('"truncate" leaves an answer in chunks without its end', async () => {
    inject({ type: 'truncate' });
    const { status, body, error } = await client.send({ path: '/chunked' });
    expect({ status, error }).toEqual({ status: 200, error: 'ECONNRESET' });
    expect(body.length).toBeLessThan(20_000);
  });

  it('"truncate" withholds an answer that is nothing but its head', async () => {
    inject({ type: 'truncate' });
    expect(await client.send({ method: 'PUT', body: contents })).toMatchObject(isBroken);
    expect(upstream.committed).toMatchObject([{ body: contents }]);
    inject({ type: 'truncate' });
    expect(await client.send({ method: 'HEAD' })).toMatchObject(isBroken);
  });

  it('"lose-response" commits, and the client gets no answer', async () => {
    inject({ type: 'lose-response' });
    expect(await client.send({ method: 'PUT', body: contents })).toMatchObject(isBroken);
    expect(upstream.committed).toMatchObject([{ method: 'PUT', body: contents }]);
    expect(await client.send()).toMatchObject(isWhole);
  });

  it('"lose-response" waits for the end of an answer whose head came before the commit', async () => {
    let hasEnded = false;
    await using slow = await startUpstream((_, response) => {
      response.write('<?xml?>');
      setTimeout(() => {
        hasEnded = true;
        response.end();
      }, 100);
    });
    await using losing = await startFaultProxy({ upstream: slow.origin });
    using caller = new Client(losing.endpoint);
    losing.rules.set([{ fault: { type: 'lose-response' } }]);
    expect(await caller.send({ method: 'POST' })).toMatchObject(isBroken);
    expect(hasEnded).toBe(true);
  });

  it('"half-open" accepts, and neither forwards nor answers until the client gives up', async () => {
    expect(await client.send()).toMatchObject(isWhole);
    inject({ type: 'half-open' });
    const abort = new AbortController();
    const arrived = proxy.nextRequest();
    const sending = client.send({ method: 'PUT', body: contents }, abort.signal);
    await arrived;
    // An upstream that closes meanwhile must not end it either.
    for (const socket of upstream.connections) {
      socket.end();
    }
    await vi.waitFor(() => expect([...upstream.connections].every(({ closed }) => closed)).toBe(true));
    using other = new Client(proxy.endpoint);
    expect(await other.send()).toMatchObject(isWhole);
    expect(proxy.openConnections).toBe(2);
    abort.abort();
    expect(await sending).toMatchObject({ status: undefined, error: 'ABORT_ERR' });
    await vi.waitFor(() => expect(proxy.openConnections).toBe(1));
    expect(upstream.committed.map(({ method }) => method)).toEqual(['GET', 'GET']);
  });

  it('"duplicate" sends twice and gives the second answer', async () => {
    await using counting = await startUpstream();
    await using twice = await startFaultProxy({ upstream: counting.origin });
    using caller = new Client(twice.endpoint);
    twice.rules.set([{ fault: { type: 'duplicate', answer: 'second' }, times: 1 }]);
    expect(await caller.send({ method: 'PUT', body: 'body' })).toMatchObject({ status: 200, body: 'answer 2' });
    expect(counting.committed).toMatchObject([{ body: 'body' }, { body: 'body' }]);
    expect(await caller.send()).toMatchObject({ body: 'answer 3' });
  });

  it('"duplicate" can give the first answer; the second request follows, even if the client leaves', async () => {
    await using counting = await startUpstream();
    await using twice = await startFaultProxy({ upstream: counting.origin });
    using caller = new Client(twice.endpoint);
    twice.rules.set([{ fault: { type: 'duplicate', answer: 'first' }, times: 1 }]);
    // Large enough to be on its way for a while when the client leaves.
    const body = 'x'.repeat(16 * 2 ** 20);
    const headers = { Expect: '100-continue', 'Content-Length': body.length };
    expect(await caller.send({ method: 'PUT', headers, body })).toMatchObject({ status: 200, body: 'answer 1' });
    caller[Symbol.dispose]();
    await vi.waitFor(() => expect(counting.committed.map((each) => each.body === body)).toEqual([true, true]), { timeout: 10_000 });
    await vi.waitFor(() => expect(twice.openConnections).toBe(0));
  });

  it('"duplicate" breaks the connection when the upstream breaks that of the second request', async () => {
    let requests = 0;
    await using breaking = await startUpstream(({ socket }, response) => {
      requests += 1;
      requests === 1 ? response.end() : socket.destroy();
    });
    await using twice = await startFaultProxy({ upstream: breaking.origin });
    using caller = new Client(twice.endpoint);
    twice.rules.set([{ fault: { type: 'duplicate', answer: 'second' } }]);
    expect(await caller.send()).toMatchObject(isBroken);
    expect(requests).toBe(2);
  });

  it('"duplicate" passes over bodies of unknown length', async () => {
    inject({ type: 'duplicate', answer: 'first' });
    await client.send({ method: 'PUT', headers: { 'Transfer-Encoding': 'chunked' }, body: contents });
    expect(upstream.committed.length).toBe(1);
    expect(proxy.requests.faults).toEqual({});
  });

  it('"slow-close" gives the whole answer, and closes later', async () => {
    inject({ type: 'slow-close', delayMs: 60 });
    const started = performance.now();
    const outcome = await client.send({ path: '/chunked' });
    expect(outcome).toMatchObject({ status: 200, body: contents + contents, headers: { connection: 'close' }, error: undefined });
    expect(performance.now() - started).toBeGreaterThan(55);
    await vi.waitFor(() => expect(proxy.openConnections).toBe(0));
  });
});
