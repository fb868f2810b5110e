import assert from 'node:assert/strict';
import type { FileStore } from '@oh/file-store-core';
import { type FaultProxy, gcsOperation, startFaultProxy } from '@oh-tools/fault-proxy';
import { describeWithServer } from '@oh-tools/servers/testing';
import { afterEach, beforeEach, it, vi } from 'vitest';
import { emulatorSource, newBucket, openAsGoogle, openAt } from './gcs-under-test.ts';
import { StrictGcs } from './strict-gcs.ts';

/** The emulator hashes all of an upload anew with each part. */
vi.setConfig({ testTimeout: 120_000 });

const mebibyte = 1024 * 1024;
const bytes = Buffer.alloc(32 * mebibyte + 5, 'what a large file has in it, ');

describeWithServer(emulatorSource, (server) => {
  let strict: StrictGcs;
  let proxy: FaultProxy;
  let bucket: string;
  let store: FileStore;

  beforeEach(async () => {
    bucket = await newBucket(server().endpoint);
    strict = await StrictGcs.start(server().endpoint);
    proxy = await startFaultProxy({ upstream: strict.endpoint, kindOf: gcsOperation });
    store = openAsGoogle(proxy.endpoint, bucket);
  });

  afterEach(async () => {
    await store.close();
    await proxy.close();
    await strict[Symbol.asyncDispose]();
  });

  async function* pieces(): AsyncGenerator<Uint8Array> {
    const memory = new Uint8Array(mebibyte);
    for (let i = 0; i < bytes.byteLength; i += mebibyte) {
      const piece = bytes.subarray(i, i + mebibyte);
      memory.set(piece);
      yield memory.subarray(0, piece.byteLength);
    }
  }

  const isPart = ({ kind }: { readonly kind: string }): boolean => kind === 'objects.insert.chunk';

  it('writes a stream in parts, from memory that its source uses again', async () => {
    const info = await store.write('large', pieces(), { contentType: 'text/x', metadata: { a: 'é' } });
    assert.deepEqual(info, await store.stat('large'));
    assert.deepEqual([info.size, info.contentType, info.metadata], [bytes.byteLength, 'text/x', { a: 'é' }]);
    assert.ok(bytes.equals(await store.readBytes('large')));
    assert.equal(proxy.requests.byKind['objects.insert.chunk'], 4);
  });

  it('holds the condition at the end: one of several writers in parts wins, and cancels nothing of the others', async () => {
    const results = await Promise.allSettled([1, 2, 3].map(() => store.write('large', pieces(), { ifAbsent: true })));
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
    for (const result of results) {
      assert.ok(
        result.status === 'fulfilled' || result.reason.code === 'already-exists',
        String(result.status === 'rejected' && result.reason),
      );
    }
    assert.ok(bytes.equals(await store.readBytes('large')));
  });

  it('takes an upload up where it broke, whether the part arrived or not', async () => {
    for (const fault of [
      { type: 'lose-response' },
      { type: 'reset', at: 'start' },
      { type: 'reset', at: 'request-body' },
      { type: 'status', status: 503 },
    ] as const) {
      proxy.rules.set([{ fault, match: isPart, times: 2 }]);
      const info = await store.write('large', pieces());
      assert.deepEqual(info, await store.stat('large'));
      assert.ok(bytes.equals(await store.readBytes('large')), fault.type);
    }
    assert.equal(strict.cancelled, 0);
  });

  it('sends what is missing of a part that was taken only in part', async () => {
    strict.takesOnce = 5 * mebibyte;
    await store.write('large', pieces());
    assert.ok(bytes.equals(await store.readBytes('large')));
    assert.equal(proxy.requests.byKind['objects.insert.chunk'], 5);
  });

  it('knows that it won when the answer to the last part is lost', async () => {
    const parts = { seen: 0 };
    proxy.rules.set([{ fault: { type: 'lose-response' }, match: (request) => isPart(request) && ++parts.seen === 4, times: 1 }]);
    assert.deepEqual(await store.write('large', pieces(), { ifAbsent: true }), await store.stat('large'));
  });

  it('leaves the old file and no upload when the source fails, when the service does, and when it is aborted', async () => {
    await store.write('large', 'old');
    const failure = new Error('the source broke');
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield bytes.subarray(0, 20 * mebibyte);
      throw failure;
    }
    await assert.rejects(store.write('large', failing()), (error) => error === failure);

    proxy.rules.set([{ fault: { type: 'status', status: 403 }, match: isPart }]);
    await assert.rejects(store.write('large', pieces()), { code: 'permission-denied' });

    proxy.rules.set([{ fault: { type: 'half-open' }, match: ({ method }) => method === 'PUT' }]);
    const controller = new AbortController();
    const reason = new Error('stopped');
    const sent = proxy.nextRequest(isPart);
    const writing = store.write('large', pieces(), { signal: controller.signal });
    await sent;
    controller.abort(reason);
    await assert.rejects(writing, (error) => error === reason);

    await store.close();
    assert.equal(strict.cancelled, 3, 'close did not wait');
    const other = openAt(server().endpoint, bucket);
    assert.equal(await other.read('large'), 'old');
    await other.close();
  });

  it('fails when the service fails, though the source is silent for ever', async () => {
    async function* silent(): AsyncGenerator<Uint8Array> {
      yield bytes.subarray(0, 20 * mebibyte);
      await new Promise(() => undefined);
    }
    proxy.rules.set([{ fault: { type: 'status', status: 403 }, match: isPart }]);
    await assert.rejects(store.write('large', silent()), { code: 'permission-denied' });
  });

  it('is refused by the service when contents are damaged on their way, and tries again where it can', async () => {
    await store.write('file', 'old');
    strict.damages = 'once';
    await store.write('file', 'a body of some length '.repeat(1000));
    assert.equal(await store.read('file'), 'a body of some length '.repeat(1000));
    strict.damages = 'always';
    await assert.rejects(store.write('file', 'another body of some length '.repeat(1000)), { code: 'unavailable', message: /damaged/ });
    strict.damages = 'no';
    assert.equal(await store.read('file'), 'a body of some length '.repeat(1000));
  });

  it('says corrupt when contents arrive otherwise than they were stored', async () => {
    await store.write('small', 'x'.repeat(1000));
    await store.write('large', 'x'.repeat(1_000_000));
    strict.damages = 'once';
    assert.equal(await store.read('small'), 'x'.repeat(1000));
    strict.damages = 'always';
    await assert.rejects(store.read('small'), { code: 'corrupt', path: 'small' });
    await assert.rejects(store.read('large'), { code: 'corrupt', path: 'large' });
    strict.damages = 'no';
    assert.equal((await store.read('large')).length, 1_000_000);
  });

  it('fails elsewhere than at Google when a part breaks: an emulator would end the upload there', async () => {
    const plain = await startFaultProxy({ upstream: server().endpoint, kindOf: gcsOperation });
    const emulated = openAt(plain.endpoint, bucket);
    await emulated.write('large', 'old');
    plain.rules.set([{ fault: { type: 'lose-response' }, match: isPart, times: 1 }]);
    await assert.rejects(emulated.write('large', pieces()), { code: 'unavailable' });
    assert.equal(await emulated.read('large'), 'old');
    await emulated.close();
    await plain.close();
  });
});
