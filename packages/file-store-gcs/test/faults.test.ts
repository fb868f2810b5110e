import assert from 'node:assert/strict';
import { type FileStore, FileStoreError, hasErrorCode } from '@oh/file-store-core';
import { type FaultProxy, gcsOperation, startFaultProxy } from '@oh-tools/fault-proxy';
import { raceCreates, raceRounds, racers } from '@oh-tools/servers/racing';
import { describeWithServer } from '@oh-tools/servers/testing';
import { afterEach, beforeEach, it, vi } from 'vitest';
import { emulatorSource, newBucket, openAsGoogle, openAt } from './gcs-under-test.ts';
import { refusal, StrictGcs } from './strict-gcs.ts';

vi.setConfig({ testTimeout: 120_000 });

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

  it(`lets exactly one of ${racers} racing creates win and know it, with a fifth of all answers lost, in ${raceRounds()} rounds`, async ({
    annotate,
  }) => {
    const store = openAsGoogle(proxy.endpoint, bucket, { maxAttempts: 12 });
    const beside = openAsGoogle(strict.endpoint, bucket);
    proxy.rules.set([
      { fault: { type: 'lose-response' }, probability: 0.2 },
      { fault: { type: 'reset', at: 'request-body' }, probability: 0.1 },
      { fault: { type: 'status', status: 503 }, probability: 0.05 },
    ]);
    await raceCreates({ store, beside, rounds: raceRounds() });
    const { total, faults } = proxy.requests;
    await annotate(`${raceRounds()} rounds, one winner each; ${total} requests, ${JSON.stringify(faults)}`);
    assert.ok((faults['lose-response'] ?? 0) > raceRounds(), 'no answers were lost');
    await beside.close();
    await store.close();
  }, 1_800_000);

  for (const [what, change, kind] of [
    ['write', (condition: object) => store.write('to', 'mine', condition), 'objects.insert'],
    ['copy', (condition: object) => store.copy('from', 'to', condition), 'objects.rewrite'],
  ] as const) {
    it(`says success when it meets its own earlier success: ${what}`, async () => {
      await store.write('from', 'mine');
      const { version } = await store.write('other', 'old');
      await store.copy('other', 'to');
      for (const isConditional of [false, true]) {
        const condition = isConditional ? { ifVersion: (await store.stat('to')).version } : {};
        proxy.rules.set([{ fault: { type: 'lose-response' }, match: (request) => request.kind === kind, times: 1 }]);
        const info = await change(condition);
        assert.deepEqual(info, await store.stat('to'));
        assert.notEqual(info.version, version);
        assert.equal(await store.read('to'), 'mine');
      }
      await store.delete('to');
      proxy.rules.set([{ fault: { type: 'lose-response' }, match: (request) => request.kind === kind, times: 1 }]);
      assert.deepEqual(await change({ ifAbsent: true }), await store.stat('to'));
    });
  }

  it('knows its own change again that a middlebox has sent twice', async () => {
    await store.write('from', 'mine');
    for (const [path, change] of [
      ['written', (condition: object) => store.write('written', 'mine', condition)],
      ['copied', (condition: object) => store.copy('from', 'copied', condition)],
    ] as const) {
      proxy.rules.set([{ fault: { type: 'duplicate', answer: 'second' }, match: ({ method }) => method === 'POST' }]);
      const { version } = await change({ ifAbsent: true });
      const changed = await change({ ifVersion: version });
      assert.equal((await store.stat(path)).version, changed.version);
      await assert.rejects(change({ ifAbsent: true }), { code: 'already-exists' });
      await assert.rejects(change({ ifVersion: version }), { code: 'version-mismatch' });
      proxy.rules.clear();
    }
  });

  it('looks once more when there is no attempt left', async () => {
    const hasty = openAsGoogle(proxy.endpoint, bucket, { maxAttempts: 1 });
    for (const condition of [{ ifAbsent: true }, {}]) {
      proxy.rules.set([{ fault: { type: 'lose-response' }, times: 1 }]);
      assert.deepEqual(await hasty.write('file', 'mine', condition), await store.stat('file'));
    }
    await hasty.close();
  });

  it('sends an unconditional write once as such, and again only in place of what it found', async () => {
    await store.write('file', 'old');
    const urls: string[] = [];
    proxy.rules.set([
      {
        fault: { type: 'status', status: 503 },
        match: ({ kind, url }) => {
          if (kind === 'objects.insert') {
            urls.push(url);
          }
          return kind === 'objects.insert' && urls.length < 3;
        },
      },
    ]);
    await store.write('file', 'new');
    assert.deepEqual(
      urls.map((url) => new URL(url, proxy.endpoint).searchParams.has('ifGenerationMatch')),
      [false, true, true],
    );
    assert.equal(await store.read('file'), 'new');
  });

  it('never writes over what somebody else wrote after it looked', async () => {
    const other = openAt(server().endpoint, bucket);
    let inserts = 0;
    const overtaking: Promise<unknown>[] = [];
    proxy.rules.set([
      { fault: { type: 'latency', minMs: 200, maxMs: 200 }, match: ({ kind }) => kind === 'objects.insert' && inserts === 1 },
      {
        fault: { type: 'reset', at: 'start' },
        match: ({ kind }) => {
          inserts += kind === 'objects.insert' ? 1 : 0;
          if (kind === 'objects.insert' && inserts === 2) {
            overtaking.push(other.write('file', 'overtakes'));
          }
          return kind === 'objects.insert' && inserts === 1;
        },
      },
    ]);
    await store.write('file', 'mine');
    await Promise.all(overtaking);
    assert.equal(overtaking.length, 1);
    assert.equal(inserts, 3, 'the repeated write was refused, and looked again');
    assert.equal(await other.read('file'), 'mine');
    await other.close();
  });

  it('says that it does not know, where a lost answer and a later change leave it open', async () => {
    const other = openAt(server().endpoint, bucket);
    const { version } = await store.write('file', 'old');
    const overtaking: Promise<unknown>[] = [];
    let inserts = 0;
    proxy.rules.set([
      { fault: { type: 'lose-response' }, match: ({ kind }) => kind === 'objects.insert' && inserts++ === 0 },
      {
        fault: { type: 'latency', minMs: 300, maxMs: 300 },
        match: ({ kind }) => {
          const isRepeated = kind === 'objects.insert' && inserts === 2;
          if (isRepeated) {
            overtaking.push(other.write('file', 'later'));
          }
          return isRepeated;
        },
      },
    ]);
    const error = await store.write('file', 'mine', { ifVersion: version }).catch((reason: unknown) => reason);
    assert.ok(hasErrorCode(error, 'unavailable'), String(error));
    assert.equal(error.retryable, false);
    assert.match(error.message, /not known/);
    await Promise.all(overtaking);
    assert.equal(await other.read('file'), 'later');
    await other.close();
  });

  it('deletes what it saw, and nothing that came later, though the answer is lost', async () => {
    const other = openAt(server().endpoint, bucket);
    await store.write('dir/file', 'old');
    const rewriting: Promise<unknown>[] = [];
    let deletes = 0;
    proxy.rules.set([
      { fault: { type: 'lose-response' }, match: ({ kind }) => kind === 'batch' && deletes++ === 0 },
      {
        fault: { type: 'latency', minMs: 200, maxMs: 200 },
        match: ({ kind }) => {
          if (kind === 'batch' && deletes === 2) {
            rewriting.push(other.write('dir/file', 'came later'));
          }
          return kind === 'batch';
        },
      },
    ]);
    await store.delete('dir');
    await Promise.all(rewriting);
    assert.equal(rewriting.length, 1);
    assert.equal(await other.read('dir/file'), 'came later');
    await other.close();
  });

  it('tries again what one call of a batch failed with, and that call alone', async () => {
    await Promise.all(['a', 'b', 'c'].map((name) => store.write(`dir/${name}`, 'x')));
    strict.refusesInBatch = [refusal(503, 'Backend Error', 'backendError'), refusal(429, 'Slow down', 'rateLimitExceeded')];
    proxy.requests.reset();
    await store.delete('dir');
    assert.deepEqual(await store.list(), []);
    assert.deepEqual([proxy.requests.byKind['batch'], strict.callsInBatches], [2, 5]);
  });

  it('fails with what one call of a batch was refused for, when that lasts', async () => {
    await Promise.all(['a', 'b', 'c'].map((name) => store.write(`dir/${name}`, 'x')));
    strict.refusesInBatch = [refusal(503, 'Backend Error', 'backendError'), refusal(403, 'no right to delete', 'forbidden')];
    await assert.rejects(store.delete('dir'), { code: 'permission-denied', message: /no right to delete/ });
    assert.equal((await store.list('dir')).length, 2);
  });

  it('takes files that are gone already, or were written anew, for deleted', async () => {
    await Promise.all(['a', 'b', 'c'].map((name) => store.write(`dir/${name}`, 'x')));
    strict.refusesInBatch = [refusal(412, 'conditionNotMet'), refusal(404, 'No such object: dir/b')];
    await store.delete('dir');
    assert.equal((await store.list('dir')).length, 2);
  });

  it('says of a conditional delete whose answer was lost that it does not know who deleted', async () => {
    const { version } = await store.write('file', 'x');
    proxy.rules.set([{ fault: { type: 'lose-response' }, match: ({ kind }) => kind === 'objects.delete', times: 1 }]);
    const error = await store.delete('file', { ifVersion: version }).catch((reason: unknown) => reason);
    assert.ok(error instanceof FileStoreError && error.code === 'unavailable' && !error.retryable, String(error));
    assert.equal(await store.exists('file'), false);
  });

  it('moves although the answer to the delete is lost', async () => {
    await store.write('from', 'x');
    proxy.rules.set([{ fault: { type: 'lose-response' }, match: ({ kind }) => kind === 'objects.delete', times: 1 }]);
    await store.move('from', 'to');
    assert.deepEqual(await store.list(), ['to']);
  });

  it('waits as long as Retry-After says', async () => {
    await store.write('file', 'x');
    proxy.rules.set([{ fault: { type: 'status', status: 429, retryAfterSeconds: 1 }, times: 1 }]);
    const started = performance.now();
    assert.equal(await store.read('file'), 'x');
    assert.ok(performance.now() - started >= 990);
  });

  it('gives up after so many attempts, and says what the matter is', async () => {
    const store = openAsGoogle(proxy.endpoint, bucket, { maxAttempts: 3, timeoutMs: 100 });
    for (const [fault, code] of [
      [{ type: 'status', status: 429 }, 'rate-limited'],
      [{ type: 'status', status: 503 }, 'unavailable'],
      [{ type: 'status', status: 504 }, 'timeout'],
      [{ type: 'reset', at: 'start' }, 'unavailable'],
      [{ type: 'half-open' }, 'timeout'],
    ] as const) {
      proxy.rules.set([{ fault }]);
      proxy.requests.reset();
      await assert.rejects(store.stat('file'), { code, path: 'file', retryable: true }, fault.type);
      assert.equal(proxy.requests.total, 3, fault.type);
      proxy.requests.reset();
      await assert.rejects(store.write('file', 'x', { ifAbsent: true }), { code }, fault.type);
    }
    proxy.rules.clear();
    await store.close();
  });

  it('goes on reading where the connection broke', async () => {
    const bytes = Buffer.alloc(3_000_000, 'a b c d e f g');
    const { version } = await store.write('large', bytes);
    for (const type of ['reset', 'truncate'] as const) {
      const fault = type === 'reset' ? ({ type, at: 'response-body' } as const) : ({ type } as const);
      proxy.rules.set([{ fault, match: ({ method }) => method === 'GET', times: 2 }]);
      const file = await store.open('large');
      assert.equal(file.info.version, version);
      assert.ok(bytes.equals(await file.bytes()), type);
      assert.ok(
        bytes.subarray(1_000_000, 2_500_000).equals(await store.readBytes('large', { range: { start: 1_000_000, end: 2_500_000 } })),
      );
    }
  });

  it('says so when the file was replaced before a broken connection could be made anew', async () => {
    await store.write('large', Buffer.alloc(3_000_000, 'old'));
    proxy.rules.set([{ fault: { type: 'truncate' }, times: 1 }]);
    const reader = (await store.readStream('large')).getReader();
    await reader.read();
    await store.write('large', 'new');
    await assert.rejects(
      async () => {
        while (!(await reader.read()).done);
      },
      { code: 'unavailable', message: /replaced or deleted meanwhile/ },
    );
  });

  it('keeps the number of connections bounded', async () => {
    let most = 0;
    await Promise.all(
      Array.from({ length: 300 }, async (_, i) => {
        await store.write(`file ${i}`, 'x');
        most = Math.max(most, proxy.openConnections);
      }),
    );
    assert.ok(most > 1 && most <= 64, `${most} connections`);
    await store.close();
    while (proxy.openConnections > 0) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  });
});
