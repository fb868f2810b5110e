import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Storage } from '@google-cloud/storage';
import type { FileStore } from '@oh/file-store-core';
import { startFaultProxy } from '@oh-tools/fault-proxy';
import { describeWithServer } from '@oh-tools/servers/testing';
import { describe, it, onTestFinished, vi } from 'vitest';
import { GoogleCloudFileStore } from '../src/index.ts';
import { emulatorSource, newBucket, openAsGoogle, openAt } from './gcs-under-test.ts';
import { StrictGcs } from './strict-gcs.ts';

/** Every operation that asks the service. */
const operations: Readonly<Record<string, (store: FileStore) => Promise<unknown>>> = {
  write: (store) => store.write('file', 'x'),
  'write under a condition': (store) => store.write('file', 'x', { ifAbsent: true }),
  'write of 17 MiB': (store) => store.write('file', new Uint8Array(17 * 1024 * 1024)),
  read: (store) => store.read('file'),
  stat: (store) => store.stat('file'),
  exists: (store) => store.exists('file'),
  list: (store) => store.list(),
  delete: (store) => store.delete('file'),
  'delete under a condition': (store) => store.delete('file', { ifVersion: '5' }),
  copy: (store) => store.copy('file', 'to'),
  'copy under a condition': (store) => store.copy('file', 'to', { ifAbsent: true }),
  move: (store) => store.move('file', 'to'),
};

vi.setConfig({ testTimeout: 120_000 });

