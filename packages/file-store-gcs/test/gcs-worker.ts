/** A process that has the store open whose place it is given; the conformance kit starts it. */
import { runFileStoreWorker } from '@oh/file-store-core/testing';
import { GoogleCloudFileStore } from '../src/index.ts';

await runFileStoreWorker((argument) => new GoogleCloudFileStore(JSON.parse(argument)));
