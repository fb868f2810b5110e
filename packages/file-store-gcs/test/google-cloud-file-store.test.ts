import { describeFileStore, describeFileStoreModel } from '@oh/file-store-core/testing';
import { gcsSource } from '@oh-tools/servers';
import { describeWithServer } from '@oh-tools/servers/testing';
import { afterAll, beforeAll } from 'vitest';
import { emulatorSource, newBucket, newPlace, openAsGoogle, openAt } from './gcs-under-test.ts';
import { StrictGcs } from './strict-gcs.ts';

const capabilities = {
  conditions: true,
  append: false,
  metadata: true,
  fileBesideDirectory: true,
  maxFileBytes: 5 * 1024 ** 4,
};

/** The emulator looks at every object of the bucket in each request. */
const timeoutMs = 300_000;

describeWithServer(gcsSource, (server) => {
  describeFileStore('GoogleCloudFileStore', {
    open: async () => {
      const { bucket, prefix } = await newPlace(server());
      return openAt(server().endpoint, bucket, { prefix });
    },
    capabilities,
    timeoutMs,
    processes: {
      openShared: async () => {
        const { bucket, prefix } = await newPlace(server());
        const apiEndpoint = server().endpoint;
        return { store: openAt(apiEndpoint, bucket, { prefix }), argument: JSON.stringify({ bucket, prefix, apiEndpoint }) };
      },
      worker: new URL('gcs-worker.ts', import.meta.url),
      execArgv: ['--conditions=@oh/source'],
    },
  });

  describeFileStoreModel('GoogleCloudFileStore', {
    open: async () => {
      const { bucket, prefix } = await newPlace(server());
      return openAt(server().endpoint, bucket, { prefix: `${prefix}/with a/préfix` });
    },
  });
});

describeWithServer(emulatorSource, (server) => {
  let strict: StrictGcs;
  beforeAll(async () => {
    strict = await StrictGcs.start(server().endpoint);
  });
  afterAll(() => strict[Symbol.asyncDispose]());

  describeFileStore('GoogleCloudFileStore as it is at Google', {
    open: async () => openAsGoogle(strict.endpoint, await newBucket(server().endpoint)),
    capabilities,
    timeoutMs,
  });
});
