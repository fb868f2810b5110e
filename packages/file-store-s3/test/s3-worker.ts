/** A process that has the store open which it is told of; the conformance kit starts it. */
import { runFileStoreWorker } from '@oh/file-store-core/testing';
import { S3FileStore, type S3FileStoreOptions } from '../src/index.ts';

await runFileStoreWorker((options) => new S3FileStore(JSON.parse(options) as S3FileStoreOptions));
