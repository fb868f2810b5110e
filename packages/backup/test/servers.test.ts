import { randomUUID } from 'node:crypto';
import { type FileStore, MemoryFileStore } from '@oh/file-store-core';
import { GoogleCloudFileStore } from '@oh/file-store-gcs';
import { S3FileStore } from '@oh/file-store-s3';
import { gcsSource, s3Source } from '@oh-tools/servers';
import { describeWithServer } from '@oh-tools/servers/testing';
import { expect, it, onTestFinished } from 'vitest';
import { BackupRepository } from '../src/backup-repository.ts';
import { readTree } from './file-tree.ts';
import { fixedKey } from './fixed-key.ts';

/** Everything once: from the bucket, into it, back into it. @param open Opens a new place of the bucket. */
async function useBackups(open: (prefix: string) => FileStore): Promise<void> {
  const openPlace = (): FileStore => {
    const store = open(`oh-test/${randomUUID()}`);
    onTestFinished(() => store.close());
    return store;
  };
  const [source, files, target] = [openPlace(), openPlace(), openPlace()];
  const paths = Array.from({ length: 150 }, (_, at) => `conversations/${at % 10}/${at}.json`);
  await Promise.all(paths.map((path) => source.write(path, JSON.stringify({ path }))));
  await source.write('large', Buffer.alloc(20_000_000, 'abcdefg'), { contentType: 'text/plain' });
  const repository = new BackupRepository({ files, key: fixedKey() });
  await repository.create(source);
  await source.write('conversations/3/13.json', 'changed');
  const { id } = await repository.create(source);
  expect((await repository.list()).snapshots[1]).toMatchObject({ id, files: 151 });
  expect(await repository.prune({ olderThan: new Date('2100-01-01T00:00:00Z'), graceMs: 0 })).toMatchObject({ kept: 1 });
  await repository.prune({ graceMs: 0 });
  expect(await repository.verify()).toMatchObject({ isSound: true, snapshots: 1 });
  await repository.restore(id, target);
  expect(await readTree(target)).toEqual(await readTree(source));
  expect((await target.stat('large')).contentType).toBe('text/plain');
  const elsewhere = new MemoryFileStore();
  await repository.restore(id, elsewhere, { path: 'conversations/3' });
  expect(await elsewhere.read('conversations/3/13.json')).toBe('changed');
}

describeWithServer(s3Source, (server) => {
  it('backs a bucket up into another place of it, and brings it back', { timeout: 120_000 }, async () => {
    const { bucket, endpoint, region, accessKeyId, secretAccessKey } = server();
    const credentials = { accessKeyId, secretAccessKey };
    await useBackups((prefix) => new S3FileStore({ bucket, prefix, endpoint, region, credentials }));
  });
});

describeWithServer(gcsSource, (server) => {
  it('backs a bucket up into another place of it, and brings it back', { timeout: 120_000 }, async () => {
    const { bucket, endpoint } = server();
    await useBackups((prefix) => new GoogleCloudFileStore({ bucket, prefix, apiEndpoint: endpoint }));
  });
});
