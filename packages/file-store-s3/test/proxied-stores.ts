import { type FaultProxy, s3Operation, startFaultProxy } from '@oh-tools/fault-proxy';
import type { S3Server } from '@oh-tools/servers';
import { onTestFinished } from 'vitest';
import type { S3FileStore, S3FileStoreOptions } from '../src/index.ts';
import { newPrefix, openStore } from './test-stores.ts';

/** A store that reaches the server through a proxy, and one beside it that reaches the same files without. */
export interface ProxiedStores {
  readonly proxy: FaultProxy;
  readonly store: S3FileStore;
  readonly beside: S3FileStore;
  readonly prefix: string;
}

/** Opens both for one test. The conditions of the server are tried out already, so that requests can be counted. */
export async function openProxied(server: S3Server, options: Partial<S3FileStoreOptions> = {}): Promise<ProxiedStores> {
  const proxy = await startFaultProxy({ upstream: server.endpoint, kindOf: s3Operation });
  const prefix = newPrefix();
  const store = openStore(server, { prefix, endpoint: proxy.endpoint, ...options });
  const beside = openStore(server, { prefix });
  onTestFinished(async () => {
    proxy.rules.clear();
    await store.close();
    await beside.close();
    await proxy.close();
  });
  const { version } = await store.write('warm-up', '1', { ifAbsent: true });
  await store.write('warm-up', '2', { ifVersion: version });
  await store.delete('warm-up');
  proxy.requests.reset();
  return { proxy, store, beside, prefix };
}
