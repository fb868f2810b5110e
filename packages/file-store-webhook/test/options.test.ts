import { MemoryFileStore } from '@oh/file-store-core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { BatchedWebHookFileStore, WebHookFileStore, type WebHookFileStoreOptions } from '../src/index.ts';
import { Receiver } from './receiver.ts';

const make = (options: Partial<WebHookFileStoreOptions>): WebHookFileStore =>
  new WebHookFileStore(new MemoryFileStore(), { baseUrl: 'http://localhost/hook/', ...options });

afterEach(() => vi.unstubAllEnvs());

describe('options', () => {
  it.each([
    { baseUrl: 'no url' },
    { baseUrl: 'ftp://localhost/' },
    { baseUrl: 'http://user:canary@localhost/' },
    { baseUrl: 'http://canary@localhost/' },
    { baseUrl: 'http://localhost/?key=canary' },
    { baseUrl: 'http://localhost/#canary' },
    { headers: { 'x y': 'canary' } },
    { headers: { x: 'canary\r\ny: z' } },
    { headers: { 'Webhook-Id': 'canary' } },
    { headers: { 'content-length': 'canary' } },
    { network: 'private' as 'any' },
    { whenFull: 'explode' as 'wait' },
    { contents: 'some' as 'full' },
  ])('that are none are a TypeError which tells no secret: %o', (options) => {
    let error: unknown;
    try {
      make(options);
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(TypeError);
    expect(String(error)).not.toContain('canary');
  });

  it.each([
    { attempts: 0 },
    { attempts: 1.5 },
    { attemptDelayMs: -1 },
    { retryDelaysMs: [Number.NaN] },
    { maxPending: 0 },
    { maxPendingBytes: 0 },
    { maxContentBytes: -1 },
    { maxInFlight: 0 },
    { closeTimeoutMs: Number.NaN },
    { circuitBreaker: { failures: 0 } },
    { circuitBreaker: { probeAfterMs: -1 } },
    { connectTimeoutMs: Number.NaN },
    { headersTimeoutMs: 1500.5 },
    { bodyTimeoutMs: Number.POSITIVE_INFINITY },
    { requestTimeoutMs: 0 },
    { maxResponseBytes: -1 },
  ])('that are out of their range are a RangeError: %o', (options) => {
    expect(() => make(options)).toThrow(RangeError);
  });

  it('of batches may have a query in the URL', () => {
    expect(() => new BatchedWebHookFileStore(new MemoryFileStore(), { baseUrl: 'http://localhost/batch?v=1' })).not.toThrow();
  });
});

describe('headers', () => {
  it.each([
    [{ SESSION_API_KEY: 'from the environment' }, undefined, 'from the environment', undefined],
    [{ SESSION_API_KEY: 'from the environment' }, { 'X-Other': 'given' }, undefined, 'given'],
    [{ SESSION_API_KEY: '' }, undefined, undefined, undefined],
  ])('come from the options, and without them from SESSION_API_KEY: %o %o', async (environment, headers, key, other) => {
    await using receiver = await Receiver.start();
    vi.stubEnv('SESSION_API_KEY', environment.SESSION_API_KEY);
    const store = make({ baseUrl: receiver.baseUrl, headers });
    vi.unstubAllEnvs();
    await store.write('a', '1');
    await store.close();
    expect(receiver.received[0]?.headers['x-session-api-key']).toBe(key);
    expect(receiver.received[0]?.headers['x-other']).toBe(other);
  });
});

describe('a base URL without a path', () => {
  it('lets no path become part of the host', async () => {
    await using receiver = await Receiver.start();
    const store = make({ baseUrl: `http://127.0.0.1:${receiver.port}` });
    await store.write('.example.com/x', '1');
    await store.write('@example.com', '2');
    await store.close();
    expect(receiver.received.map(({ target }) => target).toSorted()).toEqual(['/%40example.com', '/.example.com/x']);
  });
});
