import { createHash } from 'node:crypto';
import { ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import type { FileContents } from '@oh/file-store-core';
import { type S3Server, s3Source } from '@oh-tools/servers';
import { describeWithServer } from '@oh-tools/servers/testing';
import { expect, it, onTestFinished } from 'vitest';
import { openProxied } from './proxied-stores.ts';
import { openClient, openStore } from './test-stores.ts';

const mebibyte = 1024 * 1024;

/** Bytes in which no two thousands are equal. */
function patterned(mebibytes: number): Uint8Array {
  const bytes = Buffer.alloc(mebibytes * mebibyte + 3);
  for (let i = 0; i < bytes.byteLength; i += 1000) {
    bytes.subarray(i, i + 1000).fill(`${i};`);
  }
  return bytes;
}

async function* inChunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  const chunk = Buffer.alloc(size);
  for (let i = 0; i < bytes.byteLength; i += size) {
    // One buffer for all chunks, as some sources do it.
    const part = bytes.subarray(i, i + size);
    chunk.set(part);
    yield chunk.subarray(0, part.byteLength);
  }
}

/** Uploads to a path that were begun, and neither completed nor aborted. MinIO lists them by the whole key only. */
async function uploadsLeft(server: S3Server, prefix: string, path = 'file'): Promise<unknown[]> {
  const client = openClient(server);
  onTestFinished(() => client.destroy());
  const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: server.bucket, Prefix: `${prefix}/${path}` }));
  return Uploads;
}

/** Not of the trial that comes before a condition. */
const isCompletion = ({ kind, url }: { kind: string; url: string }): boolean =>
  kind === 'CompleteMultipartUpload' && !url.includes('.oh-probe');

const errorOf = (code: string): string => `<Error><Code>${code}</Code></Error>`;

