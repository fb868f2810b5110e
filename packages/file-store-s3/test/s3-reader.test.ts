import type { ServerResponse } from 'node:http';
import { s3Source } from '@oh-tools/servers';
import { describeWithServer } from '@oh-tools/servers/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { S3FileStore } from '../src/index.ts';
import { startHonouringServer } from './honouring-server.ts';
import { openProxied } from './proxied-stores.ts';
import { head, openOn } from './told-server.ts';

const noSuchKey = '<Error><Code>NoSuchKey</Code></Error>';

describe('a file that is missing by the answer to HEAD', () => {
  /** A store on a server without files, which answers for the bucket as it is told. */
  async function openFresh(answerForBucket: (response: ServerResponse) => void): Promise<S3FileStore> {
    const endpoint = await startHonouringServer(({ method, url }, response) => {
      if (method !== 'HEAD') {
        return false;
      }
      if (url === '/b' || url === '/b/') {
        answerForBucket(response);
      } else {
        response.writeHead(404, { 'x-amz-request-id': '1' }).end();
      }
      return true;
    });
    const credentials = { accessKeyId: 'id', secretAccessKey: 'secret' };
    const store = new S3FileStore({ bucket: 'b', endpoint, credentials, maxAttempts: 1 });
    onTestFinished(() => store.close());
    return store;
  }

  it('is not, as long as nobody knows whether the bucket is there', async () => {
    const statuses = [503, 404, 200];
    const store = await openFresh((response) => response.writeHead(statuses.shift() ?? 500).end());
    await expect(store.exists('file')).rejects.toMatchObject({ code: 'unavailable', retryable: true });
    await expect(store.exists('file')).rejects.toMatchObject({ code: 'unavailable', retryable: false });
    expect(await store.exists('file')).toBe(false);
    expect(await store.exists('file')).toBe(false);
    expect(statuses).toEqual([]);
  });

  it('is, for who may not look at the bucket', async () => {
    const store = await openFresh((response) => response.writeHead(403).end());
    expect(await store.exists('file')).toBe(false);
  });
});

it('refuses a server that gives no ETag, by which versions are told apart', async () => {
  const { store } = await openOn((response, { method }) => {
    response.writeHead(200, { 'content-length': '1', 'last-modified': head['last-modified'] }).end(method === 'HEAD' ? '' : 'x');
  });
  await expect(store.stat('file')).rejects.toMatchObject({ code: 'unsupported', path: 'file', message: expect.stringContaining('ETag') });
  await expect(store.read('file')).rejects.toMatchObject({ code: 'unsupported', path: 'file' });
});

describe('a file that changes while it is read', () => {
  it('is not missing when it is deleted in the middle: it is to be read again', async () => {
    const { store } = await openOn((response, { headers }) => {
      if (headers.range === undefined) {
        response.writeHead(200, { ...head, 'content-length': 2_000_000 }).write('x'.repeat(1_500_000), () => response.destroy());
      } else {
        response.writeHead(404, { 'content-length': noSuchKey.length }).end(noSuchKey);
      }
    });
    const file = await store.open('file');
    await expect(file.bytes()).rejects.toMatchObject({
      code: 'unavailable',
      retryable: true,
      message: expect.stringContaining('replaced'),
    });
  });

  it('fails as the server does when the rest of it cannot be had', async () => {
    const denied = '<Error><Code>AccessDenied</Code></Error>';
    const { store } = await openOn((response, { headers }) => {
      if (headers.range === undefined) {
        response.writeHead(200, { ...head, 'content-length': 2_000_000 }).write('x'.repeat(1_500_000), () => response.destroy());
      } else {
        response.writeHead(403, { 'content-length': denied.length }).end(denied);
      }
    });
    const file = await store.open('file');
    await expect(file.bytes()).rejects.toMatchObject({ code: 'permission-denied' });
  });

  it('is given up when it ends before the part whenever it is read, and never when it is looked at', async () => {
    let reads = 0;
    const { store } = await openOn((response, { method }) => {
      reads += method === 'GET' ? 1 : 0;
      const size = method === 'HEAD' ? { 'content-length': '10' } : {};
      response.writeHead(method === 'HEAD' ? 200 : 416, { ...head, 'content-length': '0', ...size }).end();
    });
    const reading = store.read('file', { range: { start: 5 } });
    await expect(reading).rejects.toMatchObject({ code: 'unavailable', retryable: true, path: 'file' });
    expect(reads).toBeGreaterThan(1);
  });
});

describeWithServer(s3Source, (server) => {
  it('copies under a condition contents and labels of one version, when it is replaced in between', async () => {
    const { proxy, store, beside } = await openProxied(server());
    await store.write('from', 'old', { contentType: 'text/old', metadata: { a: 'old' } });
    const isRead = ({ kind }: { kind: string }): boolean => kind === 'GetObject';
    proxy.rules.set([{ fault: { type: 'latency', minMs: 500, maxMs: 500 }, times: 1, match: isRead }]);
    const reads = proxy.nextRequest(isRead);
    const copying = store.copy('from', 'to', { ifAbsent: true });
    await reads;
    await beside.write('from', 'newer', { contentType: 'text/newer', metadata: { a: 'newer' } });
    expect(await copying).toMatchObject({ path: 'to', size: 5, contentType: 'text/newer', metadata: { a: 'newer' } });
    expect(await beside.read('to')).toBe('newer');
  });
});
