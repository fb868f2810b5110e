import { FileConversationStore } from '@oh/conversation-store';
import { sessionsLayout } from '@oh/file-store-core';
import { s3Operation, startFaultProxy } from '@oh-tools/fault-proxy';
import { conversationId, conversationRecord } from '../conversation-home.ts';
import type { Finding } from '../finding.ts';
import { openS3Place, openS3Store } from '../s3-place.ts';
import type { RowContext } from './row-context.ts';

/** How many records are written at once. */
const writesAtOnce = 64;

/** What the first page of 20 costs on S3, counted by a proxy. */
export async function measureS3Conversations({ full, signal, onProgress }: RowContext): Promise<Finding[]> {
  // More than an answer of S3 names, and more than are compared with the index for each page.
  const count = full ? 3000 : 1500;
  await using place = await openS3Place();
  const { prefix, server } = place;
  await using proxy = await startFaultProxy({ upstream: server.endpoint, kindOf: s3Operation });
  await using beside = openS3Store(server, prefix);
  await using files = openS3Store({ ...server, endpoint: proxy.endpoint }, prefix);
  const numbers = Array.from({ length: count }, (_, number) => number).values();
  const write = async (): Promise<void> => {
    for (const number of numbers) {
      if (number % 1000 === 0) {
        onProgress(`${number} of ${count} conversations are there`);
      }
      await beside.write(sessionsLayout.conversationMetadata(conversationId(number)), conversationRecord(number, count), { signal });
    }
  };
  await Promise.all(Array.from({ length: writesAtOnce }, write));
  onProgress('the index is written');
  await using listing = new FileConversationStore({ files: beside, layout: sessionsLayout });
  // The first search begins the index; the second one a comparison, where the index took long.
  for (let search = 0; search < 2; search += 1) {
    await listing.search({ signal });
    await listing.background;
  }
  await using store = new FileConversationStore({ files, layout: sessionsLayout });
  proxy.requests.reset();
  const { results } = await store.search({ signal });
  if (
    results.map(({ conversation_id }) => conversation_id).join() !==
    Array.from({ length: 20 }, (_, number) => conversationId(number)).join()
  ) {
    throw new Error('another page than the newest 20');
  }
  const ours = Object.values(proxy.requests.byKind).reduce((sum, requests) => sum + requests, 0);
  return [
    {
      what: `${server.name}: first page of 20 conversations among ${count.toLocaleString('en-US')}`,
      ours,
      unit: 'requests',
      wanted: { below: 26 },
    },
  ];
}
