import { randomUUID } from 'node:crypto';
import type { FileStore } from '@oh/file-store-core';
import { interceptFileStore } from '@oh/file-store-core/testing';
import { GoogleCloudFileStore } from '@oh/file-store-gcs';
import { S3FileStore } from '@oh/file-store-s3';
import { gcsSource, type RunningServer, type ServerSource, s3Source } from '@oh-tools/servers';
import { describeWithServer } from '@oh-tools/servers/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileEventStore } from '../src/file-event-store.ts';
import { readAll, readFirst, readIds } from './read-all.ts';

declareOn(s3Source, ({ endpoint, region, accessKeyId, secretAccessKey, bucket }) => {
  return new S3FileStore({ bucket, endpoint, region, credentials: { accessKeyId, secretAccessKey }, prefix: `oh-test/${randomUUID()}` });
});

declareOn(
  gcsSource,
  ({ endpoint, bucket }) => new GoogleCloudFileStore({ apiEndpoint: endpoint, bucket, prefix: `oh-test/${randomUUID()}` }),
);

function declareOn<S extends RunningServer>(source: ServerSource<S>, openFiles: (server: S) => FileStore): void {
  describeWithServer(source, (server) => {
    describe('the events of a conversation', { timeout: 120_000 }, () => {
      let files: FileStore;

      beforeEach(() => {
        files = openFiles(server());
      });

      afterEach(() => files.close());

      function open(over: FileStore = files): FileEventStore {
        return new FileEventStore({ files: over, conversationId: 'c1' });
      }

      it('have contiguous ids with many writers, and tails see exactly the log while it is merged', async () => {
        const tails = [open(), open()].map((store) => readFirst(store.tail(0), 240));
        const writers = Array.from({ length: 4 }, () => open());
        await Promise.all(
          writers.map(async (writer, w) => {
            for (let n = 0; n < 20; n += 1) {
              await Promise.all([0, 1, 2].map((part) => writer.append({ w, n: 3 * n + part }, { operationId: `${w}-${n}-${part}` })));
            }
          }),
        );
        await Promise.all(writers.map((writer) => writer.close()));
        const events = await readAll(open().search());
        expect(events.map(({ id }) => id)).toEqual(Array.from({ length: 240 }, (_, i) => i));
        for (const w of writers.keys()) {
          expect(events.filter((event) => event['w'] === w).map((event) => event['n'])).toEqual(Array.from({ length: 60 }, (_, i) => i));
        }
        for (const tail of await Promise.all(tails)) {
          expect(tail).toEqual(events);
        }
        expect(await open().append({}, { operationId: '1-7-1' })).toMatchObject({ w: 1, n: 22 });
      });

      it('are read with few requests, the newest ones too', async () => {
        const writer = open();
        for (let n = 0; n < 70; n += 1) {
          await writer.appendAll(Array.from({ length: 20 }, () => ({ content: 'x'.repeat(1000) })));
        }
        await writer.close();
        let requests = 0;
        const counted = interceptFileStore(files, () => {
          requests += 1;
        });
        expect(await readIds(open(counted).search())).toHaveLength(1400);
        expect(requests).toBeLessThan(75);
        requests = 0;
        expect(await readIds(open(counted).search({ reverse: true, limit: 50 }))).toHaveLength(50);
        expect(requests).toBeLessThan(16);
      });

      it('end with the reason of an abort in flight', async () => {
        const store = open();
        await store.append({});
        const abort = new AbortController();
        const reason = new Error('enough');
        const stuck = interceptFileStore(files, (operation) => {
          if (operation === 'write') {
            abort.abort(reason);
          }
        });
        await expect(open(stuck).append({}, { signal: abort.signal })).rejects.toBe(reason);
        await expect(readAll(store.tail(5, { signal: AbortSignal.abort(reason) }))).rejects.toBe(reason);
      });
    });
  });
}
