import { startForwardProxy } from '@oh-tools/fault-proxy';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { S3FileStore } from '../src/index.ts';
import { answerWith, openOn } from './told-server.ts';

beforeEach(() => {
  for (const name of ['http_proxy', 'https_proxy', 'no_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY']) {
    vi.stubEnv(name, undefined);
  }
});

afterEach(() => void vi.unstubAllEnvs());

const credentials = { accessKeyId: 'id', secretAccessKey: 'secret' };

it('sends every request through the proxy that the environment names', async () => {
  await using proxy = await startForwardProxy({ credentials: 'user:pass' });
  vi.stubEnv('HTTP_PROXY', proxy.url.replace('//', '//user:pass@'));
  const { store, arrived } = await openOn(answerWith('contents'));
  expect(await store.read('a')).toBe('contents');
  expect(await store.read('b')).toBe('contents');
  expect(arrived.map(({ isOfSdk }) => isOfSdk)).toEqual([true, true]);
  expect(proxy.asked).toHaveLength(3);
  expect(proxy.asked.at(-1)).toMatch(/^GET http:\/\/127\.0\.0\.1:\d+\/bucket\/b/);
});

it('goes to hosts of NO_PROXY without it', async () => {
  await using proxy = await startForwardProxy();
  vi.stubEnv('HTTP_PROXY', proxy.url);
  vi.stubEnv('NO_PROXY', '127.0.0.1');
  const { store } = await openOn(answerWith('contents'));
  expect(await store.read('a')).toBe('contents');
  expect(proxy.asked).toEqual([]);
});

it('asks for a tunnel to an https endpoint, and says what stood in the way', async () => {
  await using proxy = await startForwardProxy({ credentials: 'user:pass' });
  vi.stubEnv('HTTPS_PROXY', proxy.url.replace('//', '//user:hunter2@'));
  await using store = new S3FileStore({ bucket: 'b', endpoint: 'https://127.0.0.1:1', credentials, maxAttempts: 1 });
  const error: unknown = await store.read('a').catch((thrown: unknown) => thrown);
  expect(proxy.asked).toEqual(['CONNECT 127.0.0.1:1']);
  expect(error).toMatchObject({
    code: 'unavailable',
    message: expect.stringMatching(
      /ERR_PROXY_TUNNEL.*; the proxy refuses the connection; check its URL, user and password; the proxy in HTTPS_PROXY may stand in the way; check it, or name the host in NO_PROXY/,
    ) as unknown,
  });
  expect(describe(error)).not.toContain('hunter2');
});

it('says that a proxy wants another password', async () => {
  await using proxy = await startForwardProxy({ credentials: 'user:pass' });
  vi.stubEnv('HTTP_PROXY', proxy.url);
  await using store = new S3FileStore({ bucket: 'b', endpoint: 'http://127.0.0.1:1', credentials, maxAttempts: 1 });
  await expect(store.read('a')).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining('407; the proxy refuses') as unknown,
    retryable: false,
  });
});

it('says that there is a proxy when nothing answers', async () => {
  vi.stubEnv('https_proxy', 'http://127.0.0.1:1');
  await using store = new S3FileStore({ bucket: 'b', endpoint: 'https://127.0.0.1:2', credentials, maxAttempts: 1 });
  await expect(store.read('a')).rejects.toThrow(/ECONNREFUSED.*the proxy in https_proxy/);
});

it('names no password of a proxy whose URL is none', async () => {
  vi.stubEnv('HTTPS_PROXY', 'http://user:hunter2@[bad');
  await using store = new S3FileStore({ bucket: 'b', endpoint: 'https://127.0.0.1:2', credentials, maxAttempts: 1 });
  const error: unknown = await store.read('a').catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'invalid-argument' });
  expect(describe(error)).not.toContain('hunter2');
});

/** All that an error says, with its causes. */
function describe(error: unknown): string {
  return error instanceof Error ? `${error.message} ${error.stack} ${JSON.stringify(error)} ${describe(error.cause)}` : String(error);
}
