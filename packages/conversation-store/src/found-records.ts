import type { RecordFilter } from './conversation-filter.ts';
import type { ConversationMetadata } from './conversation-metadata.ts';
import { toEpochMicros } from './date-time.ts';
import { comparePositions, type PagePosition } from './page-id.ts';

interface FoundRecord extends PagePosition {
  readonly metadata: ConversationMetadata;
}

/**
 * Collects the records of a page that were found through markers, in the order of these.
 *
 * A record that another program gave another instant is found where it was. It is on the page when it belongs there, and else left to the
 * page where it does.
 */
export class FoundRecords {
  readonly #after: PagePosition | undefined;
  readonly #filter: RecordFilter;
  readonly #inPlace = new Map<string, FoundRecord>();
  readonly #moved = new Map<string, FoundRecord>();

  /** @param after Where the page before ended; `undefined` for the first page. */
  constructor(after: PagePosition | undefined, filter: RecordFilter) {
    this.#after = after;
    this.#filter = filter;
  }

  /** How many were found where their markers are. */
  get size(): number {
    return this.#inPlace.size;
  }

  /** Considers the record of a marker. */
  add(marker: PagePosition, metadata: ConversationMetadata): void {
    if (!this.#filter.matches(metadata)) {
      return;
    }
    const record = { instant: toEpochMicros(metadata.created_at), id: metadata.conversation_id, metadata };
    (record.instant === marker.instant ? this.#inPlace : this.#moved).set(record.id, record);
  }

  /** The page, and where it ends; `undefined` when it is the last. */
  page(limit: number): { readonly results: readonly ConversationMetadata[]; readonly end: PagePosition | undefined } {
    // Those beyond the last marker that was looked at come behind so many others that they are on no page.
    const moved = [...this.#moved.values()].filter((record) => this.#after === undefined || comparePositions(record, this.#after) > 0);
    const records = [...new Map([...moved, ...this.#inPlace.values()].map((record) => [record.id, record])).values()].sort(
      comparePositions,
    );
    const page = records.slice(0, limit);
    return { results: page.map(({ metadata }) => metadata), end: records.length > page.length ? page.at(-1) : undefined };
  }
}
