import { type AbortOptions, FileStoreError } from '@oh/file-store-core';
import { parseFilter } from './conversation-filter.ts';
import type { ConversationReader } from './conversation-reader.ts';
import type { UnreadableRecord } from './conversation-record.ts';
import {
  type ConversationPage,
  type ConversationSearchOptions,
  defaultSearchLimit,
  maxSearchLimit,
  type UnreadableConversation,
} from './conversation-store.ts';
import type { IndexKeeper } from './index-keeper.ts';
import type { IndexedPages, PageRequest } from './indexed-pages.ts';
import { isRefusal } from './is-refusal.ts';
import { NewestPage } from './newest-page.ts';
import { decodePageId } from './page-id.ts';

/** What a {@link ConversationSearch} works with. */
export interface ConversationSearchParts {
  readonly reader: ConversationReader;
  readonly pages: IndexedPages;
  readonly keeper: IndexKeeper;
}

/** Finds conversations: through the index, and where there is none yet and none can be made, by reading every record. */
export class ConversationSearch {
  readonly #parts: ConversationSearchParts;

  constructor(parts: ConversationSearchParts) {
    this.#parts = parts;
  }

  /** Reads a page. */
  async page(options: ConversationSearchOptions): Promise<ConversationPage> {
    const { limit = defaultSearchLimit, pageId, refresh = false, signal } = options;
    checkLimit(limit);
    const after = pageId === undefined || pageId === null ? undefined : decodePageId(pageId);
    const request = { limit, after, filter: parseFilter(options.filter) };
    try {
      if (await this.#parts.keeper.prepare({ isFirst: after === undefined, refresh, signal })) {
        return await this.#indexedPage(request, { signal });
      }
    } catch (error) {
      if (!isRefusal(error)) {
        throw error;
      }
      // The index cannot be written, and is not right as it is: the records say everything. What may not be read fails there as well.
    }
    const page = await this.#scannedPage(request, { signal });
    this.#parts.keeper.resume();
    return page;
  }

  async #indexedPage(request: PageRequest, options: AbortOptions): Promise<ConversationPage> {
    const { pages } = this.#parts;
    const known = request.after === undefined ? await pages.readUnreadable(options) : [];
    const { results, next_page_id, unreadable } = await pages.read(request, options);
    return { results, next_page_id, unreadable: toUnreadable(new Map([...known, ...unreadable])) };
  }

  async #scannedPage({ limit, after, filter }: PageRequest, options: AbortOptions): Promise<ConversationPage> {
    const { reader } = this.#parts;
    const page = new NewestPage(limit, after);
    const unreadable = new Map<string, UnreadableRecord>();
    await reader.findAll(await reader.listIds(options), options, (id, record) => {
      if (record.kind === 'unreadable') {
        unreadable.set(id, record);
      } else if (filter.matches(record.metadata)) {
        page.add(record.metadata);
      }
    });
    return { ...page.finish(), unreadable: after === undefined ? toUnreadable(unreadable) : [] };
  }
}

function checkLimit(limit: number): void {
  if (!(Number.isInteger(limit) && limit >= 1 && limit <= maxSearchLimit)) {
    throw new FileStoreError('invalid-argument', `the limit of a search is a whole number from 1 to ${maxSearchLimit}`);
  }
}

/** By id. */
function toUnreadable(records: ReadonlyMap<string, UnreadableRecord>): readonly UnreadableConversation[] {
  return [...records].sort(([a], [b]) => (a < b ? -1 : 1)).map(([conversation_id, { error }]) => ({ conversation_id, error }));
}
