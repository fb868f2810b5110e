import { HeadObjectCommand } from '@aws-sdk/client-s3';
import { s3Source } from '@oh-tools/servers';
import { raceCreates, raceRounds, racers } from '@oh-tools/servers/racing';
import { describeWithServer } from '@oh-tools/servers/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { S3FileStore } from '../src/index.ts';
import { startHonouringServer, type Trick } from './honouring-server.ts';
import { openProxied } from './proxied-stores.ts';
import { openClient, openStore } from './test-stores.ts';

const lostAnswer = { fault: { type: 'lose-response' as const }, times: 1, match: ({ kind }: { kind: string }) => kind === 'PutObject' };

describeWithServer(s3Source, (server) => {
  it('knows its own write again when the answer was lost, and says so to nobody else', async () => {
    const { proxy, store, beside } = await openProxied(server());
    proxy.rules.set([lostAnswer]);
    const created = await store.write('file', 'mine', { ifAbsent: true, metadata: { a: 'b' } });
    expect(proxy.requests.byKind).toEqual({ PutObject: 2, HeadObject: 1 });
    expect(created).toEqual(await store.stat('file'));
    proxy.rules.set([lostAnswer]);
    const changed = await store.write('file', 'changed', { ifVersion: created.version });
    expect(changed.version).toBe((await store.stat('file')).version);
    await expect(beside.write('file', 'mine', { ifAbsent: true })).rejects.toMatchObject({ code: 'already-exists' });
  });

  it('knows its own write again when the answer was lost, and the next attempt is refused', async () => {
    const { proxy, store } = await openProxied(server());
    const refused = { ...lostAnswer, fault: { type: 'status' as const, status: 403 } };
    proxy.rules.set([lostAnswer, refused]);
    await store.write('file', 'mine', { ifAbsent: true });
    expect(proxy.requests.byKind).toEqual({ PutObject: 2, HeadObject: 1 });
    expect(await store.read('file')).toBe('mine');
  });

  it('says who lost when another one was faster than the lost answer', async () => {
    const { proxy, store, beside } = await openProxied(server());
    const { version } = await beside.write('file', 'old');
    const newer = await beside.write('file', 'theirs', { ifVersion: version });
    await beside.write('new', 'theirs', { ifAbsent: true });
    proxy.rules.set([{ fault: { type: 'reset', at: 'start' }, times: 1 }]);
    await expect(store.write('file', 'mine', { ifVersion: version })).rejects.toMatchObject({ code: 'version-mismatch', path: 'file' });
    proxy.rules.set([{ fault: { type: 'reset', at: 'start' }, times: 1 }]);
    await expect(store.write('new', 'mine', { ifAbsent: true })).rejects.toMatchObject({ code: 'already-exists', path: 'new' });
    expect((await store.stat('file')).version).toBe(newer.version);
  });

  it('does not say that it lost when its write may have been replaced before it was sent again', async () => {
    const { proxy, store, beside } = await openProxied(server());
    const { version } = await beside.write('file', 'old');
    await beside.write('file', 'theirs');
    const undecided = { code: 'unavailable', retryable: false, message: expect.stringContaining('not known') };
    for (const condition of [{ ifVersion: version }, { ifAbsent: true }]) {
      proxy.rules.set([{ fault: { type: 'reset', at: 'start' }, times: 1 }]);
      await expect(store.write('file', 'mine', condition)).rejects.toMatchObject(undecided);
    }
    proxy.rules.set([{ fault: { type: 'reset', at: 'start' }, times: 1 }]);
    await expect(store.write('gone', 'mine', { ifVersion: version })).rejects.toMatchObject(undecided);
    expect(await store.read('file')).toBe('theirs');
  });

  it('does not say that it lost to what was copied there, which had replaced something else', async () => {
    const { proxy, store, beside } = await openProxied(server());
    const undecided = { code: 'unavailable', retryable: false, message: expect.stringContaining('not known') };
    const { version } = await beside.write('source', 'new', { ifAbsent: true });
    await beside.copy('source', 'file');
    proxy.rules.set([{ fault: { type: 'reset', at: 'start' }, times: 1 }]);
    await expect(store.write('file', 'mine', { ifAbsent: true })).rejects.toMatchObject(undecided);
    await beside.write('source', 'newer', { ifVersion: version });
    await beside.copy('source', 'file');
    proxy.rules.set([{ fault: { type: 'reset', at: 'start' }, times: 1 }]);
    await expect(store.write('file', 'mine', { ifVersion: version })).rejects.toMatchObject(undecided);
  });

  it('knows its own write when all answers were lost, and when a middlebox sent it twice', async () => {
    const { proxy, store } = await openProxied(server(), { maxAttempts: 2 });
    proxy.rules.set([{ ...lostAnswer, times: 2 }]);
    await store.write('all lost', 'mine', { ifAbsent: true });
    proxy.rules.set([{ fault: { type: 'duplicate', answer: 'second' }, match: ({ kind }) => kind === 'PutObject' }]);
    await store.write('twice', 'mine', { ifAbsent: true });
    expect(await store.list()).toEqual(['all lost', 'twice']);
  });

  it(`lets exactly one of ${racers} racing creates win and know it, while a fifth of all exchanges breaks, in ${raceRounds()} rounds`, {
    timeout: 1_800_000,
  }, async ({ annotate }) => {
    const { proxy, store, beside } = await openProxied(server(), { maxAttempts: 12 });
    proxy.rules.set([
      { fault: { type: 'lose-response' }, probability: 0.1 },
      { fault: { type: 'reset', at: 'start' }, probability: 0.1 },
    ]);
    await raceCreates({ store, beside, rounds: raceRounds() });
    const { total, faults } = proxy.requests;
    await annotate(`${raceRounds()} rounds, one winner each; ${total} requests, ${JSON.stringify(faults)}`);
    expect(faults['lose-response']).toBeGreaterThan(raceRounds());
  });

  it('keeps its write id to itself', async () => {
    const { store, prefix } = await openProxied(server());
    const info = await store.write('file', 'x', { ifAbsent: true });
    expect(info).not.toHaveProperty('metadata');
    expect(await store.stat('file')).not.toHaveProperty('metadata');
    const client = openClient(server());
    onTestFinished(() => client.destroy());
    const head = await client.send(new HeadObjectCommand({ Bucket: server().bucket, Key: `${prefix}/file` }));
    expect(head.Metadata).toHaveProperty('oh-write');
    await store.write('plain', 'x');
    expect((await client.send(new HeadObjectCommand({ Bucket: server().bucket, Key: `${prefix}/plain` }))).Metadata).toEqual({});
  });

  it('takes nothing for a version that S3 could not have given, without asking', async () => {
    const { proxy, store } = await openProxied(server());
    await store.write('file', 'x');
    proxy.requests.reset();
    for (const ifVersion of ['*', '"', 'a, b', 'a"b', 'é', 'a\nb', ' ']) {
      await expect(store.write('file', 'y', { ifVersion }), ifVersion).rejects.toMatchObject({ code: 'version-mismatch' });
    }
    expect(proxy.requests.total).toBe(0);
  });

  it('tries conditions out once, unseen and leaving nothing', { timeout: 60_000 }, async () => {
    const { proxy, store, prefix } = await openProxied(server());
    await Promise.all(Array.from({ length: 5 }, (_, i) => store.write(`dir/${i}`, 'x', { ifAbsent: true })));
    expect(proxy.requests.byKind).toEqual({ PutObject: 5 });
    await expect(store.write('.oh-probe/x', 'x')).rejects.toMatchObject({ code: 'invalid-path' });
    expect(await openStore(server(), { prefix }).list()).toEqual(['dir/']);
  });

  it('moves without conditional deletes, and leaves what was written anew', async () => {
    const { proxy, store, beside } = await openProxied(server());
    await store.write('from', 'old');
    const isHead = ({ kind }: { kind: string }): boolean => kind === 'HeadObject';
    proxy.rules.set([{ fault: { type: 'latency', minMs: 1000, maxMs: 1000 }, match: isHead }]);
    const looks = proxy.nextRequest(isHead);
    const moving = store.move('from', 'to');
    await looks;
    // The second look comes after the copy.
    await proxy.nextRequest(isHead);
    await beside.write('from', 'new');
    await moving;
    expect(await beside.read('to')).toBe('old');
    expect(await beside.read('from')).toBe('new');
  });

  it('refuses to rely on conditional deletes of a server that ignores or races them', { timeout: 60_000 }, async () => {
    const store = openStore(server(), { conditionalDelete: true });
    onTestFinished(() => store.close());
    const { version } = await store.write('file', 'x');
    // A server that honours them says so by deleting.
    const outcome = await store.delete('file', { ifVersion: version }).then(
      () => 'honoured',
      (error: { code: string; message: string }) => `${error.code} ${error.message}`,
    );
    expect(outcome).toMatch(/^honoured$|^unsupported .*conditionalDelete: false/);
    expect(await store.exists('file')).toBe(outcome !== 'honoured');
  });
});

