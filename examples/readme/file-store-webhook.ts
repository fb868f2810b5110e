import { startReceiver } from './receiver.ts';

await using receiver = await startReceiver();
process.env['WEB_HOOK_URL'] = receiver.url;

// #region quickstart
import { LocalFileStore } from '@oh/file-store-local';
import { BatchedWebHookFileStore } from '@oh/file-store-webhook';

const baseUrl = process.env['WEB_HOOK_URL'] ?? 'https://example.com/event-webhook/batch';
await using files = new LocalFileStore({ root: './agent-data' });
await using store = new BatchedWebHookFileStore(files, { baseUrl });

await store.write('sessions/c1/events/1.json', '{"id":1}');
await store.flush(); // or wait: 5 seconds, or 1 MiB
// #endregion

console.log(receiver.bodies);
