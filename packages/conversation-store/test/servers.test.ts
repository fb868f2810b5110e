import { randomUUID } from 'node:crypto';
import { type FileStore, sessionsLayout } from '@oh/file-store-core';
import { GoogleCloudFileStore } from '@oh/file-store-gcs';
import { S3FileStore } from '@oh/file-store-s3';
import { s3Operation, startFaultProxy } from '@oh-tools/fault-proxy';
import { gcsSource, type S3Server, s3Source } from '@oh-tools/servers';
import { describeWithServer } from '@oh-tools/servers/testing';
import { expect, it, onTestFinished } from 'vitest';
import { FileConversationStore } from '../src/file-conversation-store.ts';
import { checkIndexRaces } from './check-index-races.ts';
import { newRecord } from './new-record.ts';
import { remainingFiles } from './remaining-files.ts';

/** Everything once, then a race of three stores. */
async function useConversations(open: () => FileStore): Promise<void> {
  const views = [open(), open(), open()];
  onTestFinished(async () => {
    await Promise.all(views.map((files) => files.close()));
  });
  const [files = open()] = views;
  await checkIndexRaces(views, sessionsLayout, 10);
  const store = new FileConversationStore({ files, layout: sessionsLayout, history: 2 });
  await store.saveMetadata(newRecord('kept', { title: 'a', last_updated_at: '2100-01-01T00:00:00Z' }));
  await store.updateMetadata('kept', (current) => ({ ...current, title: 'b' }));
  const [{ version } = { version: '' }] = await store.listVersions('kept');
  expect((await store.restoreVersion('kept', version)).title).toBe('a');
  await files.write('sessions/foreign/metadata.json', JSON.stringify(newRecord('foreign', { created_at: '2100-01-01T00:00:00Z' })));
  const { results } = await store.search({ limit: 2 });
  expect(results.map(({ conversation_id }) => conversation_id)).toEqual(['foreign', 'kept']);
  await store.deleteMetadata('foreign');
  const pruned = await Promise.all(
    [store, new FileConversationStore({ files, layout: sessionsLayout })].map((each) => each.prune({ olderThan: new Date() })),
  );
  expect(pruned.map(({ unreadable }) => unreadable)).toEqual([[], []]);
  expect((await remainingFiles(files)).every((path) => path.startsWith('sessions/kept/'))).toBe(true);
}

function openS3({ bucket, endpoint, region, accessKeyId, secretAccessKey }: S3Server, prefix: string): S3FileStore {
  return new S3FileStore({ bucket, prefix, endpoint, region, credentials: { accessKeyId, secretAccessKey } });
}

describeWithServer(s3Source, (server) => {
  it('keeps conversations', { timeout: 120_000 }, async () => {
    const prefix = `oh-test/${randomUUID()}`;
    await useConversations(() => openS3(server(), prefix));
  });

  it('needs 25 requests for the first page of 20, however many there are, and 24 for another', { timeout: 120_000 }, async () => {
    const proxy = await startFaultProxy({ upstream: server().endpoint, kindOf: s3Operation });
    const files = openS3({ ...server(), endpoint: proxy.endpoint }, `oh-test/${randomUUID()}`);
    onTestFinished(async () => {
      await files.close();
      await proxy.close();
    });
    const store = new FileConversationStore({ files, layout: sessionsLayout });
    await Promise.all(Array.from({ length: 50 }, (_, at) => store.saveMetadata(newRecord(`c${at}`, { created_at: 1_700_000_000 - at }))));
    // What a comparison of 100,000 leaves.
    const state = { version: 1, conversations: 100_000, compared_at: new Date().toISOString() };
    await files.write('.oh-conversations/index/state.json', JSON.stringify(state));
    proxy.requests.reset();
    const { next_page_id: pageId } = await store.search();
    expect(proxy.requests.byKind).toEqual({ GetObject: 22, ListObjectsV2: 3 });
    proxy.requests.reset();
    await store.search({ pageId });
    expect(proxy.requests.byKind).toEqual({ GetObject: 22, ListObjectsV2: 2 });
  });
});

describeWithServer(gcsSource, (server) => {
  it('keeps conversations', { timeout: 120_000 }, async () => {
    const { bucket, endpoint } = server();
    const prefix = `oh-test/${randomUUID()}`;
    await useConversations(() => new GoogleCloudFileStore({ bucket, prefix, apiEndpoint: endpoint }));
  });
});
