import { type AbortOptions, forEachConcurrently } from '@oh/file-store-core';
import type { RecordFilter } from './conversation-filter.ts';
import type { ConversationIndex, IndexMarker } from './conversation-index.ts';
import type { ConversationMetadata } from './conversation-metadata.ts';
import { type ConversationReader, maxReads } from './conversation-reader.ts';
import type { ConversationRecord, UnreadableRecord } from './conversation-record.ts';
import type { ConversationScope } from './conversation-scope.ts';
import { FoundRecords } from './found-records.ts';
import { afterInstant, afterPosition, latestInstant, toIndexKey, toIndexPath } from './index-key.ts';
import { isRefusal } from './is-refusal.ts';
import { comparePositions, encodePageId, type PagePosition } from './page-id.ts';
import { maxWriteMs, type PendingDeletions } from './pending-deletions.ts';
import type { Tombstones } from './tombstones.ts';

/** What an {@link IndexedPages} works with. */
export interface IndexedPagesParts {
  readonly scope: ConversationScope;
  readonly reader: ConversationReader;
  readonly index: ConversationIndex;
  readonly pending: PendingDeletions;
  readonly tombstones: Tombstones;
  readonly now: () => Date;
}

/** A page that is wanted. */
export interface PageRequest {
  readonly limit: number;
  /** Where the page before ended; `undefined` for the first one. */
  readonly after: PagePosition | undefined;
  readonly filter: RecordFilter;
}

/** A page as the index gives it. */
export interface IndexedPage {
  readonly results: readonly ConversationMetadata[];
  readonly next_page_id: string | null;
  /** The records that cannot be read and whose markers stand on it. */
  readonly unreadable: ReadonlyMap<string, UnreadableRecord>;
}

/** A record that was met and cannot be read, and where. */
interface MetUnreadable {
  readonly marker: IndexMarker;
  readonly record: UnreadableRecord;
}

/** Markers asked for at a time where a filter passes over most of them, and records that are then read in advance. */
const filteredChunk = 1000;
const filteredReads = 64;

/**
 * Reads pages through the index. The records are the truth: a marker says only where to look.
 *
 * What another program changed is put right in the index, and a refusal to write it is thrown where the page would lack something without.
 */
export class IndexedPages {
  readonly #parts: IndexedPagesParts;

  constructor(parts: IndexedPagesParts) {
    this.#parts = parts;
  }

  /** The records that could not be read when they were last looked at, and still cannot; those that can be are listed. */
  async readUnreadable(options: AbortOptions): Promise<ReadonlyMap<string, UnreadableRecord>> {
    const { index, reader, scope, tombstones } = this.#parts;
    const found = new Map<string, UnreadableRecord>();
    const ids = await index.listUnreadable(options);
    await forEachConcurrently(ids, { maxInFlight: maxReads, signal: options.signal }, async (id, signal) => {
      const record = await reader.readAmong(scope.addressOf(id), { signal });
      if (record === undefined || (await tombstones.has(id, { signal }))) {
        await tidy(() => index.forget(id, { signal }));
      } else if (record.kind === 'readable') {
        await index.addReadable(record, { signal });
      } else if (scope.sees(record)) {
        found.set(id, record);
      }
    });
    return found;
  }

  /** Reads a page: one record more than it has, to tell whether there is another page. */
  async read({ limit, after, filter }: PageRequest, options: AbortOptions): Promise<IndexedPage> {
    const { index, pending, tombstones } = this.#parts;
    const candidates = index.markers(toStart(after, filter), filter.isSelective ? filteredChunk : limit + 1, options);
    const deleting = new Set(await pending.list(options));
    const found = new FoundRecords(after, filter);
    const met: MetUnreadable[] = [];
    for (let isEnd = false; !isEnd && found.size <= limit; ) {
      const batch = await take(candidates, filter.isSelective ? filteredReads : limit + 1 - found.size, filter);
      isEnd = batch.isEnd;
      const records = await this.#readAll(batch.markers, options);
      for (const marker of batch.markers) {
        const record = records.get(marker.id);
        if (deleting.has(marker.id) && (await tombstones.has(marker.id, options))) {
          continue;
        }
        const shown = await this.#judge(marker, record, options);
        if (shown?.kind === 'unreadable') {
          met.push({ marker, record: shown });
        } else if (shown !== undefined) {
          found.add(marker, shown.metadata);
        }
      }
    }
    const { results, end } = found.page(limit);
    // The next page meets those that come behind its beginning.
    const unreadable = met.filter(({ marker }) => end === undefined || comparePositions(marker, end) <= 0);
    await this.#noteUnreadable(unreadable, options);
    return {
      results,
      next_page_id: end === undefined ? null : encodePageId(end),
      unreadable: new Map(unreadable.map(({ marker, record }) => [marker.id, record])),
    };
  }

