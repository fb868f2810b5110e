import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FileStore, MemoryFileStore } from '@oh/file-store-core';
import { describeFileStore, describeFileStoreModel } from '@oh/file-store-core/testing';
import { LocalFileStore } from '@oh/file-store-local';
import { afterAll, expect } from 'vitest';
import { BatchedWebHookFileStore, type DroppedNotice, WebHookFileStore } from '../src/index.ts';
import { Receiver } from './receiver.ts';

const receiver = await Receiver.start();
const base = await mkdtemp(join(tmpdir(), 'oh-webhook-'));
const dropped: DroppedNotice[] = [];
afterAll(async () => {
  await receiver[Symbol.asyncDispose]();
  await rm(base, { recursive: true });
  expect(receiver.received.length).toBeGreaterThan(1000);
  expect(dropped).toEqual([]);
});

const options = { baseUrl: receiver.baseUrl, onDrop: (notice: DroppedNotice): void => void dropped.push(notice) };
const decorators: Readonly<Record<string, (store: FileStore, outbox?: FileStore) => FileStore>> = {
  WebHookFileStore: (store, outbox) => new WebHookFileStore(store, { ...options, outbox }),
  BatchedWebHookFileStore: (store, outbox) => new BatchedWebHookFileStore(store, { ...options, outbox }),
};
const newLocalStore = async (): Promise<FileStore> =>
  new LocalFileStore({ root: await mkdtemp(join(base, 'root-')), durability: 'atomic' });
const capabilities = { conditions: true, append: true, metadata: true, maxFileBytes: Number.POSITIVE_INFINITY };

for (const [name, decorate] of Object.entries(decorators)) {
  describeFileStore(`${name} on memory`, {
    open: () => decorate(new MemoryFileStore()),
    capabilities: { ...capabilities, fileBesideDirectory: true },
  });

  describeFileStore(`${name} on the local disk, with an outbox`, {
    open: async () => decorate(await newLocalStore(), await newLocalStore()),
    capabilities: { ...capabilities, fileBesideDirectory: false },
  });

  describeFileStoreModel(`${name} against the model`, { open: () => decorate(new MemoryFileStore()), commands: 2_000 });
}
