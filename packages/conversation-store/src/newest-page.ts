import type { ConversationMetadata } from './conversation-metadata.ts';
import { toEpochMicros } from './date-time.ts';
import { comparePositions, encodePageId, type PagePosition } from './page-id.ts';

interface Entry extends PagePosition {
  readonly metadata: ConversationMetadata;
}

/**
 * Collects the page of newest records that follows a position, from records in any order.
 *
 * The order is newest first, by instant; among equal instants by id. No more than about twice a page is held at any time.
 */
export class NewestPage {
  readonly #limit: number;
  readonly #after: PagePosition | undefined;
  #entries: Entry[] = [];

  /**
   * @param limit Records on the page, from 1.
   * @param after Where the page before ended; `undefined` for the first page.
   */
  constructor(limit: number, after: PagePosition | undefined) {
    this.#limit = limit;
    this.#after = after;
  }

  /** Considers a record for the page. */
  add(metadata: ConversationMetadata): void {
    const entry = { instant: toEpochMicros(metadata.created_at), id: metadata.conversation_id, metadata };
    if (this.#after !== undefined && comparePositions(entry, this.#after) <= 0) {
      return;
    }
    this.#entries.push(entry);
    if (this.#entries.length > 2 * this.#limit) {
      this.#cut();
    }
  }

  /** The page, and the id of the one after it, null when this is the last. */
  finish(): { readonly results: readonly ConversationMetadata[]; readonly next_page_id: string | null } {
    this.#cut();
    const page = this.#entries.slice(0, this.#limit);
    const last = page.at(-1);
    const hasMore = this.#entries.length > page.length;
    return { results: page.map(({ metadata }) => metadata), next_page_id: hasMore && last !== undefined ? encodePageId(last) : null };
  }

  /** Leaves the page and one record more, which tells that there is a next page. */
  #cut(): void {
    this.#entries = this.#entries.sort(comparePositions).slice(0, this.#limit + 1);
  }
}
