/**
 * An event as a caller gives it: any JSON object. What is `undefined`, at any depth, is left out. The fields `id`, `operation_id` and `fencing_token` are the store's.
 *
 * An object whose type is an `interface` or a class is given as `{ ...event }`: to TypeScript these types may have other fields than they name.
 */
export interface EventInput {
  /** Given by the store. */
  readonly id?: undefined;
  /** When it happened, as ISO 8601. Default: now. */
  readonly timestamp?: string | undefined;
  /** Who made it: `agent`, `user`, `environment`. */
  readonly source?: string | undefined;
  /** The event before it in the tree: the id of one that is there, or `__root__` for none. Default: the one before it in the log. */
  readonly parent_id?: number | '__root__' | null | undefined;
  readonly [field: string]: unknown;
}

/** An event as it is stored, with all its fields; numbers that a double cannot hold are `RawNumber`s. */
export interface StoredEvent {
  /** Its place in the log, from 0. */
  readonly id: number;
  /** When it happened, as ISO 8601; without offset it is local time, as OpenHands writes it. Events of others may have none. */
  readonly timestamp?: string | undefined;
  /** Who made it. */
  readonly source?: string | undefined;
  /** Names the append that made it, where that was given one. */
  readonly operation_id?: string | undefined;
  /** The highest fencing token that the log had met when it was appended, if any. */
  readonly fencing_token?: number | undefined;
  readonly [field: string]: unknown;
}
