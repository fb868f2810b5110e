// #region faults
import { MemoryFileStore } from '@oh/file-store-core';
import { createFaultyFileStore } from '@oh/file-store-core/testing';

const store = createFaultyFileStore(new MemoryFileStore(), { seed: 7, faults: [{ operations: ['write'], at: 'after', probability: 0.2 }] });

// #endregion

// #region diagnostics
import { subscribe } from 'node:diagnostics_channel';

subscribe('oh:file-store', (message) => console.log(message));
// { operation: 'write', path: 'notes/today.txt', bytes: 5, durationMs: 0.2, errorCode: undefined }
// #endregion

for (let i = 0; i < 20; i += 1) {
  await store.write(`notes/${i}`, 'hello').catch(({ code }: { readonly code: string }) => console.log(code));
}
await store.close();
