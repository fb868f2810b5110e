import type { FileStore, StorageLayout } from '@oh/file-store-core';
import { expect } from 'vitest';
import type { ConversationMetadata } from '../src/conversation-metadata.ts';
import { toEpochMicros } from '../src/date-time.ts';
import { FileConversationStore } from '../src/file-conversation-store.ts';
import { raceConversations } from './race-conversations.ts';

/**
 * Lets stores race for the same few conversations, then compares what searches give with the records.
 *
 * @param views The same files, one view for each store.
 * @param steps How much each of them does.
 */
export async function checkIndexRaces(views: readonly FileStore[], layout: StorageLayout, steps: number): Promise<void> {
  await Promise.all(views.map((files, racer) => raceConversations(new FileConversationStore({ files, layout }), racer, steps)));
  const [files] = views;
  if (files === undefined) {
    throw new TypeError('no store to race');
  }
  await checkIndex(files, layout);
}

/** Compares what searches give with the records. */
export async function checkIndex(files: FileStore, layout: StorageLayout): Promise<void> {
  const store = new FileConversationStore({ files, layout });
  // What the index was not told of while two raced is found by the comparison that each first page makes.
  const found = (await store.search({ limit: 1000 })).results;
  const expected = await recordsOf(store, files, layout);
  expect(found).toEqual(expected);
  for (const limit of [1, 7]) {
    const paged: ConversationMetadata[] = [];
    let pageId: string | null = null;
    do {
      const page = await store.search({ limit, pageId });
      paged.push(...page.results);
      pageId = page.next_page_id;
    } while (pageId !== null);
    expect(paged).toEqual(expected);
  }
  const repository = 'r1';
  const filtered = (await store.search({ limit: 1000, filter: { repository } })).results;
  expect(filtered).toEqual(expected.filter(({ selected_repository }) => selected_repository === repository));
}

/** What the records themselves say, in the order of a search. */
async function recordsOf(store: FileConversationStore, files: FileStore, layout: StorageLayout): Promise<readonly ConversationMetadata[]> {
  const paths = await files.list(layout.conversations());
  const { results } = await store.getAllMetadata(paths.map((path) => path.split('/').at(-2) ?? ''));
  return results.toSorted((a, b) => {
    const [left, right] = [toEpochMicros(a.created_at), toEpochMicros(b.created_at)];
    return left === right ? (a.conversation_id < b.conversation_id ? -1 : 1) : left > right ? -1 : 1;
  });
}
