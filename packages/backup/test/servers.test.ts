import { randomUUID } from 'node:crypto';
import { MemoryFileStore } from '@oh/file-store-core';
import { S3FileStore } from '@oh/file-store-s3';
import { s3Source } from '@oh-tools/servers';
import { describeWithServer } from '@oh-tools/servers/testing';
import { expect, it, onTestFinished } from 'vitest';
import { BackupRepository } from '../src/backup-repository.ts';
import { readTree } from './file-tree.ts';
import { fixedKey } from './fixed-key.ts';

describeWithServer(s3Source, (server) => {
  it('backs a bucket up into another place of it, and brings it back', { timeout: 120_000 }, async () => {
    const { bucket, endpoint, region, accessKeyId, secretAccessKey } = server();
    const open = (): S3FileStore => {
      const prefix = `oh-test/${randomUUID()}`;
      const store = new S3FileStore({ bucket, prefix, endpoint, region, credentials: { accessKeyId, secretAccessKey } });
      onTestFinished(() => store.close());
      return store;
    };
    const [source, files, target] = [open(), open(), open()];
    const contents = Array.from({ length: 150 }, (_, at) => `conversations/${at % 10}/${at}.json`);
    await Promise.all(contents.map((path) => source.write(path, JSON.stringify({ path }))));
    await source.write('large', Buffer.alloc(20_000_000, 'abcdefg'), { contentType: 'text/plain' });
    const repository = new BackupRepository({ files, key: fixedKey() });
    await repository.create(source);
    await source.write('conversations/3/13.json', 'changed');
    const { id } = await repository.create(source);
    expect((await repository.list()).snapshots[1]).toMatchObject({ id, files: 151 });
    expect(await repository.verify()).toMatchObject({ isSound: true, snapshots: 2 });
    await repository.restore(id, target);
    expect(await readTree(target)).toEqual(await readTree(source));
    expect((await target.stat('large')).contentType).toBe('text/plain');
    const elsewhere = new MemoryFileStore();
    await repository.restore(id, elsewhere, { path: 'conversations/3' });
    expect(await elsewhere.read('conversations/3/13.json')).toBe('changed');
  });
});