  async #readAll(markers: readonly IndexMarker[], options: AbortOptions): Promise<ReadonlyMap<string, ConversationRecord>> {
    const { reader, scope } = this.#parts;
    const records = new Map<string, ConversationRecord>();
    const ids = [...new Set(markers.map(({ id }) => id))];
    await forEachConcurrently(ids, { maxInFlight: maxReads, signal: options.signal }, async (id, signal) => {
      const record = await reader.readAmong(scope.addressOf(id), { signal });
      if (record !== undefined) {
        records.set(id, record);
      }
    });
    return records;
  }

  /** The record, when it is one to show; the index is put right where the record says otherwise. */
  async #judge(
    marker: IndexMarker,
    record: ConversationRecord | undefined,
    options: AbortOptions,
  ): Promise<ConversationRecord | undefined> {
    const { index, scope, tombstones } = this.#parts;
    if (record === undefined) {
      await this.#drop(marker, options);
      return undefined;
    }
    if (!scope.sees(record)) {
      if (!scope.listsOf(record).includes(scope.list)) {
        await this.#drop(marker, options);
      }
      return undefined;
    }
    if (record.kind === 'readable' && toIndexPath(toIndexKey(record.metadata)) === toIndexPath(marker)) {
      return record;
    }
    // A marker that was left behind may lead to what another program wrote of a deleted conversation.
    if (await tombstones.has(marker.id, options)) {
      await this.#drop(marker, options);
      return undefined;
    }
    if (record.kind === 'readable') {
      await index.ensure(record, options);
      await this.#drop(marker, options);
    }
    return record;
  }

  /** Keeps damaged records apart from now on; of one whose file cannot be read the marker may well be right. */
  async #noteUnreadable(met: readonly MetUnreadable[], options: AbortOptions): Promise<void> {
    const { index } = this.#parts;
    for (const { marker, record } of met) {
      if (record.error.code === 'corrupt') {
        await tidy(async () => {
          await index.addUnreadable(marker.id, options);
          await index.removeMarker(marker, options);
        });
      }
    }
  }

  /** Removes a marker that the record contradicts, unless it may belong to a write that has not reached the record yet. */
  async #drop(marker: IndexMarker, options: AbortOptions): Promise<void> {
    const { index, now } = this.#parts;
    if (now().getTime() - marker.file.modifiedAt.getTime() > maxWriteMs) {
      await tidy(async () => {
        // First, so that the next comparison puts right what goes wrong here.
        await index.forget(marker.id, options);
        await index.removeMarker(marker, options);
        // It belonged to a write all the same, where clocks differ by more: its writer looks for the marker once it has noted the id.
        await index.forget(marker.id, options);
      });
    }
  }
}

/** Where nothing may be written the page is right without it. */
async function tidy(change: () => Promise<void>): Promise<void> {
  try {
    await change();
  } catch (error) {
    if (!isRefusal(error)) {
      throw error;
    }
  }
}

/** The next markers that may match, up to a number. */
async function take(
  candidates: AsyncGenerator<IndexMarker, void, undefined>,
  count: number,
  filter: RecordFilter,
): Promise<{ readonly markers: readonly IndexMarker[]; readonly isEnd: boolean }> {
  const markers: IndexMarker[] = [];
  while (markers.length < count) {
    const { value, done } = await candidates.next();
    if (done === true || value === undefined || (filter.createdFrom !== undefined && value.instant < filter.createdFrom)) {
      return { markers, isEnd: true };
    }
    if (filter.mayMatch(value.digest)) {
      markers.push(value);
    }
  }
  return { markers, isEnd: false };
}

/** The path below the list that the markers in question come after. */
function toStart(after: PagePosition | undefined, { createdBefore }: RecordFilter): string | undefined {
  const position = after === undefined ? undefined : afterPosition(after);
  const bound = createdBefore === undefined || createdBefore > latestInstant ? undefined : afterInstant(createdBefore);
  // These paths are ASCII, whose order is that of the characters.
  return position === undefined || (bound !== undefined && bound > position) ? bound : position;
}
