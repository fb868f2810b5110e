import { startForwardProxy } from '@oh-tools/fault-proxy';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { GoogleCloudFileStore } from '../src/index.ts';

beforeEach(() => {
  for (const name of ['http_proxy', 'https_proxy', 'no_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY']) {
    vi.stubEnv(name, undefined);
  }
});

afterEach(() => void vi.unstubAllEnvs());

it('asks the proxy that the environment names, unless NO_PROXY names the host', async () => {
  await using proxy = await startForwardProxy();
  vi.stubEnv('HTTP_PROXY', proxy.url);
  const options = { bucket: 'b', apiEndpoint: 'http://127.0.0.1:1', maxAttempts: 1 };
  await using store = new GoogleCloudFileStore(options);
  await expect(store.read('a')).rejects.toMatchObject({ code: 'unavailable' });
  expect(proxy.asked).toHaveLength(1);
  expect(proxy.asked[0]).toMatch(/^GET http:\/\/127\.0\.0\.1:1\//);
  vi.stubEnv('NO_PROXY', '127.0.0.1');
  await using direct = new GoogleCloudFileStore(options);
  await expect(direct.read('a')).rejects.toMatchObject({ code: 'unavailable' });
  expect(proxy.asked).toHaveLength(1);
});

it('names no password of a proxy whose URL is none', () => {
  vi.stubEnv('HTTPS_PROXY', 'http://user:hunter2@[bad');
  const open = (): unknown => new GoogleCloudFileStore({ bucket: 'b', apiEndpoint: 'http://127.0.0.1:1' });
  expect(open).toThrow(/HTTP_PROXY or HTTPS_PROXY in the environment is not the URL of a proxy/);
  expect(open).not.toThrow(/hunter2/);
});