describe('a server that honours all conditions', () => {
  const credentials = { accessKeyId: 'id', secretAccessKey: 'secret' };

  it('has moved what is gone when the answer to its delete was lost', async () => {
    let lost = 0;
    const endpoint = await startHonouringServer(({ method, url }, response, carryOut) => {
      if (lost > 0 || method !== 'DELETE' || url?.includes('/from') !== true) {
        return false;
      }
      lost += 1;
      carryOut();
      response.destroy();
      return true;
    });
    await using store = new S3FileStore({ bucket: 'b', endpoint, credentials, conditionalDelete: true });
    await store.write('from', 'x');
    expect((await store.move('from', 'to')).path).toBe('to');
    expect(lost).toBe(1);
    expect([await store.exists('from'), await store.exists('to')]).toEqual([false, true]);
  });

  /** Takes the first of 32 writes of a key in a trial, and of those that come after them what `afterwards` makes of it. */
  const rationed = (afterwards: Trick = () => false): Trick => {
    const asked = new Map<string, number>();
    return (request, response, carryOut) => {
      const { method, url = '', headers } = request;
      if (method !== 'PUT' || (headers['if-match'] ?? headers['if-none-match']) === undefined || !url.includes('.oh-probe')) {
        return false;
      }
      const before = asked.get(url) ?? 0;
      asked.set(url, before + 1);
      if (before > 0 && before < 32) {
        response.writeHead(429).end('<Error><Code>TooManyRequests</Code></Error>');
        return true;
      }
      return before >= 32 && afterwards(request, response, carryOut);
    };
  };

  it('is tried out in a directory by who may write there alone', async () => {
    const trials = new Set<string>();
    const endpoint = await startHonouringServer(({ method, url = '' }, response) => {
      const [, directory] = method === 'PUT' ? (/^\/b\/(.*)\.oh-probe\//.exec(url) ?? []) : [];
      if (directory !== undefined) {
        trials.add(directory);
      }
      if (/^\/b\/team\/(?!closed)/.test(url)) {
        return false;
      }
      response.writeHead(403).end('<Error><Code>AccessDenied</Code></Error>');
      return true;
    });
    await using store = new S3FileStore({ bucket: 'b', endpoint, credentials, conditionalDelete: true });
    await expect(store.write('file', '1', { ifAbsent: true })).rejects.toMatchObject({ code: 'permission-denied' });
    const files = ['team/a/1', 'team/a/2', 'team/closed/3', 'team/b/4'];
    const written = await Promise.allSettled(files.map((path) => store.write(path, '1', { ifAbsent: true })));
    expect(written.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    await expect(store.write('team/a/1', '2', { ifAbsent: true })).rejects.toMatchObject({ code: 'already-exists' });
    trials.clear();
    const { version } = await store.write('team/c/5', '1', { ifAbsent: true });
    expect([...trials]).toEqual([]);
    await store.delete('team/c/5', { ifVersion: version });
    expect([...trials]).toEqual(['', 'team/c/']);
  });

  it('is tried out by each store that comes before an answer: another one may not be allowed what it is', async () => {
    const endpoint = await startHonouringServer(({ url = '' }, response) => {
      const isClosed = url.startsWith('/b/closed/');
      if (isClosed) {
        response.writeHead(403).end('<Error><Code>AccessDenied</Code></Error>');
      }
      return isClosed;
    });
    const prefixes = ['closed', 'open'];
    const stores = prefixes.map((prefix) => new S3FileStore({ bucket: 'b', endpoint, credentials, prefix }));
    onTestFinished(async () => void (await Promise.all(stores.map((store) => store.close()))));
    const written = await Promise.allSettled(stores.map((store) => store.write('dir/file', '1', { ifAbsent: true })));
    expect(written.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
  });

  it('may be asked to write a key less often than the trial does', async () => {
    const endpoint = await startHonouringServer(rationed());
    await using store = new S3FileStore({ bucket: 'b', endpoint, credentials, maxAttempts: 1 });
    const { version } = await store.write('file', '1', { ifAbsent: true });
    await store.write('file', '2', { ifVersion: version });
    await expect(store.write('file', '3', { ifAbsent: true })).rejects.toMatchObject({ code: 'already-exists' });
  });

  it('is not known to be one while it rations writes: that nobody else has won may be all that comes of it', async () => {
    const ignoring = rationed((_, response, carryOut) => {
      carryOut();
      response.writeHead(200, { etag: '"e"', 'content-length': 0 }).end();
      return true;
    });
    await using store = new S3FileStore({ bucket: 'b', endpoint: await startHonouringServer(ignoring), credentials, maxAttempts: 1 });
    await expect(store.write('file', '1', { ifAbsent: true })).rejects.toMatchObject({ code: 'unsupported' });
  });
});
