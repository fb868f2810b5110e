import { describeFileStore, describeFileStoreModel } from '@oh/file-store-core/testing';
import { radosgwSource, s3Source } from '@oh-tools/servers';
import { describeWithServer } from '@oh-tools/servers/testing';
import { S3FileStore, type S3FileStoreOptions } from '../src/index.ts';
import { connectionTo, newPrefix, openStore } from './test-stores.ts';

const capabilities = {
  conditions: true,
  conditionalDelete: false,
  append: false,
  metadata: true,
  fileBesideDirectory: true,
  maxFileBytes: 5 * 1024 ** 4,
};

/** With the directory before them, the longest paths are too long for a key. */
const refusesPath = (path: string): boolean => Buffer.byteLength(`${newPrefix()}/${path}`) > 1024;

/** MinIO, which is started where no other server is given, lists nothing of what lies below a file. */
const given = process.env['OH_TEST_S3_ENDPOINT'] || undefined;
const isMinio = given === undefined || (await fetch(given)).headers.get('server') === 'MinIO';

for (const { source, hidesBelowFiles } of [
  { source: s3Source, hidesBelowFiles: isMinio },
  { source: radosgwSource, hidesBelowFiles: false },
]) {
  describeWithServer(source, (server) => {
    describeFileStore('S3FileStore', {
      open: () => openStore(server()),
      capabilities,
      refusesPath,
      hidesBelowFiles,
      timeoutMs: 180_000,
      processes: {
        openShared: async () => {
          const options: S3FileStoreOptions = { bucket: server().bucket, prefix: newPrefix(), ...connectionTo(server()) };
          return { store: new S3FileStore(options), argument: JSON.stringify(options) };
        },
        worker: new URL('s3-worker.ts', import.meta.url),
        execArgv: ['--conditions=@oh/source'],
      },
    });

    describeFileStoreModel('S3FileStore', { open: () => openStore(server()), commands: 1_000, hidesBelowFiles, timeoutMs: 300_000 });
  });
}
