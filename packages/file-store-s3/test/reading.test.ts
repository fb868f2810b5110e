import { PutObjectCommand } from '@aws-sdk/client-s3';
import { s3Source } from '@oh-tools/servers';
import { describeWithServer } from '@oh-tools/servers/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openProxied } from './proxied-stores.ts';
import { openClient } from './test-stores.ts';
import { head, openOn } from './told-server.ts';

const large = Buffer.alloc(4_000_000, 'some bytes; ');

describeWithServer(s3Source, (server) => {
  it('goes on where it was when the connection breaks in the middle of a body, whole or in part', { timeout: 60_000 }, async () => {
    const { proxy, store } = await openProxied(server());
    await store.write('file', large);
    for (const type of ['reset', 'truncate'] as const) {
      const fault = type === 'reset' ? { type, at: 'response-body' as const } : { type };
      proxy.requests.reset();
      proxy.rules.set([{ fault, times: 2, match: ({ kind }) => kind === 'GetObject' }]);
      expect(Buffer.compare(await store.readBytes('file'), large)).toBe(0);
      expect(proxy.requests.byKind).toEqual({ GetObject: 3 });
      proxy.rules.set([{ fault, times: 1 }]);
      const part = await store.readBytes('file', { range: { start: 100, end: 3_000_000 } });
      expect(Buffer.compare(part, large.subarray(100, 3_000_000))).toBe(0);
    }
  });

  it('never goes on with another version', { timeout: 60_000 }, async () => {
    const { proxy, store, beside } = await openProxied(server());
    await store.write('file', large);
    const file = await store.open('file');
    await beside.write('file', Buffer.alloc(large.byteLength, 'x'));
    expect(Buffer.compare(await file.bytes(), large)).toBe(0);
    proxy.rules.set([{ fault: { type: 'reset', at: 'response-body' }, times: 1 }]);
    const cut = await store.open('file');
    await beside.write('file', Buffer.alloc(large.byteLength, 'y'));
    await expect(cut.bytes()).rejects.toMatchObject({
      code: 'unavailable',
      retryable: true,
      message: expect.stringContaining('was replaced'),
    });
  });

  it('gives up when the body never comes to its end', { timeout: 60_000 }, async () => {
    const { proxy, store } = await openProxied(server());
    await store.write('file', 'short');
    proxy.rules.set([{ fault: { type: 'truncate' }, match: ({ kind }) => kind === 'GetObject' }]);
    await expect(store.read('file')).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('reads parts of an empty file, and past the end of one', async () => {
    const { proxy, store } = await openProxied(server());
    await store.write('empty', '');
    await store.write('file', '0123456789');
    for (const range of [{}, { end: 5 }, { start: 3 }, { start: 3, end: 3 }, { start: 0, end: 0 }]) {
      expect(await store.read('empty', { range })).toBe('');
    }
    proxy.requests.reset();
    const file = await store.open('file', { range: { start: 20 } });
    expect([file.info.size, await file.text()]).toEqual([10, '']);
    expect(await store.read('file', { range: { start: 4, end: 6 } })).toBe('45');
  });

  it('reads what others have stored with a checksum, also when the connection breaks', async () => {
    const { proxy, store, prefix } = await openProxied(server());
    const client = openClient(server());
    onTestFinished(() => client.destroy());
    const put = async (Key: string, Body: Buffer): Promise<void> => {
      await client.send(new PutObjectCommand({ Bucket: server().bucket, Key: `${prefix}/${Key}`, Body, ChecksumAlgorithm: 'CRC32' }));
    };
    await put('good', large);
    expect(Buffer.compare(await store.readBytes('good'), large)).toBe(0);
    proxy.rules.set([{ fault: { type: 'truncate' }, times: 1 }]);
    expect(Buffer.compare(await store.readBytes('good'), large)).toBe(0);
  });

  it('lets go of the connection of a stream that nobody has begun to read, and of one that is read in part', {
    timeout: 60_000,
  }, async () => {
    const { proxy, store } = await openProxied(server());
    await store.write('file', Buffer.alloc(12_000_000));
    const before = proxy.openConnections;
    const read = async (): Promise<void> => {
      const reader = (await store.readStream('file')).getReader();
      await reader.read();
      await reader.cancel();
    };
    for (let i = 0; i < before + 10; i += 1) {
      const file = await store.open('file');
      await file.close();
    }
    await Promise.all(Array.from({ length: 10 }, read));
    await expect.poll(() => proxy.openConnections).toBeLessThanOrEqual(before);
  });

  it('opens as many large files as are wanted before any of them is read', { timeout: 120_000 }, async () => {
    const { store } = await openProxied(server());
    await store.write('large', Buffer.alloc(1_200_000));
    const held = await Promise.all(Array.from({ length: 300 }, () => store.open('large')));
    expect(await store.stat('large')).toMatchObject({ size: 1_200_000 });
    await Promise.all(held.map((file) => file.close()));
  });

  it('reads hundreds of files at once, and holds large ones open meanwhile', { timeout: 120_000 }, async () => {
    const { proxy, store } = await openProxied(server());
    await store.write('large', large);
    await store.write('small', 'x');
    const held = await Promise.all(Array.from({ length: 100 }, () => store.open('large')));
    const texts = await Promise.all(Array.from({ length: 300 }, () => store.read('small')));
    expect(new Set(texts)).toEqual(new Set(['x']));
    expect(proxy.openConnections).toBeLessThan(256);
    await Promise.all(held.map((file) => file.close()));
  });
});

describe('behind a proxy', () => {
  it('has one version, whether or not the proxy makes the ETag a weak one', async () => {
    const { store, arrived } = await openOn((response, { method }) =>
      response.writeHead(200, { ...head, etag: method === 'HEAD' ? 'W/"e"' : '"e"' }).end(),
    );
    const { version } = await store.stat('file');
    expect(version).toBe((await store.write('file', '')).version);
    expect(arrived).toHaveLength(2);
  });

  it('has its size, although the proxy leaves it out where there is no body', async () => {
    let contents = '';
    const { store } = await openOn((response, { method, headers }) => {
      const { etag, 'last-modified': modified } = head;
      response.setHeaders(new Headers({ etag, 'last-modified': modified, 'transfer-encoding': 'chunked' }));
      if (method === 'HEAD') {
        response.writeHead(200).end();
      } else if (headers.range === undefined) {
        response.removeHeader('transfer-encoding');
        response.writeHead(200, { 'content-length': contents.length }).end(contents);
      } else if (contents === '') {
        response.writeHead(416).end('<Error><Code>InvalidRange</Code></Error>');
      } else {
        response.writeHead(206, { 'content-range': `bytes 0-0/${contents.length}` }).end(contents.slice(0, 1));
      }
    });
    expect(await store.stat('file')).toMatchObject({ size: 0, version: 'e' });
    contents = 'contents';
    expect(await store.stat('file')).toMatchObject({ size: 8, version: 'e' });
  });
});