describeWithServer(emulatorSource, (server) => {
  it('says of a bucket that is missing what to do, in every operation, and never not-found', async () => {
    const strict = await StrictGcs.start(server().endpoint);
    for (const store of [openAt(server().endpoint, 'no-such-bucket'), openAsGoogle(strict.endpoint, 'no-such-bucket')]) {
      for (const [name, operation] of Object.entries(operations)) {
        await assert.rejects(
          operation(store),
          { code: 'unavailable', retryable: false, message: /"no-such-bucket" at http.*does not exist; create it/ },
          name,
        );
      }
      await store.close();
    }
    await strict[Symbol.asyncDispose]();
  });

  it('says so too when the bucket is deleted later on', async () => {
    const strict = await StrictGcs.start(server().endpoint);
    const bucket = await newBucket(server().endpoint);
    const store = openAsGoogle(strict.endpoint, bucket);
    await store.write('file', 'x');
    await store.delete('file');
    assert.equal(await store.exists('file'), false);
    await fetch(`${server().endpoint}/storage/v1/b/${bucket}`, { method: 'DELETE' });
    await assert.rejects(store.read('file'), { code: 'unavailable', message: /create it/ });
    await store.close();
    await strict[Symbol.asyncDispose]();
  });

  it('says of refused credentials what to do, in every operation', async () => {
    const bucket = await newBucket(server().endpoint);
    const proxy = await startFaultProxy({ upstream: server().endpoint });
    const store = openAt(proxy.endpoint, bucket);
    for (const [status, message] of [
      [401, /GOOGLE_APPLICATION_CREDENTIALS/],
      [403, /roles\/storage.objectUser/],
    ] as const) {
      proxy.rules.set([{ fault: { type: 'status', status, body: '<Error><Code>AccessDenied</Code><Message>No.</Message></Error>' } }]);
      for (const [name, operation] of Object.entries(operations)) {
        await assert.rejects(operation(store), { code: 'permission-denied', message, retryable: false }, name);
      }
    }
    await store.close();
    await proxy.close();
  });

  it('takes 0 for no version, although to the service it means that nothing is there', async () => {
    const store = openAt(server().endpoint, await newBucket(server().endpoint));
    for (const version of ['0', '00', '-1', '5x']) {
      await assert.rejects(store.write('new', 'x', { ifVersion: version }), { code: 'version-mismatch' });
      await assert.rejects(store.delete('new', { ifVersion: version }), { code: 'version-mismatch' });
    }
    assert.deepEqual(await store.list(), []);
    await store.close();
  });

  it('asks with the credentials of a storage that is given', async () => {
    const seen: (string | undefined)[] = [];
    const proxy = await startFaultProxy({ upstream: server().endpoint });
    proxy.rules.set([{ fault: { type: 'latency', minMs: 0, maxMs: 0 }, match: ({ headers }) => seen.push(headers.authorization) > 0 }]);
    const bucket = await newBucket(server().endpoint);
    const storage = new Storage({ apiEndpoint: proxy.endpoint, useAuthWithCustomEndpoint: true });
    storage.authClient.getRequestHeaders = async () => new Headers({ authorization: 'Bearer secret' });
    const store = new GoogleCloudFileStore({ bucket, storage });
    await store.write('file', new Uint8Array(17 * 1024 * 1024));
    await store.write('file', 'x');
    assert.equal(await store.read('file'), 'x');
    // An upload's own address says who may use it.
    assert.deepEqual(seen, ['Bearer secret', undefined, undefined, 'Bearer secret', 'Bearer secret']);
    storage.authClient.getRequestHeaders = async () => {
      throw new Error('Could not load the default credentials.');
    };
    await assert.rejects(store.read('file'), {
      code: 'permission-denied',
      message: /default credentials; set GOOGLE_APPLICATION_CREDENTIALS/,
    });
    await store.close();
    await proxy.close();
  });

  it('asks for credentials again when the network was in the way, and says so when it stays there', async () => {
    const bucket = await newBucket(server().endpoint);
    const storage = new Storage({ apiEndpoint: server().endpoint, useAuthWithCustomEndpoint: true });
    vi.spyOn(Math, 'random').mockReturnValue(0);
    onTestFinished(() => void vi.restoreAllMocks());
    const codes = ['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ECONNREFUSED', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'];
    let failures = codes.length;
    storage.authClient.getRequestHeaders = async () => {
      failures -= 1;
      if (failures >= 0) {
        throw new Error('request to https://oauth2.googleapis.com/token failed', {
          cause: Object.assign(new Error(), { code: codes[failures % codes.length] }),
        });
      }
      return new Headers({ authorization: 'Bearer secret' });
    };
    const store = new GoogleCloudFileStore({ bucket, storage, maxAttempts: codes.length + 1 });
    await store.write('file', 'x');
    failures = codes.length + 1;
    await assert.rejects(store.read('file'), { code: 'unavailable', retryable: true, message: /oauth2.* failed; check the network/ });
    storage.authClient.getRequestHeaders = async () => {
      throw Object.assign(new Error('getaddrinfo ENOTFOUND oauth2.googleapis.com'), { code: 'ENOTFOUND' });
    };
    await assert.rejects(store.read('file'), { code: 'unavailable', retryable: false, message: /oauth2.*; check the network/ });
    storage.authClient.getRequestHeaders = async () => {
      const error = new Error('no credentials');
      throw Object.assign(error, { cause: new Error('of each other', { cause: error }) });
    };
    await assert.rejects(store.read('file'), { code: 'permission-denied' });
    await store.close();
  });
});

const fileBytes = Buffer.from(Array.from({ length: 1_000_000 }, (_, i) => i % 251));

/** A service with one file, whose contents `answer` sends. */
async function serveFile(
  answer: (asked: number, response: ServerResponse) => void,
): Promise<AsyncDisposable & { readonly store: FileStore }> {
  let asked = 0;
  const server = createServer((request, response) => {
    if (request.url?.includes('alt=media') === true) {
      asked += 1;
      answer(asked, response);
    } else {
      const described = { name: 'file', size: String(fileBytes.byteLength), generation: '1', updated: '2013-05-24T00:00:00Z' };
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(described));
    }
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const store = openAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 'bucket');
  return {
    store,
    [Symbol.asyncDispose]: async () => {
      await store.close();
      server.close().closeAllConnections();
    },
  };
}

/** Begins an answer with the bytes from one on. */
function sendPart(response: ServerResponse, { status, from, to = fileBytes.byteLength }: SentPart): ServerResponse {
  return response.writeHead(status, {
    'x-goog-generation': '1',
    'x-goog-stored-content-length': fileBytes.byteLength,
    'last-modified': 'Fri, 24 May 2013 00:00:00 GMT',
    'content-length': to - from,
    ...(status === 206 ? { 'content-range': `bytes ${from}-${to - 1}/${fileBytes.byteLength}` } : {}),
  });
}

interface SentPart {
  readonly status: 200 | 206;
  readonly from: number;
  readonly to?: number;
}

describe('GoogleCloudFileStore', () => {
  it('says of an address where nothing listens, or that nobody knows, what to do', async () => {
    for (const apiEndpoint of ['http://127.0.0.1:1', 'http://no-such-host.invalid']) {
      const store = new GoogleCloudFileStore({ bucket: 'b', apiEndpoint, maxAttempts: 2 });
      await assert.rejects(store.read('file'), {
        code: 'unavailable',
        message: new RegExp(`${apiEndpoint}: .*; check the network, apiEndpoint`),
      });
      await store.close();
    }
  });

  it.each([
    ['the whole file', { status: 200, from: 0 }],
    ['another part', { status: 206, from: 100 }],
  ] as const)('does not take %s for the rest of an answer that broke', async (_, wrong) => {
    await using service = await serveFile((asked, response) => {
      if (asked === 1) {
        sendPart(response, { status: 206, from: 100 }).write(fileBytes.subarray(100, 500_000), () => response.destroy());
      } else {
        sendPart(response, wrong).end(fileBytes.subarray(wrong.from));
      }
    });
    const { store } = service;
    let offset = 100;
    const reading = (async () => {
      for await (const chunk of await store.readStream('file', { range: { start: 100 } })) {
        assert.ok(fileBytes.subarray(offset, offset + chunk.byteLength).equals(chunk), `other bytes than those from ${offset} on`);
        offset += chunk.byteLength;
      }
    })();
    await assert.rejects(reading, { code: 'unknown', message: /check that Google Cloud Storage answers/ });
  });

  it('does not take another part for the one that it asked for', async () => {
    await using service = await serveFile((_, response) => {
      sendPart(response, { status: 206, from: 200, to: 300 }).end(fileBytes.subarray(200, 300));
    });
    await assert.rejects(service.store.readBytes('file', { range: { start: 100, end: 200 } }), {
      code: 'unknown',
      message: /check that Google Cloud Storage answers/,
    });
  });

  it('says so when somebody else answers at the address', async () => {
    for (const answer of [
      (_request, response) => response.writeHead(200, { 'content-type': 'application/json' }).end('<html>'),
      (_request, response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{}'),
      (_request, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
    ] satisfies RequestListener[]) {
      const other = createServer(answer);
      await once(other.listen(0, '127.0.0.1'), 'listening');
      const store = new GoogleCloudFileStore({ bucket: 'b', apiEndpoint: `http://127.0.0.1:${(other.address() as AddressInfo).port}` });
      for (const operation of [() => store.stat('file'), () => store.read('file'), () => store.write('file', 'x')]) {
        await assert.rejects(operation(), { code: 'unknown', message: /check that Google Cloud Storage answers/ });
      }
      await store.close();
      other.close();
    }
  });

  it('refuses options that are none, and does no I/O to do so', () => {
    const storage = new Storage({ apiEndpoint: 'http://127.0.0.1:1' });
    for (const options of [
      { bucket: '' },
      { bucket: 5 },
      {},
      { bucket: 'b', maxAttempts: 0 },
      { bucket: 'b', maxAttempts: 1.5 },
      { bucket: 'b', timeoutMs: 0 },
      { bucket: 'b', timeoutMs: Number.NaN },
      { bucket: 'b', storage, apiEndpoint: 'http://127.0.0.1:2' },
    ]) {
      assert.throws(() => new GoogleCloudFileStore(options as never), TypeError, JSON.stringify(options));
    }
    assert.throws(() => new GoogleCloudFileStore({ bucket: 'b', prefix: 'a/../b' }), { code: 'invalid-path' });
  });

  it('refuses a path that is too long together with the prefix, before any I/O', async () => {
    const store = new GoogleCloudFileStore({ bucket: 'b', prefix: 'p', apiEndpoint: 'http://127.0.0.1:1', maxAttempts: 1 });
    const path = Array.from({ length: 4 }, () => 'x'.repeat(255)).join('/');
    for (const operation of [() => store.write(path, 'x'), () => store.read(path), () => store.delete(path), () => store.copy('a', path)]) {
      await assert.rejects(operation(), { code: 'invalid-path' });
    }
    await store.close();
  });
});
