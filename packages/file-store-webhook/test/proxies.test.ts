import { MemoryFileStore } from '@oh/file-store-core';
import { startForwardProxy } from '@oh-tools/fault-proxy';
import { expect, it, onTestFinished, vi } from 'vitest';
import { WebHookFileStore, type WebHookFileStoreOptions } from '../src/index.ts';
import { Receiver } from './receiver.ts';

async function deliverOne(baseUrl: string, options: Partial<WebHookFileStoreOptions> = {}): Promise<readonly string[]> {
  const reasons: string[] = [];
  const store = new WebHookFileStore(new MemoryFileStore(), {
    baseUrl,
    attempts: 1,
    retryDelaysMs: [],
    ...options,
  });
  await store.write('file', 'contents');
  await store.flush();
  for await (const { reason } of store.deadLetters()) {
    reasons.push(reason);
  }
  await store.close();
  return reasons;
}

function proxyEnvironment(variables: Readonly<Record<string, string>>): void {
  for (const name of ['http_proxy', 'https_proxy', 'no_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY']) {
    vi.stubEnv(name, variables[name]);
  }
  onTestFinished(() => void vi.unstubAllEnvs());
}

it('goes through the proxy that the environment names, with its password', async () => {
  await using receiver = await Receiver.start();
  await using proxy = await startForwardProxy({ credentials: 'user:pass' });
  proxyEnvironment({ HTTP_PROXY: proxy.url.replace('//', '//user:pass@') });
  const url = `http://127.0.0.1:${receiver.port}/hook/`;
  expect(await deliverOne(url)).toEqual([]);
  expect(proxy.asked).toEqual([`POST ${url}file`]);
  expect(receiver.received.map(({ body }) => String(body))).toEqual(['contents']);
});

it('asks a proxy for a tunnel to an https receiver, and HTTP_PROXY for none', async () => {
  await using proxy = await startForwardProxy();
  await using other = await startForwardProxy();
  proxyEnvironment({ HTTPS_PROXY: proxy.url, HTTP_PROXY: other.url });
  await deliverOne('https://127.0.0.1:1/hook/');
  proxyEnvironment({ HTTP_PROXY: other.url });
  await deliverOne('https://127.0.0.1:1/hook/');
  expect(proxy.asked).toEqual(['CONNECT 127.0.0.1:1']);
  expect(other.asked).toEqual([]);
});

it('tells the status of a proxy that makes no connection', async () => {
  await using proxy = await startForwardProxy({ credentials: 'user:pass' });
  proxyEnvironment({ HTTPS_PROXY: proxy.url.replace('//', '//user:canary@') });
  expect(await deliverOne('https://127.0.0.1:1/hook/')).toEqual(['HTTP 407 of the proxy']);
});

it('goes to hosts of NO_PROXY without it', async () => {
  await using receiver = await Receiver.start();
  await using proxy = await startForwardProxy();
  proxyEnvironment({ HTTP_PROXY: proxy.url, NO_PROXY: '127.0.0.1' });
  expect(await deliverOne(`http://127.0.0.1:${receiver.port}/`)).toEqual([]);
  expect(proxy.asked).toEqual([]);
});

it('never lets a proxy look up where a public receiver is', async () => {
  await using proxy = await startForwardProxy();
  proxyEnvironment({ HTTP_PROXY: proxy.url, HTTPS_PROXY: proxy.url });
  expect(await deliverOne('http://localhost:1/', { network: 'public' })).toEqual(['permission-denied']);
  expect(proxy.asked).toEqual([]);
});

it('names no password of a proxy whose URL is none', () => {
  proxyEnvironment({ HTTP_PROXY: 'http://user:hunter2@[bad' });
  const open = (): unknown => new WebHookFileStore(new MemoryFileStore(), { baseUrl: 'http://127.0.0.1:1/' });
  expect(open).toThrow(/HTTP_PROXY or HTTPS_PROXY in the environment is not the URL of a proxy/);
  expect(open).not.toThrow(/hunter2/);
});
