import { MemoryFileStore } from '@oh/file-store-core';
import { BatchedWebHookFileStore } from '@oh/file-store-webhook';
import { startReceiver } from './receiver.ts';

await using receiver = await startReceiver();
const baseUrl = receiver.url;
await using files = new MemoryFileStore();

// #region outbox
import { LocalFileStore } from '@oh/file-store-local';

await using outbox = new LocalFileStore({ root: './agent-outbox' });
await using store = new BatchedWebHookFileStore(files, { baseUrl, outbox });
// #endregion

await store.write('sessions/c1/events/1.json', '{"id":1}');
await store.flush();
console.log(receiver.bodies);
