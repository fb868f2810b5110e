import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { S3Client } from '@aws-sdk/client-s3';
import type { FileStoreErrorCode } from '@oh/file-store-core';
import { s3Source } from '@oh-tools/servers';
import { describeWithServer } from '@oh-tools/servers/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { S3FileStore, type S3FileStoreOptions } from '../src/index.ts';
import { openProxied } from './proxied-stores.ts';
import { connectionTo, openClient, openStore } from './test-stores.ts';

/** Every way to ask, each of which must say the same. */
const operations: Readonly<Record<string, (store: S3FileStore) => Promise<unknown>>> = {
  write: (store) => store.write('file', 'contents'),
  'conditional write': (store) => store.write('file', 'contents', { ifAbsent: true }),
  'large write': (store) => store.write('file', new Uint8Array(16 * 1024 * 1024)),
  read: (store) => store.read('file'),
  stat: (store) => store.stat('file'),
  exists: (store) => store.exists('file'),
  list: (store) => store.list(),
  delete: (store) => store.delete('file'),
  copy: (store) => store.copy('file', 'copy'),
};

async function expectAll(store: S3FileStore, code: FileStoreErrorCode, message: RegExp, retryable = false): Promise<void> {
  onTestFinished(() => store.close());
  for (const [name, operation] of Object.entries(operations)) {
    const error: unknown = await operation(store).catch((reason: unknown) => reason);
    expect(error, name).toMatchObject({ code, retryable, message: expect.stringMatching(message) });
    // None of these was done.
    expect(String(error), name).not.toContain('took effect');
    expect(inspect(error, { depth: 10, showHidden: true }), name).not.toMatch(/very-secret/);
  }
}

