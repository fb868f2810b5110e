import { createHash } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HeadBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { learnTarget } from '../src/direct-target.ts';
import { S3FileStore, type S3FileStoreOptions } from '../src/index.ts';

/** A request as it came, and whether the SDK made it. */
interface Arrived {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly isOfSdk: boolean;
}

/** A store on a server that answers as it is told, and what came there after its first request. */
async function openOn(
  answer: (response: ServerResponse, request: IncomingMessage) => void,
  options: Partial<S3FileStoreOptions> = {},
): Promise<{ readonly store: S3FileStore; readonly arrived: readonly Arrived[] }> {
  const arrived: Arrived[] = [];
  let isFirst = true;
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      if (isFirst) {
        isFirst = false;
        response.writeHead(200, head).end();
        return;
      }
      const { method, url, headers } = request;
      arrived.push({ method, url, headers, isOfSdk: headers['amz-sdk-invocation-id'] !== undefined });
      answer(response, request);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  vi.stubEnv('AWS_ENDPOINT_URL_S3', endpoint);
  const credentials = { accessKeyId: 'id', secretAccessKey: 'secret', sessionToken: 'token' };
  const store = new S3FileStore({ bucket: 'bucket', region: 'eu-west-1', forcePathStyle: true, credentials, maxAttempts: 3, ...options });
  onTestFinished(async () => {
    vi.unstubAllEnvs();
    await store.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  await store.stat('first');
  return { store, arrived };
}

const head = { etag: '"e"', 'content-length': '0', 'last-modified': 'Fri, 24 May 2013 00:00:00 GMT' };

function answerWith(body: string, headers: Record<string, string> = {}): (response: ServerResponse) => void {
  return (response) => response.writeHead(200, { ...head, 'content-length': String(Buffer.byteLength(body)), ...headers }).end(body);
}

const noSuchKey = '<?xml version="1.0"?><Error><Code>NoSuchKey</Code><Message>no</Message></Error>';

describe('requests without the SDK', () => {
  it('are all but the first, where the SDK has them go', async () => {
    const { store, arrived } = await openOn(answerWith('contents', { 'x-amz-meta-a': 'b', 'content-type': 'text/plain' }));
    expect((await store.open("it's (1)/ä*!")).info).toMatchObject({
      size: 8,
      version: 'e',
      metadata: { a: 'b' },
      contentType: 'text/plain',
    });
    await store.write('new', 'contents', { metadata: { name: 'value' }, contentType: 'text/html' });
    await store.stat('new');
    expect(arrived.map(({ method, url, isOfSdk }) => [method, url, isOfSdk])).toEqual([
      ['GET', '/bucket/it%27s%20%281%29/%C3%A4%2A%21', false],
      ['PUT', '/bucket/new', false],
      ['HEAD', '/bucket/new', false],
    ]);
    const scope = /^AWS4-HMAC-SHA256 Credential=id\/\d{8}\/eu-west-1\/s3\/aws4_request, SignedHeaders=/;
    for (const { headers } of arrived) {
      expect(headers).toMatchObject({ 'x-amz-security-token': 'token', authorization: expect.stringMatching(scope) });
    }
    expect(arrived[1]?.headers).toMatchObject({
      'content-type': 'text/html',
      'x-amz-meta-name': 'value',
      'content-length': '8',
      // The CRC-32 of the contents: 0xb4fa1177.
      'x-amz-checksum-crc32': 'tPoRdw==',
    });
  });

  it('are not made by the client of a caller, nor where a request is made only once', async () => {
    const once = await openOn((response) => response.writeHead(500).end(), { maxAttempts: 1 });
    await expect(once.store.stat('file')).rejects.toMatchObject({ code: 'unavailable' });
    expect(once.arrived.map(({ isOfSdk }) => isOfSdk)).toEqual([true]);
    const client = new S3Client({
      region: 'eu-west-1',
      forcePathStyle: true,
      credentials: { accessKeyId: 'id', secretAccessKey: 'secret' },
    });
    onTestFinished(() => client.destroy());
    const given = await openOn(answerWith(''));
    await using store = new S3FileStore({ bucket: 'bucket', client });
    await store.stat('file');
    await store.stat('file');
    expect(given.arrived.map(({ isOfSdk }) => isOfSdk)).toEqual([true, true]);
  });

  it('are made again by the SDK when they fail, as often as was said in all', async () => {
    for (const status of [400, 403, 500, 503, 307]) {
      let left = 1;
      const { store, arrived } = await openOn((response) => {
        left -= 1;
        return left < 0 ? answerWith('contents')(response) : response.writeHead(status).end();
      });
      expect(await store.read('file')).toBe('contents');
      expect(arrived.map(({ isOfSdk }) => isOfSdk)).toEqual([false, true]);
    }
    const { store, arrived } = await openOn((response) => response.destroy());
    await expect(store.read('file')).rejects.toMatchObject({ code: 'unavailable', retryable: true });
    expect(arrived.map(({ isOfSdk }) => isOfSdk)).toEqual([false, true, true]);
  });

  it('are final when the server has decided, and says what', async () => {
    const missing = await openOn((response) => response.writeHead(404, { 'content-length': noSuchKey.length }).end(noSuchKey));
    await expect(missing.store.read('file')).rejects.toMatchObject({ code: 'not-found' });
    expect(missing.arrived).toHaveLength(1);
    const unsaid = await openOn((response) => response.writeHead(404, { 'content-length': 0 }).end());
    await expect(unsaid.store.read('file')).rejects.toMatchObject({ code: 'not-found' });
    expect(unsaid.arrived.map(({ isOfSdk }) => isOfSdk)).toEqual([false, true]);
  });

  it('say that a server does not tell sizes, whoever makes them', async () => {
    const chunked = (response: ServerResponse): void => void response.writeHead(200, { etag: '"e"' }).end('contents');
    for (const maxAttempts of [1, 3]) {
      const { store } = await openOn(chunked, { maxAttempts });
      await expect(store.read('file')).rejects.toMatchObject({ code: 'unsupported', message: expect.stringContaining('how large') });
    }
  });

  it('are given up when an answer begins and does not come to its contents', async () => {
    const { store, arrived } = await openOn(
      (response) => {
        response.socket?.write('HTTP/1.1 200 OK\r\nx-drip: ');
        const dripping = setInterval(() => response.socket?.write('.'), 50);
        response.socket?.once('close', () => clearInterval(dripping));
      },
      { requestTimeoutMs: 300, maxAttempts: 2 },
    );
    await expect(store.read('file')).rejects.toMatchObject({ code: 'timeout', retryable: true });
    expect(arrived.map(({ isOfSdk }) => isOfSdk)).toEqual([false, true]);
  });
});

describe('checksums of answers', () => {
  const contents = 'x'.repeat(3_000_000);
  const right = {
    'x-amz-checksum-crc32': '8OlPjw==',
    'x-amz-checksum-sha1': createHash('sha1').update(contents).digest('base64'),
    'x-amz-checksum-sha256': createHash('sha256').update(contents).digest('base64'),
  };

  it('are compared, whatever their algorithm and whichever way the file is read', { timeout: 60_000 }, async () => {
    for (const [name, sum] of Object.entries(right)) {
      const { store, arrived } = await openOn(answerWith(contents, { [name]: sum }));
      expect(await store.read('file'), name).toBe(contents);
      expect(arrived.map(({ isOfSdk }) => isOfSdk)).toEqual([false]);
      for (const damaged of [`y${contents.slice(1)}`, 'short']) {
        const broken = await openOn(answerWith(damaged, { [name]: sum }));
        await expect(broken.store.readBytes('file'), name).rejects.toMatchObject({ code: 'corrupt' });
        await expect(
          broken.store.readStream('file').then((stream) => Array.fromAsync(stream)),
          name,
        ).rejects.toMatchObject({ code: 'corrupt' });
      }
    }
  });

  it('of parts are none of the whole', async () => {
    const { store } = await openOn(answerWith('contents', { 'x-amz-checksum-sha256': 'AAAA-3' }));
    expect(await store.read('file')).toBe('contents');
  });

  it('are compared by the SDK where Node does not have the algorithm, from then on', async () => {
    // CRC-32C of "contents".
    const { store, arrived } = await openOn(answerWith('contents', { 'x-amz-checksum-crc32c': 'T1jGMA==' }));
    const outcomes = [await store.read('file').catch(String), await store.read('file').catch(String)];
    expect(arrived.map(({ isOfSdk }) => isOfSdk)).toEqual([false, true, true]);
    expect(outcomes[0]).toBe(outcomes[1]);
  });
});

it('leaves endpoints to the SDK that want another signature than Version 4, or headers of their own', async () => {
  const url = new URL('http://127.0.0.1:9');
  const learn = async (name: string, headers: Record<string, string[]> = {}): Promise<unknown> => {
    const client = new S3Client({
      region: 'eu-west-1',
      credentials: { accessKeyId: 'id', secretAccessKey: 'secret' },
      maxAttempts: 1,
      endpointProvider: () => ({
        url,
        headers,
        properties: { authSchemes: [{ name, signingName: 's3', signingRegion: 'eu-west-1', properties: {} }] },
      }),
    });
    const target = learnTarget(client);
    await client.send(new HeadBucketCommand({ Bucket: 'bucket' })).catch(() => undefined);
    client.destroy();
    return target();
  };
  expect(await learn('sigv4')).toMatchObject({ origin: url.origin, region: 'eu-west-1', service: 's3' });
  expect(await learn('sigv4a')).toBeUndefined();
  expect(await learn('sigv4', { 'x-more': ['than Version 4'] })).toBeUndefined();
});
