import { MemoryFileStore } from '@oh/file-store-core';
import { WebHookFileStore } from '@oh/file-store-webhook';
import { Webhook } from 'standardwebhooks';
import { startReceiver } from './receiver.ts';

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const seen = new Set<string>();

function receive(body: string, headers: Readonly<Record<string, string>>): void {
  // #region receiver
  new Webhook(secret).verify(body, headers); // throws when somebody else sent it
  if (seen.has(headers['webhook-id'] ?? '')) {
    return; // an answer that was lost
  }
  // #endregion
  seen.add(headers['webhook-id'] ?? '');
}

await using receiver = await startReceiver(receive);
await using store = new WebHookFileStore(new MemoryFileStore(), { baseUrl: receiver.url, signingSecret: secret });
await store.write('settings.json', '{"language":"en"}');
await store.flush();
console.log(seen.size, receiver.bodies);
