import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { S3FileStore } from '../src/index.ts';
import { startHonouringServer } from './honouring-server.ts';

/** A server that says yes to everything, or to the first so many conditional requests: no real one here does either. */
async function startYesSayer(yes: number): Promise<{ endpoint: string; requests: string[] }> {
  const requests: string[] = [];
  let left = yes;
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const isConditional = request.headers['if-match'] !== undefined || request.headers['if-none-match'] !== undefined;
    requests.push(`${request.method}${isConditional ? ' if' : ''}`);
    request.resume().on('end', () => {
      if (isConditional && left <= 0) {
        response.writeHead(412).end();
      } else if (request.method === 'POST') {
        const result = '<InitiateMultipartUploadResult><UploadId>1</UploadId><ETag>"e"</ETag></InitiateMultipartUploadResult>';
        response.writeHead(200, { 'content-type': 'application/xml' }).end(result);
      } else {
        response.writeHead(request.method === 'DELETE' ? 204 : 200, { etag: '"e"' }).end();
      }
      left -= isConditional ? 1 : 0;
    });
  };
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise<void>((resolve) => void server.close(() => resolve()).closeAllConnections()));
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

describe('a server that does not hold conditions', () => {
  const credentials = { accessKeyId: 'id', secretAccessKey: 'secret' };

  for (const yes of [Number.POSITIVE_INFINITY, 2]) {
    it(`is found out when it lets ${yes} racers win, once, and refused before the write`, async () => {
      const { endpoint, requests } = await startYesSayer(yes);
      const store = new S3FileStore({ bucket: 'b', endpoint, credentials });
      onTestFinished(() => store.close());
      const refusal = { code: 'unsupported', message: expect.stringMatching(/of 32 racing requests .* won; use a server that honours/) };
      await expect(store.write('file', 'x', { ifAbsent: true })).rejects.toMatchObject(refusal);
      const tried = requests.length;
      await expect(store.write('file', 'x', { ifVersion: 'e' })).rejects.toMatchObject(refusal);
      expect(requests.length).toBe(tried);
      expect(requests.filter((request) => request === 'PUT if').length).toBeGreaterThanOrEqual(32);
      await store.write('file', 'x');
    });
  }

  it('is found out once when it refuses requests with conditions, and refuses nothing else', async () => {
    let refused = 0;
    const endpoint = await startHonouringServer(({ headers }, response) => {
      const isConditional = (headers['if-match'] ?? headers['if-none-match']) !== undefined;
      if (isConditional) {
        refused += 1;
        response.writeHead(501).end('<Error><Code>NotImplemented</Code></Error>');
      }
      return isConditional;
    });
    const store = new S3FileStore({ bucket: 'b', endpoint, credentials, conditionalDelete: true });
    onTestFinished(() => store.close());
    const refusal = { code: 'unsupported', message: expect.stringMatching(/NotImplemented 501.*; use a server that honours/) };
    await expect(store.write('file', 'x', { ifAbsent: true })).rejects.toMatchObject(refusal);
    expect(refused).toBe(32);
    await expect(store.write('file', 'x', { ifVersion: 'e' })).rejects.toMatchObject(refusal);
    expect(refused).toBe(32);
    await store.write('file', 'x');
    const isAdvised = { code: 'unsupported', message: expect.stringContaining('conditionalDelete: false') };
    await expect(store.delete('file', { ifVersion: 'e' })).rejects.toMatchObject(isAdvised);
  });

  it('is found out on completions and on deletes too', async () => {
    const { endpoint } = await startYesSayer(Number.POSITIVE_INFINITY);
    const store = new S3FileStore({ bucket: 'b', endpoint, credentials, conditionalDelete: true });
    onTestFinished(() => store.close());
    const large = new Uint8Array(16 * 1024 * 1024);
    await expect(store.write('file', large, { ifAbsent: true })).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('below 16 MiB'),
    });
    await expect(store.delete('file', { ifVersion: 'e' })).rejects.toMatchObject({ code: 'unsupported' });
    await expect(store.move('a', 'b')).rejects.toMatchObject({ code: 'unsupported' });
  });

  it('refuses ifVersion on delete before any request where deletes have no conditions', async () => {
    const { endpoint, requests } = await startYesSayer(0);
    const store = new S3FileStore({ bucket: 'b', endpoint, credentials });
    onTestFinished(() => store.close());
    await expect(store.delete('file', { ifVersion: 'e' })).rejects.toMatchObject({ code: 'unsupported' });
    expect(requests).toEqual([]);
  });
});

const credentials = { accessKeyId: 'id', secretAccessKey: 'secret' };

it('leaves no object of its trials', async () => {
  const made = new Set<string>();
  const left = new Set<string>();
  const endpoint = await startHonouringServer(({ method, url = '' }) => {
    const [, key] = /^\/b\/(\.oh-probe\/[^?]*)/.exec(url) ?? [];
    if (key !== undefined && method === 'PUT') {
      made.add(key);
      left.add(key);
    } else if (key !== undefined && method === 'DELETE') {
      left.delete(key);
    }
    return false;
  });
  await using store = new S3FileStore({ bucket: 'b', endpoint, credentials, conditionalDelete: true });
  const { version } = await store.write('file', '1', { ifAbsent: true });
  await store.delete('file', { ifVersion: version });
  expect(made.size).toBeGreaterThan(2);
  expect([...left]).toEqual([]);
});

it('fails as the server does that rations writes, then refuses what would show whether anybody else wins', async () => {
  const asked = new Map<string, number>();
  const endpoint = await startHonouringServer(({ method, url = '' }, response) => {
    const before = asked.get(url) ?? 0;
    asked.set(url, before + 1);
    if (method !== 'PUT' || before === 0) {
      return false;
    }
    const isRationed = before < 32;
    response.writeHead(isRationed ? 429 : 403).end(`<Error><Code>${isRationed ? 'TooManyRequests' : 'AccessDenied'}</Code></Error>`);
    return true;
  });
  await using store = new S3FileStore({ bucket: 'b', endpoint, credentials, maxAttempts: 1 });
  await expect(store.write('file', '1', { ifAbsent: true })).rejects.toMatchObject({ code: 'permission-denied' });
  expect([...asked.keys()].filter((url) => !url.startsWith('/b/.oh-probe/'))).toEqual([]);
});