describeWithServer(s3Source, (server) => {
  it('says which bucket is missing, to exists too', async () => {
    await expectAll(
      openStore(server(), { bucket: 'oh-no-such-bucket' }),
      'unavailable',
      /oh-no-such-bucket.* does not exist; create it|the bucket does not exist; create it/,
    );
  });

  it('says that credentials are wrong, without printing them', async () => {
    const { accessKeyId } = server();
    for (const credentials of [
      { accessKeyId, secretAccessKey: 'very-secret' },
      { accessKeyId: 'nobody', secretAccessKey: 'very-secret' },
      { accessKeyId, secretAccessKey: 'very-secret', sessionToken: 'very-secret-token' },
    ]) {
      await expectAll(openStore(server(), { credentials }), 'permission-denied', /the credentials are not valid there/);
    }
  });

  it('says that nobody listens, or that the host is not known', { timeout: 60_000 }, async () => {
    await expectAll(
      openStore(server(), { endpoint: 'http://127.0.0.1:9', maxAttempts: 2 }),
      'unavailable',
      /127\.0\.0\.1:9: ECONNREFUSED; nothing listens there/,
      true,
    );
    const store = openStore(server(), { endpoint: 'http://no-such-host.invalid', maxAttempts: 1 });
    onTestFinished(() => store.close());
    await expect(store.read('file')).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('the host is not known'),
    });
  });

  it('says that https does not fit a server of http', async () => {
    const endpoint = server().endpoint.replace('http:', 'https:');
    await expectAll(openStore(server(), { endpoint }), 'unavailable', /http or https/);
  });

  it('says that the clock is wrong', async () => {
    const client = new S3Client({ ...connectionTo(server()), forcePathStyle: true, maxAttempts: 1, systemClockOffset: 7_200_000 });
    onTestFinished(() => client.destroy());
    const store = openStore(server(), { client });
    await expect(store.read('file')).rejects.toMatchObject({
      code: 'unavailable',
      retryable: false,
      message: expect.stringContaining('the clock of this machine'),
    });
  });

  it('tries again what the server was not able to do, and says it when it never is', { timeout: 60_000 }, async () => {
    const { proxy, store } = await openProxied(server(), { maxAttempts: 3 });
    await store.write('file', 'x');
    const meanings: readonly (readonly [number, string, FileStoreErrorCode])[] = [
      [500, 'InternalError', 'unavailable'],
      [503, 'SlowDown', 'rate-limited'],
      [503, 'ServiceUnavailable', 'unavailable'],
      [429, 'TooManyRequests', 'rate-limited'],
      [502, 'Whatever', 'unavailable'],
    ];
    for (const [status, name, code] of meanings) {
      const body = `<?xml version="1.0"?><Error><Code>${name}</Code><Message>no</Message></Error>`;
      proxy.rules.set([{ fault: { type: 'status', status, body }, times: 2 }]);
      expect(await store.read('file')).toBe('x');
      proxy.requests.reset();
      proxy.rules.set([{ fault: { type: 'status', status, body } }]);
      await expect(store.read('file'), name).rejects.toMatchObject({ code, retryable: true });
      expect(proxy.requests.total).toBe(3);
    }
  });

  it('waits as long as the server asks with Retry-After', async () => {
    const { proxy, store } = await openProxied(server());
    await store.write('file', 'x');
    proxy.rules.set([{ fault: { type: 'status', status: 503, retryAfterSeconds: 1 }, times: 1 }]);
    const started = performance.now();
    await store.read('file');
    expect(performance.now() - started).toBeGreaterThan(900);
  });

  it('gives up what is not answered in time, and what falls silent in the middle', { timeout: 60_000 }, async () => {
    const { proxy, store } = await openProxied(server(), { maxAttempts: 2, requestTimeoutMs: 500 });
    await store.write('file', 'x');
    proxy.rules.set([{ fault: { type: 'half-open' }, times: 1 }]);
    expect(await store.read('file')).toBe('x');
    proxy.rules.set([{ fault: { type: 'half-open' } }]);
    await expect(store.read('file')).rejects.toMatchObject({ code: 'timeout', retryable: true });
    await expect(store.write('file', 'y')).rejects.toMatchObject({ code: 'timeout' });
  });

  it.each([1, 2])(
    'says of a change without an answer in %i attempts that it may have been made, of nothing else',
    {
      timeout: 60_000,
    },
    async (maxAttempts) => {
      const { proxy, store, beside } = await openProxied(server(), { maxAttempts });
      const changes: Readonly<Record<string, readonly [kind: string, change: () => Promise<unknown>]>> = {
        write: ['PutObject', () => store.write('file', 'new')],
        'conditional write': ['PutObject', () => store.write('absent', 'x', { ifAbsent: true })],
        'large write': ['CompleteMultipartUpload', () => store.write('large', new Uint8Array(16 * 1024 * 1024))],
        copy: ['CopyObject', () => store.copy('file', 'copy')],
        'delete of a file': ['DeleteObject', () => store.delete('lone')],
        'delete of a directory': ['DeleteObjects', () => store.delete('dir')],
      };
      const outcome = /; whether the change took effect is not known$/;
      const slowDown = { type: 'status', status: 503, body: '<Error><Code>SlowDown</Code></Error>' } as const;
      for (const [name, [kind, change]] of Object.entries(changes)) {
        await Promise.all(['file', 'lone', 'dir/a', 'dir/b'].map((path) => beside.write(path, 'old')));
        const isChange = (request: { readonly kind: string }): boolean => request.kind === kind;
        // A conditional write and one in parts look whether it was made: then nobody answers.
        const noLook = {
          fault: { type: 'reset', at: 'start' },
          match: (request: { readonly kind: string }) => request.kind === 'HeadObject',
        } as const;
        const looks = kind === 'CopyObject' ? [] : [noLook];
        proxy.rules.set([{ fault: slowDown, match: isChange }, ...looks]);
        await expect(change(), name).rejects.toMatchObject({ code: 'rate-limited', message: expect.not.stringMatching(outcome) });
        proxy.rules.set([{ fault: { type: 'lose-response' }, times: 1, match: isChange }, { fault: slowDown, match: isChange }, ...looks]);
        const code = maxAttempts === 1 ? 'unavailable' : 'rate-limited';
        await expect(change(), name).rejects.toMatchObject({ code, message: expect.stringMatching(outcome) });
      }
      proxy.rules.set([{ fault: { type: 'lose-response' } }]);
      for (const read of [() => store.read('file'), () => store.stat('file'), () => store.list()]) {
        await expect(read()).rejects.toMatchObject({ code: 'unavailable', message: expect.not.stringMatching(outcome) });
      }
    },
  );

  it('aborts every operation that is under way, at once and with the reason', { timeout: 60_000 }, async () => {
    const { proxy, store, beside } = await openProxied(server());
    await beside.write('file', 'old');
    proxy.rules.set([{ fault: { type: 'half-open' } }]);
    const aborted: Readonly<Record<string, (signal: AbortSignal) => Promise<unknown>>> = {
      write: (signal) => store.write('file', 'new', { signal }),
      read: (signal) => store.read('file', { signal }),
      stat: (signal) => store.stat('file', { signal }),
      list: (signal) => store.list('', { signal }),
      delete: (signal) => store.delete('file', { signal }),
      copy: (signal) => store.copy('file', 'copy', { signal }),
      move: (signal) => store.move('file', 'copy', { signal }),
    };
    for (const [name, operation] of Object.entries(aborted)) {
      const reason = new Error(`stopped ${name}`);
      const controller = new AbortController();
      const arrived = proxy.nextRequest();
      const running = operation(controller.signal);
      running.catch(() => undefined);
      await arrived;
      controller.abort(reason);
      await expect(running).rejects.toBe(reason);
    }
    proxy.rules.clear();
    expect(await beside.list()).toEqual(['file']);
    expect(await beside.read('file')).toBe('old');
  });

  it('closes its own client, and leaves one that it was given', async () => {
    const client = openClient(server());
    onTestFinished(() => client.destroy());
    let destroyed = 0;
    const destroy = client.destroy.bind(client);
    client.destroy = () => {
      destroyed += 1;
      destroy();
    };
    const given = openStore(server(), { client });
    await given.write('file', 'x');
    await given.close();
    expect(destroyed).toBe(0);
    const { proxy, store } = await openProxied(server());
    await store.write('file', 'x');
    expect(proxy.openConnections).toBeGreaterThan(0);
    await store.close();
    await expect.poll(() => proxy.openConnections).toBe(0);
  });
});

