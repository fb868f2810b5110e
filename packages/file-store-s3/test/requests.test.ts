import type { FileEntry } from '@oh/file-store-core';
import { s3Source } from '@oh-tools/servers';
import { describeWithServer } from '@oh-tools/servers/testing';
import { expect, it } from 'vitest';
import { openProxied } from './proxied-stores.ts';

describeWithServer(s3Source, (server) => {
  it('needs 3 requests to list 2,500 files, and 6 to delete them', { timeout: 180_000 }, async () => {
    const { proxy, store, beside } = await openProxied(server());
    for (let i = 0; i < 2500; i += 50) {
      await Promise.all(Array.from({ length: 50 }, (_, k) => beside.write(`dir/${i + k}`, 'x')));
    }
    await beside.write('dirty', 'x');
    expect(await store.list('dir')).toHaveLength(2500);
    expect(proxy.requests.byKind).toEqual({ ListObjectsV2: 3 });
    proxy.requests.reset();
    await store.delete('dir');
    expect(proxy.requests.byKind).toEqual({ ListObjectsV2: 3, DeleteObjects: 3 });
    expect(await beside.list()).toEqual(['dirty']);
  });

  it('needs one request for what is small: write, read, stat, exists; one more to look for a directory that is deleted', async () => {
    const { proxy, store } = await openProxied(server());
    const count = async (action: () => Promise<unknown>): Promise<unknown> => {
      proxy.requests.reset();
      await action();
      return proxy.requests.byKind;
    };
    expect(await count(() => store.write('file', 'x'))).toEqual({ PutObject: 1 });
    expect(await count(() => store.write('new', 'x', { ifAbsent: true }))).toEqual({ PutObject: 1 });
    expect(await count(() => store.read('file'))).toEqual({ GetObject: 1 });
    expect(await count(() => store.readBytes('file', { range: { end: 1 } }))).toEqual({ GetObject: 1 });
    expect(await count(() => store.stat('file'))).toEqual({ HeadObject: 1 });
    expect(await count(() => store.exists('file'))).toEqual({ HeadObject: 1 });
    expect(await count(() => store.exists('missing'))).toEqual({ HeadObject: 1 });
    expect(await count(() => store.copy('file', 'copy'))).toEqual({ HeadObject: 1, CopyObject: 1 });
    expect(await count(() => store.delete('file'))).toEqual({ ListObjectsV2: 1, DeleteObject: 1 });
  });

  it('lists a directory beside many other keys, and what comes after a path, without reading them', { timeout: 120_000 }, async () => {
    const { proxy, store, beside } = await openProxied(server());
    for (let i = 0; i < 3000; i += 50) {
      await Promise.all(Array.from({ length: 50 }, (_, k) => beside.write(`many/${1000 + i + k}`, 'x')));
    }
    await beside.write('a/b', 'x');
    await beside.write('z', 'x');
    // An answer names 1,000 keys at most: who read the others would need four.
    const inOneRequest = async <T>(list: () => Promise<T>): Promise<T> => {
      proxy.requests.reset();
      const listed = await list();
      expect(proxy.requests.byKind).toEqual({ ListObjectsV2: 1 });
      return listed;
    };
    const paths = async (entries: AsyncIterable<FileEntry>): Promise<string[]> => (await Array.fromAsync(entries)).map(({ path }) => path);
    expect(await inOneRequest(() => store.list('a'))).toEqual(['a/b']);
    expect(await inOneRequest(() => store.list())).toEqual(['a/', 'many/', 'z']);
    expect(await inOneRequest(() => paths(store.entries('', { startAfter: 'many/1700' })))).toEqual(['z']);
    const late = await inOneRequest(() => paths(store.entries('', { recursive: true, startAfter: 'many/3990' })));
    expect(late).toEqual([...Array.from({ length: 9 }, (_, k) => `many/${3991 + k}`), 'z']);
    expect(await inOneRequest(() => paths(store.entries('many', { limit: 2 })))).toEqual(['many/1000', 'many/1001']);
  });
});
