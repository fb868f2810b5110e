// #region faults
import { MemoryFileStore } from '@oh/file-store-core';
import { createFaultyFileStore } from '@oh/file-store-core/testing';

const store = createFaultyFileStore(new MemoryFileStore(), { seed: 7, faults: [{ operations: ['write'], at: 'after', probability: 0.2 }] });

// #endregion

// #region diagnostics
import { subscribe } from 'node:diagnostics_channel';
import { type FileStoreOperation, operationChannelName } from '@oh/file-store-core';

subscribe(operationChannelName, (message) => {
  const { operation, path, bytes, durationMs, errorCode } = message as FileStoreOperation;
  console.log(operation, path, bytes, Math.round(durationMs), errorCode ?? 'ok'); // write notes/today.txt 5 0 ok
});
// #endregion

for (let i = 0; i < 20; i += 1) {
  await store.write(`notes/${i}`, 'hello').catch(({ code }: { readonly code: string }) => console.log(code));
}
await store.close();
