import { FileConversationStore } from '@oh/conversation-store';
import { sessionsLayout } from '@oh/file-store-core';
import { conversationId, conversationRecord } from '../conversation-home.ts';
import type { Finding } from '../finding.ts';
import { type GrownStore, putFiles, withGrownStores } from '../growth-stores.ts';
import { type GrowthPlace, measureGrowth } from '../measure-growth.ts';
import type { RowContext } from './row-context.ts';

const limit = 20;
const newest = Array.from({ length: limit }, (_, number) => conversationId(number)).join();

/** What pages of conversations cost among more and more of them, with the index written. */
export async function measureGrowthConversations(context: RowContext): Promise<readonly Finding[]> {
  return await withGrownStores(context, fill, async (store, stores) => {
    const opened = stores.map((grown) => ({ ...grown, conversations: open(grown) }));
    const warm = opened.map(({ items, conversations }): GrowthPlace => ({ items, run: () => searchFirstPage(conversations) }));
    try {
      return [
        await measureGrowth({ what: 'first page of 20 conversations', store, places: warm }, context),
        await measureGrowth({ what: 'cold open of a home, first page', store, places: stores.map(coldPlace) }, context),
        await measureGrowth({ what: 'one conversation by its id', store, places: opened.map(getPlace) }, context),
      ];
    } finally {
      await Promise.all(opened.map(({ conversations }) => conversations.close()));
    }
  });
}

function open({ files }: GrownStore): FileConversationStore {
  return new FileConversationStore({ files, layout: sessionsLayout });
}

async function fill(grown: GrownStore, { signal }: RowContext): Promise<void> {
  const { items } = grown;
  const paths = Array.from({ length: items }, (_, number) => sessionsLayout.conversationMetadata(conversationId(number)));
  await putFiles(grown, paths, (number) => conversationRecord(number, items));
  await using conversations = open(grown);
  signal.addEventListener('abort', () => void conversations.close(), { once: true });
  // The first search begins the index; the second one a comparison, where the index took long.
  for (let search = 0; search < 2; search += 1) {
    await conversations.search({ limit, signal });
    await conversations.background;
    signal.throwIfAborted();
  }
}

async function searchFirstPage(conversations: FileConversationStore): Promise<void> {
  const { results } = await conversations.search({ limit });
  if (results.map(({ conversation_id }) => conversation_id).join() !== newest) {
    throw new Error(`another page than the newest ${limit}`);
  }
}

/** A store of its own for each page, opened within the clock; what it does in the background ends outside. */
function coldPlace(grown: GrownStore): GrowthPlace {
  let conversations: FileConversationStore | undefined;
  return {
    items: grown.items,
    run: async () => {
      conversations = open(grown);
      await searchFirstPage(conversations);
    },
    after: async () => {
      await conversations?.background;
      await conversations?.close();
    },
  };
}

function getPlace({ items, conversations }: GrownStore & { readonly conversations: FileConversationStore }): GrowthPlace {
  let number = 0;
  return {
    items,
    run: async () => {
      number = (number + 7919) % items;
      const id = conversationId(number);
      if ((await conversations.getMetadata(id)).conversation_id !== id) {
        throw new Error('another conversation than was asked for');
      }
    },
  };
}