/** What AWS answers and no server here does. */
async function startAnswering(status: number, headers: Record<string, string>, body: string): Promise<S3FileStore> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(status, headers).end(request.method === 'HEAD' ? undefined : body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise<void>((resolve) => void server.close(() => resolve()).closeAllConnections()));
  const options: S3FileStoreOptions = {
    bucket: 'b',
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'id', secretAccessKey: 'very-secret', sessionToken: 'very-secret-token' },
    maxAttempts: 1,
  };
  return new S3FileStore(options);
}

describe('answers of AWS', () => {
  const toXml = (code: string, rest = ''): string =>
    `<?xml version="1.0"?><Error><Code>${code}</Code><Message>said</Message>${rest}</Error>`;

  it('names the region in which the bucket is', async () => {
    const headers = { 'x-amz-bucket-region': 'eu-west-1' };
    const store = await startAnswering(301, headers, toXml('PermanentRedirect'));
    await expectAll(store, 'invalid-argument', /is in the region eu-west-1, not in us-east-1; set the option region or AWS_REGION/);
    const malformed = toXml('AuthorizationHeaderMalformed', '<Region>eu-west-1</Region>');
    await expect((await startAnswering(400, {}, malformed)).read('file')).rejects.toMatchObject({
      message: expect.stringContaining('eu-west-1'),
    });
    await expect((await startAnswering(400, headers, '')).stat('file')).rejects.toMatchObject({
      message: expect.stringContaining('eu-west-1'),
    });
  });

  it('says that credentials have expired, and prints neither them nor what the server repeats of them', async () => {
    const store = await startAnswering(400, {}, toXml('ExpiredToken', '<Token-0>very-secret-token</Token-0>'));
    await expect(store.read('file')).rejects.toMatchObject({
      code: 'permission-denied',
      message: expect.stringContaining('have expired; renew them'),
    });
    // The answer to HEAD says nothing but 400.
    await expect(store.exists('file')).rejects.toMatchObject({ code: 'permission-denied', message: expect.stringContaining('renew them') });
    const error: unknown = await store.read('file').catch((reason: unknown) => reason);
    expect(inspect(error, { depth: 10, showHidden: true })).not.toMatch(/very-secret/);
  });

  it('says corrupt when the contents do not have the checksum that they were stored with', async () => {
    const headers = { etag: '"e"', 'content-length': '8', 'last-modified': new Date().toUTCString() };
    const crc32 = (sum: string): Record<string, string> => ({ ...headers, 'x-amz-checksum-crc32': sum });
    expect(await (await startAnswering(200, crc32('tPoRdw=='), 'contents')).read('file')).toBe('contents');
    await expect((await startAnswering(200, crc32('AAAAAA=='), 'contents')).read('file')).rejects.toMatchObject({
      code: 'corrupt',
      retryable: false,
    });
  });

  it('tells archived files, full disks and what is not implemented apart', async () => {
    const cases: readonly (readonly [number, string, string])[] = [
      [403, 'InvalidObjectState', 'unavailable'],
      [507, 'XMinioStorageFull', 'no-space'],
      [501, 'NotImplemented', 'unsupported'],
      [418, 'Teapot', 'unknown'],
      [403, 'AccessDenied', 'permission-denied'],
    ];
    for (const [status, name, code] of cases) {
      await expect((await startAnswering(status, {}, toXml(name))).read('file'), name).rejects.toMatchObject({ code });
    }
  });
});

it('says what to do where no region is known, and nothing else', async () => {
  const region = (): Promise<string> => Promise.reject(new Error('Region is missing'));
  const client = new S3Client({ region, credentials: { accessKeyId: 'id', secretAccessKey: 'very-secret' } });
  await using store = new S3FileStore({ bucket: 'bucket', client });
  await expect(store.stat('file')).rejects.toMatchObject({
    code: 'invalid-argument',
    message: '[invalid-argument] cannot look at "file" in bucket "bucket": no region is known; set the option region or AWS_REGION',
  });
  client.destroy();
});

it('is aborted while credentials are looked for', async () => {
  await using store = new S3FileStore({
    bucket: 'b',
    endpoint: 'http://127.0.0.1:9',
    credentials: () => new Promise<never>(() => undefined),
  });
  const operations: readonly ((signal: AbortSignal) => Promise<unknown>)[] = [
    (signal) => store.read('file', { signal }),
    (signal) => store.write('file', 'x', { signal }),
    (signal) => store.stat('file', { signal }),
    (signal) => store.list('', { signal }),
    (signal) => store.delete('file', { signal }),
  ];
  for (const operation of operations) {
    const reason = new Error('enough');
    const controller = new AbortController();
    const running = operation(controller.signal);
    setImmediate(() => controller.abort(reason));
    await expect(running).rejects.toBe(reason);
  }
});
