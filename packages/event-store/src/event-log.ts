import type { AbortOptions } from '@oh/file-store-core';
import type { StoredEvent } from './event.ts';
import type { UnreadableEvents } from './event-store.ts';
import type { RecentOperations } from './recent-operations.ts';

/** What is known of the end of a log. */
export interface LogEnd {
  /** The id that the next event gets. */
  readonly nextId: number;
  /** The highest fencing token that the log has met; 0 for none. */
  readonly fencingToken: number;
}

/** An event that is ready to be written. */
export interface EncodedEvent {
  /** What the format made of it, see {@link EventLog.encode}. */
  readonly body: string;
  readonly id: number;
  readonly operationId: string | undefined;
  /** 0 for none. */
  readonly fencingToken: number;
}

/** Ids to be read, both inclusive. */
export interface EventRange {
  readonly startId: number;
  /** `Infinity` is the last there is. */
  readonly endId: number;
  readonly reverse: boolean;
}

/** What a reader meets: an event, or events that cannot be read. */
export type LogItem = StoredEvent | UnreadableEvents;

/** The events of a conversation in one of the formats they can be kept in. */
export interface EventLog {
  /**
   * Whether several appends are added in one step. Where not, an append is added event by event, and those of others may come between; each append is
   * then handed over alone.
   */
  readonly isGrouped: boolean;
  /** Spells an event in the format's manner, without `id`, `operation_id` and `fencing_token`. */
  encode(event: Readonly<Record<string, unknown>>): string;
  /** Spells a time in the format's manner. */
  formatTime(time: Date): string;
  /** The end as it was last known; `undefined` while it never was. */
  readonly knownEnd: LogEnd | undefined;
  /** The end as it is now. */
  readEnd(options: AbortOptions): Promise<LogEnd>;
  /** Whether the log still goes as far as an end that was known, or farther; where that costs less than {@link readEnd}. */
  reaches?(end: LogEnd, options: AbortOptions): Promise<boolean>;
  /** The operations of the last events up to {@link knownEnd}. */
  operations(options: AbortOptions): Promise<RecentOperations>;
  /**
   * Adds events at the end, as one step where the log {@link isGrouped}.
   *
   * @param events At least one, with the ids that come next.
   * @returns The ids they got; `undefined` when they are not the ids that come next, as somebody else has added others: then nothing was added, and
   *   that is known of the end.
   * @throws {FileStoreError} What the file store throws; the events may then be there or not, and the end has to be read again.
   */
  tryAppend(events: readonly EncodedEvent[], options: AbortOptions): Promise<readonly number[] | undefined>;
  /** Reads a range lazily, in batches. */
  read(range: EventRange, options: AbortOptions): AsyncIterable<readonly LogItem[]>;
  /** Waits for what it does by itself. */
  close(): Promise<void>;
}

/** Tells the two kinds of {@link LogItem}. */
export function isUnreadable(item: LogItem): item is UnreadableEvents {
  return !('id' in item);
}
