/** A process that has the store open whose root it is given; the conformance kit starts it. */
import { runFileStoreWorker } from '@oh/file-store-core/testing';
import { LocalFileStore } from '../src/index.ts';

await runFileStoreWorker((root) => new LocalFileStore({ root, durability: 'atomic' }));
