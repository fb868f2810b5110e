import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import type { FileStore } from '@oh/file-store-core';
import { describeWithServer } from '@oh-tools/servers/testing';
import { afterEach, beforeEach, it, vi } from 'vitest';
import { emulatorSource, listKeys, newBucket, openAsGoogle, openAt, putForeign } from './gcs-under-test.ts';
import { StrictGcs } from './strict-gcs.ts';

vi.setConfig({ testTimeout: 120_000 });

describeWithServer(emulatorSource, (server) => {
  let strict: StrictGcs;
  let bucket: string;
  let stores: readonly FileStore[];

  beforeEach(async () => {
    bucket = await newBucket(server().endpoint);
    strict = await StrictGcs.start(server().endpoint);
    stores = [openAt(server().endpoint, bucket), openAt(strict.endpoint, bucket), openAsGoogle(strict.endpoint, bucket)];
  });
  afterEach(async () => {
    await Promise.all(stores.map((store) => store.close()));
    await strict[Symbol.asyncDispose]();
  });

  it('reads what other programs wrote, with their metadata as they are', async () => {
    const metadata = { Owner: '100% Zoë', 'with space': 'a%20b', plain: '%' };
    for (const [key, contents] of [
      ['small', 'x'],
      ['large', 'x'.repeat(1_000_000)],
    ] as const) {
      await putForeign(server().endpoint, { bucket, key, contents, fields: { metadata } });
      for (const store of stores) {
        const file = await store.open(key);
        assert.deepEqual([file.info.contentType, file.info.metadata], ['text/plain', metadata]);
        assert.deepEqual(file.info, await store.stat(key));
        assert.equal(await file.text(), contents);
        await store.copy(key, 'copy');
        assert.deepEqual((await store.stat('copy')).contentType, 'text/plain');
      }
    }
  });

  it('reads what was stored packed as it is stored, ranges too', async () => {
    const packed = gzipSync('x'.repeat(5000));
    await putForeign(server().endpoint, { bucket, key: 'packed', contents: packed, fields: { contentEncoding: 'gzip' } });
    for (const store of stores) {
      assert.equal((await store.stat('packed')).size, packed.byteLength);
      assert.ok(packed.equals(await store.readBytes('packed')));
      assert.ok(packed.subarray(3, 9).equals(await store.readBytes('packed', { range: { start: 3, end: 9 } })));
      await store.copy('packed', 'copied');
      assert.ok(packed.equals(await store.readBytes('copied')));
    }
  });

  it('leaves out of listings what no path names, and deletes it with its directory', async () => {
    for (const key of [
      'dir/',
      'dir/file',
      'dir//double',
      'dir/./dot',
      'dir/../up',
      '/leading',
      'line\nbreak',
      'dir/sub/',
      'dir/sub/file',
    ]) {
      await putForeign(server().endpoint, { bucket, key, contents: 'x' });
    }
    const [store] = stores;
    assert.ok(store);
    assert.deepEqual(await store.list(), ['dir/']);
    assert.deepEqual(await store.list('dir'), ['dir/file', 'dir/sub/']);
    const paths: string[] = [];
    for await (const { path } of store.entries('', { recursive: true })) {
      paths.push(path);
    }
    assert.deepEqual(paths, ['dir/file', 'dir/sub/file']);
    await store.delete('dir');
    assert.deepEqual(await listKeys(server().endpoint, bucket), ['/leading', 'line\nbreak']);
  });

  it('keeps to its prefix', async () => {
    await putForeign(server().endpoint, { bucket, key: 'a/bc', contents: 'x' });
    await putForeign(server().endpoint, { bucket, key: 'a', contents: 'x' });
    const store = openAt(server().endpoint, bucket, { prefix: '/a//b/' });
    await store.write('file', 'x');
    await store.write('dir/file', 'x');
    assert.deepEqual(await listKeys(server().endpoint, bucket), ['a', 'a/b/dir/file', 'a/b/file', 'a/bc']);
    assert.deepEqual(await store.list(), ['dir/', 'file']);
    await store.delete('dir');
    await store.delete('file');
    assert.deepEqual(await listKeys(server().endpoint, bucket), ['a', 'a/bc']);
    await store.close();
  });

  it('hides its mark, and keeps metadata that headers would not carry', async () => {
    const metadata = { empty: '', percent: '100%', umlaut: 'Zoë', spaces: ' a b ', emoji: '😀', encoded: 'a%20b', single: '%' };
    for (const store of stores) {
      await store.write('file', 'x', { metadata });
      assert.deepEqual((await store.stat('file')).metadata, metadata);
      assert.deepEqual((await store.open('file')).info.metadata, metadata);
      await store.copy('file', 'copy');
      assert.deepEqual((await store.open('copy')).info.metadata, metadata);
      await store.write('file', 'x');
      assert.equal((await store.stat('file')).metadata, undefined);
    }
  });
});
