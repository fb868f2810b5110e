import { writeSync } from 'node:fs';
import { FileEventStore } from '@oh/event-store';
import { FileStoreError } from '@oh/file-store-core';
import { conversationId, openPlace, type Place } from './place.ts';

/**
 * Appends the events of one writer that are not in the log yet, one to four at a time, and prints `{first id} {number of the first} {count}` when they
 * are acknowledged. It is killed at any moment, and started again with the last id that was acknowledged to it.
 */
const [placeText = '', writerText = '', countText = '', fromText = ''] = process.argv.slice(2);
const place = JSON.parse(placeText) as Place;
const writer = Number(writerText);
const count = Number(countText);

const files = openPlace(place);
const store = new FileEventStore({ files, conversationId });
let next = 0;
// What was under way when it was killed may be in the log; others may have appended more since than a name is looked for in.
await retry(async () => {
  for await (const event of store.search({ startId: Number(fromText), filter: { source: `writer-${writer}` } })) {
    next = Math.max(next, Number(event['n']) + 1);
  }
});
writeSync(1, `resumed ${next}\n`);
while (next < count) {
  const size = Math.min(1 + (next % 4), count - next);
  const first = next;
  const events = Array.from({ length: size }, (_, i) => ({ source: `writer-${writer}`, n: first + i, content: 'x'.repeat(200) }));
  const stored = await retry(() => store.appendAll(events, { operationId: `${writer}-${first}` }));
  writeSync(1, `${stored.map(({ id }) => id).join(' ')}\n`);
  next += size;
}
await store.close();
await files.close();
process.exit(0);

/** As a caller does: what may succeed later is tried again, by the same name. */
async function retry<T>(action: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof FileStoreError && (error.retryable || error.code === 'unknown'))) {
        throw error;
      }
    }
  }
}
