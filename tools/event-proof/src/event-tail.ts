import { createHash } from 'node:crypto';
import { FileEventStore } from '@oh/event-store';
import { FileStoreError } from '@oh/file-store-core';
import { conversationId, openPlace, type Place } from './place.ts';

/** Follows the log from its beginning and, when it has met so many events, prints their number and a hash of what they were, in their order. */
const [placeText = '', countText = ''] = process.argv.slice(2);
const files = openPlace(JSON.parse(placeText) as Place);
const store = new FileEventStore({ files, conversationId });
const hash = createHash('sha256');
let met = 0;
while (met < Number(countText)) {
  try {
    for await (const event of store.tail(met)) {
      hash.update(`${event.id} ${event.source} ${event['n']}\n`);
      met += 1;
      if (met === Number(countText)) {
        break;
      }
    }
  } catch (error) {
    if (!(error instanceof FileStoreError && (error.retryable || error.code === 'unknown'))) {
      throw error;
    }
  }
}
console.log(`${met} ${hash.digest('hex')}`);
await store.close();
await files.close();
process.exit(0);