const sha = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describeWithServer(s3Source, (server) => {
  it('writes from 16 MiB on in parts, from memory and from a stream, with type and metadata', { timeout: 120_000 }, async () => {
    const { proxy, store } = await openProxied(server());
    const bytes = patterned(20);
    const options = { contentType: 'text/plain', metadata: { name: 'Zoë' } };
    const sources: Readonly<Record<string, () => FileContents>> = { memory: () => bytes, stream: () => inChunks(bytes, 300_000) };
    for (const [name, contents] of Object.entries(sources)) {
      proxy.requests.reset();
      const written = await store.write(name, contents(), options);
      expect(proxy.requests.byKind).toEqual({ CreateMultipartUpload: 1, UploadPart: 3, CompleteMultipartUpload: 1, HeadObject: 1 });
      expect(written).toEqual(await store.stat(name));
      expect(written).toMatchObject({ size: bytes.byteLength, ...options });
      expect(sha(await store.readBytes(name))).toBe(sha(bytes));
    }
    proxy.requests.reset();
    await store.write('below', inChunks(bytes.subarray(0, 16 * mebibyte - 1), 300_000));
    expect(proxy.requests.byKind).toEqual({ PutObject: 1 });
  });

  it('uses the memory of a part again only when the server has it, a repeated one included', { timeout: 120_000 }, async () => {
    const { proxy, store } = await openProxied(server(), { maxAttempts: 10 });
    const isPart = ({ kind }: { readonly kind: string }): boolean => kind === 'UploadPart';
    proxy.rules.set([
      { fault: { type: 'reset', at: 'request-body' }, match: isPart, probability: 0.5, times: 3 },
      { fault: { type: 'lose-response' }, match: isPart, probability: 0.5, times: 3 },
      { fault: { type: 'latency', minMs: 0, maxMs: 200 }, match: isPart },
    ]);
    const bytes = patterned(70);
    await store.write('file', inChunks(bytes, 300_000));
    expect(proxy.requests.byKind['UploadPart']).toBeGreaterThan(9);
    proxy.rules.clear();
    expect(sha(await store.readBytes('file'))).toBe(sha(bytes));
  });

  it('holds conditions on completion, and copies large files inside the server under them', { timeout: 120_000 }, async () => {
    const { proxy, store, prefix } = await openProxied(server());
    const [one, other] = [patterned(17), patterned(18)];
    const results = await Promise.allSettled([one, other, one, other].map((bytes) => store.write('raced', bytes, { ifAbsent: true })));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const { version } = await store.stat('raced');
    await expect(store.write('raced', one, { ifVersion: `${version}0` })).rejects.toMatchObject({ code: 'version-mismatch' });
    await expect(store.write('missing', one, { ifVersion: version })).rejects.toMatchObject({ code: 'version-mismatch' });
    const next = await store.write('raced', one, { ifVersion: version });
    proxy.requests.reset();
    const copy = await store.copy('raced', 'copy', { ifAbsent: true });
    expect(proxy.requests.byKind).toMatchObject({ UploadPartCopy: 1 });
    expect(proxy.requests.byKind).not.toHaveProperty('GetObject');
    expect(copy.size).toBe(one.byteLength);
    await expect(store.copy('raced', 'copy', { ifAbsent: true })).rejects.toMatchObject({ code: 'already-exists' });
    await store.move('raced', 'copy', { ifVersion: copy.version });
    expect(sha(await store.readBytes('copy'))).toBe(sha(one));
    expect(await store.exists('raced')).toBe(false);
    expect(next.size).toBe(one.byteLength);
    for (const path of ['raced', 'copy', 'missing']) {
      expect(await uploadsLeft(server(), prefix, path)).toEqual([]);
    }
  });

  it('leaves the old file and no part when the source fails, a part fails for good, or the completion is refused', {
    timeout: 120_000,
  }, async () => {
    const { proxy, store, prefix } = await openProxied(server(), { maxAttempts: 2 });
    const old = await store.write('file', 'old');
    const failure = new Error('the source broke');
    const failing = async function* (): AsyncGenerator<Uint8Array> {
      yield patterned(30);
      throw failure;
    };
    await expect(store.write('file', failing())).rejects.toBe(failure);
    for (const kind of ['CreateMultipartUpload', 'UploadPart', 'CompleteMultipartUpload']) {
      proxy.rules.set([{ fault: { type: 'status', status: 500 }, match: (request) => request.kind === kind }]);
      await expect(store.write('file', inChunks(patterned(30), 1_000_000)), kind).rejects.toMatchObject({ code: 'unavailable' });
    }
    proxy.rules.clear();
    expect((await store.stat('file')).version).toBe(old.version);
    expect(await uploadsLeft(server(), prefix)).toEqual([]);
  });

  it('does not ask for completion when the last part has failed, and says why it did', { timeout: 60_000 }, async () => {
    const { proxy, store, prefix } = await openProxied(server(), { maxAttempts: 1 });
    proxy.rules.set([{ fault: { type: 'status', status: 403 }, match: ({ url }) => url.includes('partNumber=3') }]);
    await expect(store.write('file', patterned(17))).rejects.toMatchObject({ code: 'permission-denied' });
    expect(proxy.requests.byKind).toMatchObject({ UploadPart: 3, AbortMultipartUpload: 1 });
    expect(proxy.requests.byKind).not.toHaveProperty('CompleteMultipartUpload');
    expect(await uploadsLeft(server(), prefix)).toEqual([]);
  });

  it('ends a write whose part has failed although its source is silent', { timeout: 60_000 }, async () => {
    const { proxy, store, prefix } = await openProxied(server(), { maxAttempts: 1 });
    proxy.rules.set([{ fault: { type: 'status', status: 403 }, match: ({ kind }) => kind === 'UploadPart' }]);
    const silent = async function* (): AsyncGenerator<Uint8Array> {
      yield patterned(17);
      await new Promise(() => undefined);
    };
    await expect(store.write('file', silent())).rejects.toMatchObject({ code: 'permission-denied' });
    expect(await uploadsLeft(server(), prefix)).toEqual([]);
  });

  for (const kind of ['CreateMultipartUpload', 'UploadPart', 'CompleteMultipartUpload']) {
    it(`is aborted in the middle of ${kind}: no part stays, and the old file does`, { timeout: 60_000 }, async () => {
      const { proxy, store, beside, prefix } = await openProxied(server());
      await store.write('file', 'old');
      proxy.rules.set([{ fault: { type: 'latency', minMs: 1000, maxMs: 1000 }, match: (request) => request.kind === kind }]);
      const reason = new Error('stopped');
      const controller = new AbortController();
      const arrived = proxy.nextRequest((request) => request.kind === kind);
      const writing = store.write('file', patterned(20), { signal: controller.signal });
      await Promise.race([arrived, writing]);
      expect(await uploadsLeft(server(), prefix)).toHaveLength(kind === 'CreateMultipartUpload' ? 0 : 1);
      controller.abort(reason);
      await expect(writing).rejects.toBe(reason);
      expect(proxy.requests.byKind).toHaveProperty('AbortMultipartUpload');
      expect(await uploadsLeft(server(), prefix)).toEqual([]);
      expect(await beside.read('file')).toBe('old');
    });
  }

  it('does not keep an abort waiting for ever, and aborts an upload that is begun behind its back before it closes', {
    timeout: 60_000,
  }, async () => {
    const { proxy, store, prefix } = await openProxied(server());
    const isCreate = ({ kind }: { kind: string }): boolean => kind === 'CreateMultipartUpload';
    proxy.rules.set([{ fault: { type: 'latency', minMs: 12_000, maxMs: 12_000 }, match: isCreate }]);
    const controller = new AbortController();
    const arrived = proxy.nextRequest(isCreate);
    const writing = store.write('file', patterned(17), { signal: controller.signal });
    await Promise.race([arrived, writing]);
    controller.abort();
    await expect(writing).rejects.toMatchObject({ name: 'AbortError' });
    expect(proxy.requests.byKind).not.toHaveProperty('AbortMultipartUpload');
    await store.close();
    expect(proxy.requests.byKind).toHaveProperty('AbortMultipartUpload');
    expect(await uploadsLeft(server(), prefix)).toEqual([]);
  });

  it('says done when an abort comes after the completion was', { timeout: 60_000 }, async () => {
    const { proxy, store } = await openProxied(server());
    proxy.rules.set([{ fault: { type: 'lose-response' }, match: ({ kind }) => kind === 'CompleteMultipartUpload' }]);
    const controller = new AbortController();
    const lookedAt = proxy.nextRequest(({ kind }) => kind === 'HeadObject').then(() => controller.abort());
    const written = await store.write('file', patterned(17), { signal: controller.signal });
    await lookedAt;
    expect(written.version).toBe((await store.stat('file')).version);
  });

  it('is done when its completion is, whatever becomes of the look at what was made', { timeout: 60_000 }, async () => {
    const { proxy, store } = await openProxied(server());
    const isLook = ({ kind }: { kind: string }): boolean => kind === 'HeadObject';
    proxy.rules.set([{ fault: { type: 'half-open' }, match: isLook }]);
    const controller = new AbortController();
    const looking = proxy.nextRequest(isLook).then(() => controller.abort());
    const written = await store.write('file', patterned(17), { signal: controller.signal });
    await looking;
    proxy.rules.clear();
    expect(written.version).toBe((await store.stat('file')).version);
  });

  it('knows its own completion again when the answer was lost', { timeout: 60_000 }, async () => {
    const { proxy, store, prefix } = await openProxied(server());
    for (const condition of [{}, { ifAbsent: true }]) {
      proxy.rules.set([{ fault: { type: 'lose-response' }, times: 1, match: ({ kind }) => kind === 'CompleteMultipartUpload' }]);
      const path = `file ${Object.keys(condition)}`;
      const written = await store.write(path, patterned(17), condition);
      expect(proxy.requests.faults).toHaveProperty('lose-response');
      expect(written).toEqual(await store.stat(path));
      expect(await uploadsLeft(server(), prefix, path)).toEqual([]);
    }
  });

  it('does not know how an upload ended that is gone after a lost answer, unless the file there tells', { timeout: 60_000 }, async () => {
    const { proxy, store, beside } = await openProxied(server());
    const { version } = await beside.write('taken', 'old');
    await beside.write('taken', 'theirs', { ifVersion: version });
    await beside.write('replaced', 'theirs');
    const undecided = { code: 'unavailable', retryable: false, message: expect.stringContaining('not known') };
    for (const [path, condition, error] of [
      ['taken', { ifVersion: version }, { code: 'version-mismatch' }],
      ['taken', {}, undecided],
      ['replaced', { ifVersion: version }, undecided],
      ['replaced', { ifAbsent: true }, undecided],
      ['replaced', {}, undecided],
      ['gone', { ifAbsent: true }, undecided],
    ] as const) {
      proxy.rules.set([
        { fault: { type: 'reset', at: 'start' }, times: 1, match: isCompletion },
        { fault: { type: 'status', status: 404, body: errorOf('NoSuchUpload') }, match: isCompletion },
      ]);
      await expect(store.write(path, patterned(17), condition), path).rejects.toMatchObject(error);
    }
  });

  it('is done when the answer to its completion cannot be read', { timeout: 60_000 }, async () => {
    const client = openClient(server());
    const store = openStore(server(), { client });
    onTestFinished(async () => {
      await store.close();
      client.destroy();
    });
    client.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          const result = await next(args);
          if (commandName === 'CompleteMultipartUploadCommand') {
            Object.assign(result.response as object, { body: Buffer.from('<html><br></html') });
          }
          return result;
        },
      { step: 'deserialize', priority: 'low', name: 'breakAnswers' },
    );
    const written = await store.write('file', patterned(17));
    expect(written).toEqual(await store.stat('file'));
  });

  it('has lost its condition also when the answer says so after it has begun as a success', { timeout: 60_000 }, async () => {
    const { proxy, store, beside } = await openProxied(server(), { maxAttempts: 3 });
    await beside.write('file', 'theirs');
    const fault = { type: 'status', status: 200, body: errorOf('PreconditionFailed') } as const;
    proxy.rules.set([{ fault, match: isCompletion }]);
    await expect(store.write('file', patterned(17), { ifAbsent: true })).rejects.toMatchObject({ code: 'already-exists' });
    await expect(store.write('file', patterned(17), { ifVersion: 'other' })).rejects.toMatchObject({ code: 'version-mismatch' });
    proxy.rules.set([{ fault: { ...fault, body: errorOf('InternalError') }, match: isCompletion }]);
    await expect(store.write('file', patterned(17))).rejects.toMatchObject({ code: 'unavailable', retryable: true });
    expect(await beside.read('file')).toBe('theirs');
  });

  it('streams 200 MiB through bounded memory', { timeout: 180_000 }, async () => {
    const store = openStore(server());
    onTestFinished(() => store.close());
    const piece = patterned(1).subarray(0, mebibyte);
    const source = async function* (): AsyncGenerator<Uint8Array> {
      for (let i = 0; i < 200; i += 1) {
        yield piece;
      }
    };
    let most = 0;
    const before = process.memoryUsage().rss;
    const timer = setInterval(() => {
      most = Math.max(most, process.memoryUsage().rss - before);
    }, 5);
    await store.write('large', source());
    let size = 0;
    for await (const chunk of await store.readStream('large')) {
      size += chunk.byteLength;
    }
    clearInterval(timer);
    expect(size).toBe(200 * mebibyte);
    expect(most / mebibyte).toBeLessThan(160);
    await store.delete('large');
  });
});
