import type { AbortOptions, FileStoreError } from '@oh/file-store-core';
import type { EventInput, StoredEvent } from './event.ts';
import type { EventFilter } from './event-filter.ts';

/** Options of {@link EventStore.append} and {@link EventStore.appendAll}. */
export interface AppendEventOptions extends AbortOptions {
  /**
   * Names the append, in 1 to 256 characters, so that it can be repeated: when one of this name is among the last
   * `operationWindow` events, those are the result and nothing is added. Default: none.
   */
  readonly operationId?: string | undefined;
  /** Only when the first event gets this id. Losing is `version-mismatch`. Default: whatever id comes next. */
  readonly expectedNextId?: number | undefined;
  /**
   * The token of the lease under which is written, a whole number from 1: refused with `version-mismatch` once the log has met a higher one.
   * Appends without a token are not refused. Default: none.
   */
  readonly fencingToken?: number | undefined;
}

/** Options of {@link EventStore.search}. */
export interface EventSearchOptions extends AbortOptions {
  /** The first id. Default: 0. */
  readonly startId?: number | undefined;
  /** The last id, inclusive. Default: the last there is when the search begins. */
  readonly endId?: number | undefined;
  /** From the last to the first. Default: false. */
  readonly reverse?: boolean | undefined;
  /** What an event must fulfil. Default: nothing. */
  readonly filter?: EventFilter | undefined;
  /** At most so many events, from 1. Default: all. */
  readonly limit?: number | undefined;
}

/** Events that are there and cannot be read; they hide no others. */
export interface UnreadableEvents {
  readonly first_id: number;
  /** Inclusive. */
  readonly last_id: number;
  /** `corrupt`, naming the events and the file. */
  readonly error: FileStoreError;
}

/** Events, read while they are asked for. It can be iterated once; another time is a `TypeError`, not an empty one. */
export interface EventStream extends AsyncIterable<StoredEvent> {
  /** What was passed over so far because it cannot be read, in the order in which it was met. */
  readonly unreadable: readonly UnreadableEvents[];
}

/**
 * The events of one conversation: a log that only grows.
 *
 * - **Ids** are contiguous from 0 and unique, whoever appends: other objects, processes, machines.
 * - **Order**: appends of one caller that waits for each are in its order; a reader that has met an event meets all before it.
 * - **Errors** are `FileStoreError`s; an abort rejects with `signal.reason`.
 */
export interface EventStore extends AsyncDisposable {
  /** Whose events they are. */
  readonly conversationId: string;

  /**
   * Adds an event at the end.
   *
   * An abort ends the waiting at once. When the write was under way by then, the event may be in the log or not: an append that has an
   * `operationId` can be repeated, and is then made once.
   *
   * @returns The event as it is stored: with its id, and without secrets.
   * @throws {FileStoreError} `invalid-argument` before any I/O when it is no JSON object or has a field of the store's; `version-mismatch`, see
   *   {@link AppendEventOptions}; `not-found` when the conversation was deleted; `closed`; what the file store throws.
   */
  append(event: EventInput, options?: AppendEventOptions): Promise<StoredEvent>;

  /**
   * Adds events at the end, in one step: no event of others comes between them. Of OpenHands' own files, which hold one each, it is a step for each.
   *
   * Only a power cut or a killed process can leave the first part of them. Repeated with the same `operationId`, the rest is added.
   */
  appendAll(events: readonly EventInput[], options?: AppendEventOptions): Promise<readonly StoredEvent[]>;

  /** @throws {FileStoreError} `not-found` when there is no such event; `corrupt` when it cannot be read. */
  get(id: number, options?: AbortOptions): Promise<StoredEvent>;

  /** The events of a range that fulfil a filter. It costs what it reads: the newest 50 of 100,000 cost 50. */
  search(options?: EventSearchOptions): EventStream;

  /** The last event that can be read; `null` when there is none. */
  latest(options?: AbortOptions): Promise<StoredEvent | null>;

  /** The id of the last event, readable or not; `null` when there is none. */
  latestId(options?: AbortOptions): Promise<number | null>;

  /**
   * The events from an id on, and then those that come, whoever appends them; each once, in order. It ends when it is aborted, with
   * `signal.reason`, when the loop over it is left, and with `closed` after `close`.
   *
   * @param fromId The first id; one that is not there yet is waited for.
   */
  tail(fromId: number, options?: AbortOptions): EventStream;

  /** Waits for the appends that are under way, then refuses everything. The file store stays open. More than once is no error. */
  close(): Promise<void>;
}
