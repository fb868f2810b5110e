import assert from 'node:assert/strict';
import type { AbortOptions, FileStore } from '@oh/file-store-core';
import { type FaultProxy, startFaultProxy } from '@oh-tools/fault-proxy';
import { describeWithServer } from '@oh-tools/servers/testing';
import { afterAll, beforeAll, it, vi } from 'vitest';
import { emulatorSource, newBucket, openAt } from './gcs-under-test.ts';

vi.setConfig({ testTimeout: 120_000 });

describeWithServer(emulatorSource, (server) => {
  let proxy: FaultProxy;
  let bucket: string;
  let store: FileStore;

  beforeAll(async () => {
    proxy = await startFaultProxy({ upstream: server().endpoint });
    bucket = await newBucket(server().endpoint);
    store = openAt(proxy.endpoint, bucket);
    await store.write('file', 'old');
    await store.write('large', new Uint8Array(8_000_000));
  });
  afterAll(async () => {
    await store.close();
    await proxy.close();
  });

  const operations: Readonly<Record<string, (options: AbortOptions) => Promise<unknown>>> = {
    write: (options) => store.write('file', 'new', options),
    'write under a condition': (options) => store.write('new', 'new', { ...options, ifAbsent: true }),
    read: (options) => store.read('file', options),
    stat: (options) => store.stat('file', options),
    exists: (options) => store.exists('file', options),
    list: (options) => store.list('', options),
    delete: (options) => store.delete('file', options),
    copy: (options) => store.copy('file', 'copy', options),
    move: (options) => store.move('file', 'moved', options),
  };

  for (const [name, operation] of Object.entries(operations)) {
    it(`ends a request in flight, and its connection: ${name}`, async () => {
      proxy.rules.set([{ fault: { type: 'half-open' } }]);
      const reason = new Error('stopped');
      const controller = new AbortController();
      const arrived = proxy.nextRequest();
      const running = operation({ signal: controller.signal });
      await Promise.race([arrived, running]);
      const started = performance.now();
      controller.abort(reason);
      await assert.rejects(running, (error) => error === reason);
      assert.ok(performance.now() - started < 1000, 'not at once');
      proxy.rules.clear();
      assert.equal(await store.read('file'), 'old');
      assert.deepEqual(await store.list(), ['file', 'large']);
    });
  }

  it('ends the pause between two attempts', async () => {
    proxy.rules.set([{ fault: { type: 'status', status: 429, retryAfterSeconds: 20 } }]);
    const controller = new AbortController();
    const reason = new Error('stopped');
    const arrived = proxy.nextRequest();
    const running = store.stat('file', { signal: controller.signal });
    await arrived;
    const started = performance.now();
    setTimeout(() => controller.abort(reason), 100);
    await assert.rejects(running, (error) => error === reason);
    assert.ok(performance.now() - started < 5000, 'not at once');
    proxy.rules.clear();
  });

  it('says how long it may take: a signal that expires in flight gives its TimeoutError', async () => {
    proxy.rules.set([{ fault: { type: 'half-open' } }]);
    await assert.rejects(store.write('file', 'new', { signal: AbortSignal.timeout(200) }), { name: 'TimeoutError' });
    proxy.rules.clear();
    assert.equal(await store.read('file'), 'old');
  });

  it('lets go of the connection of a reader that stops, and of no other', async () => {
    const other = (await store.readStream('large')).getReader();
    await other.read();
    const controller = new AbortController();
    const stopped = (await store.readStream('large', { signal: controller.signal })).getReader();
    await stopped.read();
    controller.abort();
    await assert.rejects(stopped.read(), { name: 'AbortError' });
    let size = 0;
    for (let result = await other.read(); !result.done; result = await other.read()) {
      size += result.value.byteLength;
    }
    assert.ok(size > 7_000_000);
  });

  it('waits for a reader that is slower than the time-out', async () => {
    const hasty = openAt(proxy.endpoint, bucket, { timeoutMs: 100 });
    const reader = (await hasty.readStream('large')).getReader();
    await reader.read();
    await new Promise((resolve) => setTimeout(resolve, 400));
    proxy.requests.reset();
    while (!(await reader.read()).done);
    assert.equal(proxy.requests.total, 0, 'the connection was given up');
    await hasty.close();
  });
});
