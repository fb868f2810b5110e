import type { ServerResponse } from 'node:http';
import { S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { S3FileStore } from '../src/index.ts';
import { answerWith, head, openOn } from './told-server.ts';

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
    // A gateway that does not find its server says no more.
    await expect(unsaid.store.read('file')).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('what lies before'),
    });
    expect(unsaid.arrived.map(({ isOfSdk }) => isOfSdk)).toEqual([false, true]);
  });

  it('that look at a file believe a 404 alone that is one of S3: of a gateway they ask further', async () => {
    const named = await openOn((response) => response.writeHead(404, { 'x-amz-request-id': '1' }).end());
    expect(await named.store.exists('file')).toBe(false);
    expect(named.arrived.map(({ method }) => method)).toEqual(['HEAD']);
    const gateway = await openOn((response) => response.writeHead(404).end('no upstream'));
    await expect(gateway.store.exists('file')).rejects.toMatchObject({ code: 'unavailable', retryable: true });
    const nameless = await openOn((response, { method }) =>
      response.writeHead(404, { 'content-length': noSuchKey.length }).end(method === 'HEAD' ? '' : noSuchKey),
    );
    expect(await nameless.store.exists('file')).toBe(false);
    const recovering = await openOn((response, { method }) => {
      const answer = { ...head, 'content-length': '1', 'content-range': 'bytes 0-0/5' };
      response.writeHead(method === 'HEAD' ? 404 : 206, method === 'HEAD' ? {} : answer).end(method === 'HEAD' ? '' : 'x');
    });
    expect(await recovering.store.stat('file')).toMatchObject({ size: 5, version: 'e' });
  });

  it('that delete what is missing are no error, although some servers say that it is', async () => {
    const { store } = await openOn((response, { method }) => {
      if (method === 'GET') {
        response
          .writeHead(200, { 'content-type': 'application/xml' })
          .end('<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>');
      } else {
        response.writeHead(404, { 'content-length': noSuchKey.length }).end(noSuchKey);
      }
    });
    await store.delete('missing');
  });

  it('that delete a directory take what is missing for deleted, and nothing else', async () => {
    let code = 'NoSuchKey';
    const { store } = await openOn((response, { method }) => {
      response.writeHead(200, { 'content-type': 'application/xml' });
      response.end(
        method === 'GET'
          ? '<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>dir/file</Key></Contents></ListBucketResult>'
          : `<DeleteResult><Error><Key>dir</Key><Code>${code}</Code></Error></DeleteResult>`,
      );
    });
    await store.delete('dir');
    code = 'AccessDenied';
    await expect(store.delete('dir')).rejects.toMatchObject({ code: 'permission-denied', path: 'dir' });
  });

  it('are final too when the error does not say its size, unless it is larger than errors are', async () => {
    for (const [more, requests] of [
      ['', [false]],
      [' '.repeat(100_000), [false, true]],
    ] as const) {
      const { store, arrived } = await openOn((response) => response.writeHead(404).end(noSuchKey + more));
      await expect(store.read('file')).rejects.toMatchObject({ code: 'not-found' });
      expect(arrived.map(({ isOfSdk }) => isOfSdk)).toEqual(requests);
    }
  });

  it('are not begun when an abort comes before their connection', async () => {
    const controller = new AbortController();
    let isAborting = false;
    const credentials = async (): Promise<{ accessKeyId: string; secretAccessKey: string; expiration: Date }> => {
      if (isAborting) {
        controller.abort(new Error('enough'));
      }
      // About to expire: they are asked for each time.
      return { accessKeyId: 'id', secretAccessKey: 'secret', expiration: new Date(Date.now() + 1000) };
    };
    const { store, arrived } = await openOn(answerWith('contents'), { credentials });
    isAborting = true;
    await expect(store.read('file', { signal: controller.signal })).rejects.toThrow('enough');
    await store.stat('other');
    expect(arrived.map(({ url }) => url)).toEqual(['/bucket/other']);
  });

  it('end with their connection when an abort comes before the answer, or in the middle of it', async () => {
    for (const begins of [false, true]) {
      const controller = new AbortController();
      const closed = Promise.withResolvers<void>();
      const { store } = await openOn((response) => {
        response.on('close', closed.resolve);
        if (begins) {
          response.writeHead(200, { ...head, 'content-length': 8 }).write('cont');
        }
        setImmediate(() => controller.abort(new Error('enough')));
      });
      await expect(store.read('file', { signal: controller.signal })).rejects.toThrow('enough');
      await closed.promise;
    }
  });

  it('are followed by one for the rest when there is less in the answer than belongs to it', async () => {
    const { store, arrived } = await openOn((response, { headers }) => {
      const [, start = '0'] = /^bytes=(\d+)-/.exec(headers.range ?? '') ?? [];
      const end = Math.min(Number(start) + 4, 8);
      const range = `bytes ${start}-${end - 1}/8`;
      response.writeHead(206, { ...head, 'content-length': end - Number(start), 'content-range': range });
      response.end('contents'.slice(Number(start), end));
    });
    expect(await store.read('file')).toBe('contents');
    expect(arrived.map(({ headers, isOfSdk }) => [headers.range, headers['if-match'], isOfSdk])).toEqual([
      [undefined, undefined, false],
      ['bytes=4-7', '"e"', false],
    ]);
  });

  it('take nothing else for the rest of an answer that broke', async () => {
    const contents = 'x'.repeat(2_000_000);
    for (const rest of [
      { status: 200, headers: {} },
      { status: 206, headers: { 'content-range': `bytes 0-${contents.length - 1}/${contents.length}` } },
    ]) {
      const { store } = await openOn((response, { headers }) => {
        const isRest = headers.range !== undefined;
        response.writeHead(isRest ? rest.status : 200, { ...head, 'content-length': contents.length, ...(isRest ? rest.headers : {}) });
        if (isRest) {
          response.end(contents);
        } else {
          response.write(contents.slice(0, 1_500_000), () => response.destroy());
        }
      });
      const received = new Response(await store.readStream('file')).bytes().then(({ byteLength }) => byteLength);
      await expect(received).rejects.toMatchObject({ code: 'unsupported', message: expect.stringContaining('parts of files') });
    }
  });

  it('that list take names as they are where the server has not encoded them', async () => {
    const toContents = (key: string): string =>
      `<Contents><Key>${key}</Key><Size>1</Size><ETag>"e"</ETag><LastModified>2013-05-24T00:00:00.000Z</LastModified></Contents>`;
    const { store } = await openOn((response) => {
      const contents = ['100%', 'a+b', 'c%20d'].map(toContents).join('');
      response.writeHead(200, { 'content-type': 'application/xml' });
      response.end(`<ListBucketResult><IsTruncated>false</IsTruncated>${contents}</ListBucketResult>`);
    });
    expect(await store.list()).toEqual(['100%', 'a+b', 'c%20d']);
  });

  it('are no faster than who reads a large answer', async () => {
    const total = 512 * 1024 * 1024;
    let sent = 0;
    const { store } = await openOn((response, { method }) => {
      if (method === 'HEAD') {
        answerWith('')(response);
        return;
      }
      response.writeHead(200, { ...head, 'content-length': total });
      const send = (): void => {
        const chunk = Buffer.alloc(256 * 1024);
        do {
          sent += chunk.byteLength;
        } while (response.write(chunk) && sent < total);
      };
      response.on('drain', () => sent < total && send());
      send();
    });
    const reader = (await store.readStream('file')).getReader();
    expect((await reader.read()).done).toBe(false);
    for (let request = 0; request < 300; request += 1) {
      await store.stat('other');
    }
    expect(sent).toBeLessThan(total / 8);
    await reader.cancel();
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
