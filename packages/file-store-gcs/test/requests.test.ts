import assert from 'node:assert/strict';
import { comparePaths, type FileStore } from '@oh/file-store-core';
import { type FaultProxy, gcsOperation, startFaultProxy } from '@oh-tools/fault-proxy';
import { describeWithServer } from '@oh-tools/servers/testing';
import { afterAll, beforeAll, beforeEach, it } from 'vitest';
import { emulatorSource, newBucket, openAsGoogle } from './gcs-under-test.ts';
import { StrictGcs } from './strict-gcs.ts';

describeWithServer(emulatorSource, (server) => {
  let strict: StrictGcs;
  let proxy: FaultProxy;
  let store: FileStore;

  beforeAll(async () => {
    strict = await StrictGcs.start(server().endpoint);
    proxy = await startFaultProxy({ upstream: strict.endpoint, kindOf: gcsOperation });
    store = openAsGoogle(proxy.endpoint, await newBucket(server().endpoint));
    await Promise.all(Array.from({ length: 1100 }, (_, i) => store.write(`dir/${i}`, 'x')));
  }, 120_000);
  beforeEach(() => proxy.requests.reset());
  afterAll(async () => {
    await store.close();
    await proxy.close();
    await strict[Symbol.asyncDispose]();
  });

  it('puts directories that come with every page where they belong, once', async () => {
    await store.write('dir/5 is one/file', 'x');
    await store.write('dir/z is the last/file', 'x');
    const paths = await store.list('dir');
    assert.deepEqual(paths, [...new Set(paths)].sort(comparePaths));
    assert.equal(paths.length, 1102);
    assert.equal(paths.at(-1), 'dir/z is the last/');
    await store.delete('dir/5 is one');
    await store.delete('dir/z is the last');
  });

  const counts: Readonly<Record<string, readonly [number, () => Promise<unknown>]>> = {
    exists: [1, () => store.exists('dir/1')],
    'exists of what is missing': [1, () => store.exists('missing')],
    stat: [1, () => store.stat('dir/1')],
    read: [1, () => store.read('dir/1')],
    'read of a range': [1, () => store.read('dir/1', { range: { start: 0, end: 1 } })],
    'write of text': [1, () => store.write('file', 'x')],
    'write of a stream': [1, () => store.write('file', new Blob(['x']).stream())],
    'write under a condition': [1, () => store.write('new', 'x', { ifAbsent: true })],
    copy: [2, () => store.copy('dir/1', 'copy')],
    'copy under a condition': [2, () => store.copy('dir/1', 'copy2', { ifAbsent: true })],
    move: [3, () => store.move('copy', 'moved')],
    'delete of a file': [3, () => store.delete('moved')],
    'delete under a condition': [2, async () => store.delete('file', { ifVersion: (await store.stat('file')).version })],
    'list of 1,100 files': [2, () => store.list('dir')],
    'list of a directory beside them': [1, () => store.list()],
    'the first entry': [1, async () => store.entries('dir')[Symbol.asyncIterator]().next()],
    'write of 40 MiB': [5, () => store.write('large', new Uint8Array(40 * 1024 * 1024))],
    'delete of a directory of 1,100 files': [14, () => store.delete('dir')],
  };
  for (const [what, [expected, operation]] of Object.entries(counts)) {
    it(`makes ${expected} requests: ${what}`, async () => {
      await operation();
      assert.equal(proxy.requests.total, expected, JSON.stringify(proxy.requests.byKind));
    }, 120_000);
  }
});
